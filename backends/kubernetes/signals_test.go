package kubernetes_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pitwall/backends/kubernetes/internal/clustertest"
)

// TestClusterPodsAreKnownWhileItIsAway: the pods go on without an API server,
// and so do their series.
func TestClusterPodsAreKnownWhileItIsAway(t *testing.T) {
	c := clustertest.New(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud-a", "1.0.0", 2))
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	b := p.console(t, c.Kubeconfig)
	want, err := b.Workloads(t.Context())
	if err != nil || len(want) != 1 || want[0].Name != "fraud-a" || want[0].Deployment != "fraud-a" || want[0].Variant != "A" {
		t.Fatalf("workloads %+v, %v", want, err)
	}
	c.Kill(t, clustertest.APIServer)
	clustertest.Eventually(t, "a listing says that the API server is away", func() error {
		if _, err := b.Deployments(t.Context()); err == nil {
			return errors.New("it lists")
		}
		return nil
	})
	began := time.Now()
	if got, err := b.Workloads(t.Context()); err != nil || !slices.Equal(got, want) || time.Since(began) > time.Second {
		t.Errorf("away, the workloads are %+v, %v after %v", got, err, time.Since(began))
	}
	if got, err := p.console(t, c.Kubeconfig).Workloads(t.Context()); err == nil {
		t.Errorf("of a cluster that was never seen there are the workloads %+v", got)
	}
}
