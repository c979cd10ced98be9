package kubernetes_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/backendtest"
	"pitwall/backends/kubernetes"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/internal/clustertest"
)

// place is a namespace with a deployment of two variants behind a route.
type place struct {
	clustertest.Namespace
	backend *kubernetes.MutableBackend
}

// workload is a Deployment with a Service of its name. Its pods become ready a
// moment after they were made, so that a rollout takes time.
func workload(name, image string, replicas int) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, labels: {app.kubernetes.io/component: model}}
spec:
  replicas: %[3]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata:
      labels: {app: %[1]s, model: fraud, version: %[1]s, serving.knative.dev/revision: %[1]s}
      annotations: {pitwall.test/ready-after: 1s}
    spec:
      containers: [{name: model, image: "registry.test/fraud:%[2]s", ports: [{name: http, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s}
spec:
  selector: {app: %[1]s}
  ports: [{name: http, port: 80, targetPort: http}]
---
`, name, image, replicas)
}

// hasty gives a workload 5 s to make progress.
func hasty(manifest string) string {
	return strings.Replace(manifest, "spec:\n", "spec:\n  progressDeadlineSeconds: 5\n", 1)
}

const route = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: fraud}
spec:
  parentRefs: [{name: public}]
  hostnames: [fraud.example.com]
  rules:
  - backendRefs:
    - {name: fraud-a, port: 80, weight: 70}
    - {name: fraud-b, port: 80, weight: 30}
`

// open makes the namespace, and a backend as the kubeconfig's administrator.
func open(t *testing.T, c *clustertest.Cluster) *place {
	t.Helper()
	c.CRDs(t, "gateway")
	p := &place{Namespace: c.Namespace(t)}
	objects := workload("fraud-a", "1.0.0", 3) + hasty(workload("fraud-b", "1.2.0", 1)) + route
	p.Apply(t, strings.ReplaceAll(objects, "{name: model,", "{name: model, env: [{name: API_TOKEN, value: pl4nted-in-a-test}],"))
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	p.Kubectl(t, "set", "image", "deployment/fraud-b", "model=registry.test/fraud:1.1.0")
	p.Kubectl(t, "rollout", "status", "deployment/fraud-b", "--timeout=60s")
	p.backend = p.console(t, c.Kubeconfig).Mutable()
	return p
}

// console is a backend of its own, as the user of a kubeconfig.
func (p *place) console(t *testing.T, kubeconfig string) *kubernetes.Backend {
	t.Helper()
	return p.attach(t, kubeconfig, time.Now)
}

// consoleAt is a console of the administrator with a clock of its own.
func (p *place) consoleAt(t *testing.T, now func() time.Time) *kubernetes.MutableBackend {
	t.Helper()
	return p.attach(t, p.Cluster.Kubeconfig, now).Mutable()
}

func (p *place) attach(t *testing.T, kubeconfig string, now func() time.Time) *kubernetes.Backend {
	t.Helper()
	return attach(t, kubeconfig, now, p.Name)
}

// attach makes a backend that looks at some namespaces.
func attach(t *testing.T, kubeconfig string, now func() time.Time, namespaces ...string) *kubernetes.Backend {
	t.Helper()
	env := func(name string) string { return map[string]string{"KUBECONFIG": kubeconfig}[name] }
	c, err := api.Open(api.Options{Namespaces: namespaces, Env: env, Agent: "pitwall/test"})
	if err != nil {
		t.Fatal(err)
	}
	b := kubernetes.Attach(kubernetes.Options{Client: c, Now: now})
	t.Cleanup(b.Close)
	return b
}

// TestClusterConformance holds the Kubernetes backend against the same suite
// as the local one. Nothing sends requests: the pods are fakes.
func TestClusterConformance(t *testing.T) {
	p := open(t, clustertest.Shared(t))
	backendtest.Run(t, func(*testing.T) backendtest.World {
		return backendtest.World{Backend: p.backend, Deployment: "fraud", Version: "1.2.0", Keeps: true, Settle: time.Minute,
			Imageless: true, Secret: "API_TOKEN=pl4nted-in-a-test",
			Broken: backends.Change{Op: backends.OpDeploy, Variant: "B", Image: ":missing"}}
	})
}
