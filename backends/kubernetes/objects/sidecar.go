package objects

import "slices"

// sidecars are containers that others put beside the model's.
var sidecars = []string{"istio-proxy", "linkerd-proxy", "queue-proxy", "envoy", "cloud-sql-proxy", "vault-agent", "daprd", "kube-rbac-proxy", "fluent-bit", "otel-collector"}

// IsSidecar reports whether a container of that name stands beside a model and
// never is one.
func IsSidecar(name string) bool { return slices.Contains(sidecars, name) }
