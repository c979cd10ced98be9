// Package kubernetes is the backend over a Kubernetes cluster: deployments are
// workloads and the routes and controllers above them.
//
// It is made of parts that import one way:
//
//	api      the cluster: kubeconfig, requests, patches, rights, errors
//	objects  what is kept of an object, trimmed
//	store    what the cluster has now, watched
//	split    every way traffic is divided: read, plan, confirm (pure)
//	rollout  what kubectl rollout does: history, undo, status (pure)
//	owner    who else writes an object: GitOps, Helm, controllers (pure)
//	world    deployments, variants and replicas out of objects (pure)
//	setup    how they are set up, in the words of the checklist (pure)
//
// Nothing is polled; what only the checklist needs is asked for while somebody
// looks. What is pure is tested on objects as files; all of it is tested on a
// real API server by make test-cluster.
package kubernetes
