package kubernetes_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// TestClusterAtRest asks for events and for the listing at the same time, in a
// cluster where nothing changes that could wake those who wait.
func TestClusterAtRest(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 1))
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	kubeconfig := user(t, c, rbac.Operator)
	for range 10 {
		b := p.console(t, kubeconfig)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := b.Events(ctx, "fraud", time.Time{}); err != nil {
				t.Errorf("events: %v", err)
			}
		})
		both.Go(func() {
			for range 50 {
				if list, err := b.Deployments(ctx); err != nil || len(list) != 1 || list[0].State != backends.OK {
					t.Errorf("listing: %+v, %v", list, err)
					return
				}
			}
		})
		both.Wait()
		cancel()
		b.Close()
	}
}
