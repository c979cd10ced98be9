// Package manifests judges the files that a deployment is made from:
// Dockerfiles, Compose files, nginx configurations, Kubernetes manifests, rules
// of Prometheus and workflows of GitHub. Every kind is parsed by the ecosystem's
// own library; what is said of it are rules of ours, the same that the checklist
// asks of what runs (reference/registry.md §3, §4).
package manifests
