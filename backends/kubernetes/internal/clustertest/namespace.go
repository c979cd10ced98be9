package clustertest

import "testing"

// Namespace is a namespace of one test.
type Namespace struct {
	Name    string
	Cluster *Cluster
}

// Namespace makes a namespace with a name that no other has, in which pods can run at once. It is deleted when the test
// ends.
func (c *Cluster) Namespace(t testing.TB) Namespace {
	t.Helper()
	const manifest = "{apiVersion: v1, kind: Namespace, metadata: {generateName: t-}}"
	name := must(t)(c.run([]byte(manifest), c.Client, "create", "-o", "jsonpath={.metadata.name}", "-f", "-"))
	ns := Namespace{Name: name, Cluster: c}
	t.Cleanup(func() {
		if _, err := c.Try("delete", "namespace", name, "--wait=false"); err != nil {
			t.Logf("the namespace stays: %v", err)
		}
	})
	ns.Kubectl(t, "wait", "--for=create", "serviceaccount/default", "--timeout=60s") // pods are refused without it
	return ns
}

// Try is Cluster.Try in this namespace.
func (ns Namespace) Try(args ...string) (string, error) {
	return ns.Cluster.Try(append([]string{"--namespace", ns.Name}, args...)...)
}

// Kubectl is Cluster.Kubectl in this namespace.
func (ns Namespace) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	return must(t)(ns.Try(args...))
}

// Apply applies manifests in this namespace with server-side apply.
func (ns Namespace) Apply(t testing.TB, yaml string) {
	t.Helper()
	must(t)(ns.Cluster.run([]byte(yaml), ns.Cluster.Client, "--namespace", ns.Name, "apply", "--server-side", "-f", "-"))
}
