// Package docker is the backend for model deployments on a Docker Engine.
//
// There is no daemon of pitwall's own: what exists is read from the engine, and
// a change is carried out by the process that was asked for it.
//
//	engine     the Engine API as pitwall uses it: containers, events, exec, files, volumes
//	world      pure: groups containers into deployments, variants and replicas by their labels
//	frontdoor  what splits the traffic, read back from the truth and changed: nginx, HAProxy, gateway
//	ledger     what is wanted (package desired), remembered on the engine with compare-and-swap
//	rollout    makes the containers what is wanted: explicit rolling replacement
//	stack      `pitwall up --backend docker` and `pitwall down`
//
// Four kinds of facts have four homes. What a container is (deployment,
// variant, revision, replica) stands in its labels, which never change. The
// weights and the members stand in the front door's own configuration. What is
// wanted, who changed it and which rollout is in progress stand in the ledger,
// so that a second console sees it and a rollout whose console is gone is
// shown and can be resumed. What was done stands in the journal.
package docker
