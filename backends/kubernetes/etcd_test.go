package kubernetes_test

import (
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/operation"
)

// sluggish makes etcd slow for a while: what it answers in that time is held back
// for delay.
func sluggish(delay, while time.Duration) strike {
	return func(t *testing.T, c *clustertest.Cluster) func() {
		c.Slow(t, delay)
		return later(while, func() { c.Slow(t, 0) })
	}
}

// away takes etcd from the API server for a while.
func away(while time.Duration) strike {
	return func(t *testing.T, c *clustertest.Cluster) func() {
		c.Cut(t)
		return later(while, func() { c.Mend(t) })
	}
}

// TestClusterEtcdFails changes a split and an image while etcd is slow, silent
// and away: what is told is what is so, and a listing waits for nobody.
func TestClusterEtcdFails(t *testing.T) {
	const slow = 2500 * time.Millisecond
	c := clustertest.New(t)
	c.CRDs(t, "gateway")
	splits, deploys := operated(t, c, "gateway-http"), operated(t, c, "gateway-http")
	c.Slow(t, slow)
	began := time.Now()
	for range 20 {
		splits.read(t)
	}
	if took := time.Since(began); took >= slow {
		t.Errorf("20 listings took %v while etcd answers in %v", took, slow)
	}
	c.Slow(t, 0)
	splitter, deployer := splits.operator(t), deploys.operator(t)
	t.Log("| operation | etcd | outcome | took |")
	for i, fault := range []trouble{
		{name: "answers in 2.5 s", at: operation.Applying, strike: sluggish(slow, 6*time.Second)},
		{name: "is silent for 5 s", at: operation.Applying, strike: sluggish(5*time.Second, time.Second)},
		{name: "is away for 4 s", at: operation.Applying, strike: away(4 * time.Second)},
	} {
		once := sync.OnceValue(func() func() { return fault.strike(t, c) })
		var both sync.WaitGroup
		both.Add(2)
		suffer := func(t *testing.T, name string, p *place, o operator, change backends.Change, object, field, want string) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				arrive := sync.OnceFunc(both.Done)
				t.Cleanup(arrive) // the other waits for nobody who does not come
				shared := trouble{name: fault.name, at: fault.at, strike: func(*testing.T, *clustertest.Cluster) func() {
					arrive()
					both.Wait()
					return once()
				}}
				truth := func() string { return p.Kubectl(t, "get", object, "-o", "jsonpath={.spec."+field+"}") }
				o.suffers(t, p, shared, false, change, truth, want)
			})
		}
		t.Run(fault.name, func(t *testing.T) {
			a := float64(50 + i)
			suffer(t, "split", splits, splitter, backends.Change{Op: backends.OpSplit, Split: pair(a, 100-a)}, "httproute/fraud",
				"rules[0].backendRefs[*].weight", backends.FormatWeight(a)+" "+backends.FormatWeight(100-a))
			next := "registry.test/fraud:2." + backends.FormatWeight(float64(i))
			suffer(t, "deploy", deploys, deployer, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: next}, "deployment/fraud-b",
				"template.spec.containers[0].image", next)
		})
	}
}
