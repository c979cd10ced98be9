package kubernetes_test

import (
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
)

// TestClusterRatioComesBack: the way to 0 % and back, where the split is that of
// the pods.
func TestClusterRatioComesBack(t *testing.T) {
	p := operated(t, clustertest.Shared(t), "ratio")
	b := trial{p, p.operator(t)}
	p.await(t, "the split is read", func(d backends.Deployment) bool { return d.Split().Equal(pair(75, 25)) })
	p.Kubectl(t, "scale", "deployment/fraud-a", "--replicas=4")
	p.await(t, "who scaled last is told", func(d backends.Deployment) bool { return d.Split().Equal(pair(80, 20)) && d.SplitBy == "kubectl" })
	p.Kubectl(t, "scale", "deployment/fraud-a", "--replicas=3")
	p.await(t, "it is as it was", func(d backends.Deployment) bool { return d.Split().Equal(pair(75, 25)) && d.Rollout == nil })
	home := b.run(t, backends.Change{Op: backends.OpSplit, Split: pair(100, 0)})
	p.await(t, "B has no pod", func(d backends.Deployment) bool {
		return d.Split().Equal(pair(100, 0)) && d.Variants[1].Desired == 0 && d.Variants[1].Ready == 0
	})
	b.run(t, *home.Undo)
	p.await(t, "all is as before", func(d backends.Deployment) bool {
		return d.Split().Equal(pair(75, 25)) && d.Variants[0].Ready == 3 && d.Variants[1].Ready == 1
	})
}
