package kubernetes_test

import (
	"context"
	"fmt"
	"strings"
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

// TestClusterBlindInOneNamespace sees one of two namespaces whole: what is hidden
// in the other is none of its deployments' business.
func TestClusterBlindInOneNamespace(t *testing.T) {
	c := clustertest.Shared(t)
	seen, hidden := &place{Namespace: c.Namespace(t)}, &place{Namespace: c.Namespace(t)}
	for _, p := range []*place{seen, hidden} {
		p.Apply(t, workload("fraud", "1.0.0", 1))
		p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	}
	c.Apply(t, strings.ReplaceAll(rbac.Reader.Manifest(seen.Name), "pitwall-reader", "pitwall-partly"))
	c.Kubectl(t, "create", "clusterrolebinding", "pitwall-partly", "--clusterrole=pitwall-partly", "--user=partly")
	seen.Kubectl(t, "create", "rolebinding", "partly", "--role=pitwall-partly", "--user=partly")
	hidden.Kubectl(t, "create", "role", "partly", "--verb=get,list,watch", "--resource=deployments.apps")
	hidden.Kubectl(t, "create", "rolebinding", "partly", "--role=partly", "--user=partly")
	b := attach(t, c.User(t, "partly", 0), time.Now, seen.Name, hidden.Name)
	clustertest.Eventually(t, "each is told as what is seen of it", func() error {
		list, err := b.Deployments(t.Context())
		if err != nil || len(list) != 2 {
			return fmt.Errorf("it lists %+v, %v", list, err)
		}
		for _, d := range list {
			whole := strings.HasPrefix(d.Name, seen.Name)
			if whole != (d.State == backends.OK) || whole == strings.Contains(d.Reason, "cannot be seen") {
				return fmt.Errorf("%s is %s: %s", d.Name, d.State, d.Reason)
			}
		}
		return nil
	})
}

// seesNothing looks at an empty namespace, and at one that is not there.
func seesNothing(t *testing.T, c *clustertest.Cluster, kubeconfig string) {
	empty := c.Namespace(t)
	list := func(namespaces ...string) error {
		_, err := attach(t, kubeconfig, time.Now, namespaces...).Deployments(t.Context())
		return err
	}
	if err := list(empty.Name); err != nil {
		t.Errorf("an empty namespace: %v", err)
	}
	if err := list(empty.Name, "nope"); err == nil || !strings.Contains(err.Error(), `there is no namespace "nope"`) {
		t.Errorf("one that is not there: %v", err)
	}
}
