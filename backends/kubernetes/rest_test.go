package kubernetes_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes"
	"pitwall/backends/kubernetes/api"
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

// seesNothing looks at an empty namespace, and at one that is not there.
func seesNothing(t *testing.T, c *clustertest.Cluster, kubeconfig string) {
	empty := c.Namespace(t)
	list := func(namespaces ...string) error {
		client, err := api.Open(api.Options{Namespaces: namespaces, Agent: "pitwall/test", Env: func(name string) string {
			return map[string]string{"KUBECONFIG": kubeconfig}[name]
		}})
		if err != nil {
			t.Fatal(err)
		}
		b := kubernetes.Attach(kubernetes.Options{Client: client, Now: time.Now})
		defer b.Close()
		_, err = b.Deployments(t.Context())
		return err
	}
	if err := list(empty.Name); err != nil {
		t.Errorf("an empty namespace: %v", err)
	}
	if err := list(empty.Name, "nope"); err == nil || !strings.Contains(err.Error(), `there is no namespace "nope"`) {
		t.Errorf("one that is not there: %v", err)
	}
}
