// Package scaffold writes the files of a new deployment: Dockerfile, Compose,
// nginx, Prometheus, Grafana, Kubernetes, a workflow of GitHub and a runbook
// (reference/registry.md §4, reference/docker.md). What it writes is what
// package manifests finds nothing wrong with.
//
// Files is pure: the same answers give the same bytes. The answers are checked
// first; then every one of them goes through a function that quotes it for the
// format it stands in, so that a check that let something through is no
// injection.
package scaffold
