package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/backends/operation"
)

// trial is a place with an operator, who carries operations out to their end.
type trial struct {
	*place
	operator
}

func openTrial(t *testing.T) trial {
	t.Helper()
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud-a", "1.0.0", 2)+workload("fraud-b", "1.1.0", 1)+route)
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "both are well", func(d backends.Deployment) bool { return d.Split().Equal(pair(70, 30)) && d.Variants[1].Ready == 1 })
	return trial{p, p.operator(t)}
}

// run carries an operation out to its end.
func (b trial) run(t *testing.T, c backends.Change) operation.Outcome {
	t.Helper()
	plan := b.plan(t, c)
	if plan.Danger == operation.Denied {
		t.Fatalf("%s is denied: %+v", c.Op, plan.Guards)
	}
	o, err := b.ops.Run(t.Context(), plan, operation.Confirmation{Yes: true, Typed: "fraud"}, nil)
	if err != nil || o.Result != journal.ResultOK {
		t.Fatalf("%s: %+v, %v", c.Op, o, err)
	}
	return o
}

// hold deploys an image that is not there and holds its rollout.
func (b trial) hold(t *testing.T) {
	t.Helper()
	b.place.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: ":missing"})
	b.await(t, "it rolls", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.To == "missing" })
	b.place.apply(t, backends.Change{Op: backends.OpPause})
	b.await(t, "it is held", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Paused })
}

// template is the image that the Deployment of B asks for, and whether it is paused.
func (b trial) template(t *testing.T) string {
	t.Helper()
	return b.Kubectl(t, "get", "deployment/fraud-b", "-o", "jsonpath={.spec.template.spec.containers[0].image} {.spec.paused}")
}

// TestClusterHeldRolloutGoesBack: a bad rollout that is held ends by an abort,
// which takes the requests home too, and by a rollback.
func TestClusterHeldRolloutGoesBack(t *testing.T) {
	b := openTrial(t)
	for _, back := range []struct {
		change backends.Change
		split  backends.Split
	}{
		{backends.Change{Op: backends.OpRollback, Variant: "B"}, pair(70, 30)},
		{backends.Change{Op: backends.OpAbort}, pair(100, 0)},
	} {
		b.hold(t)
		plan := b.plan(t, back.change)
		if !slices.ContainsFunc(plan.Effects, func(e backends.Effect) bool { return strings.HasPrefix(e.What, "rollout of ") && e.After == "running" }) {
			t.Errorf("the plan of the %s does not say that it goes on: %+v", back.change.Op, plan.Effects)
		}
		b.run(t, back.change)
		if got := b.template(t); strings.TrimSpace(strings.TrimSuffix(got, "false")) != "registry.test/fraud:1.1.0" {
			t.Errorf("after the %s B asks for %q", back.change.Op, got)
		}
		b.await(t, "it is as before", func(d backends.Deployment) bool {
			return d.Rollout == nil && d.Split().Equal(back.split) && d.Variants[1].Ready == 1
		})
	}
}

// TestClusterDeployToAPausedDeployment: somebody paused it with kubectl while
// nothing rolled.
func TestClusterDeployToAPausedDeployment(t *testing.T) {
	b := openTrial(t)
	b.Kubectl(t, "rollout", "pause", "deployment/fraud-b")
	b.await(t, "it is seen", func(d backends.Deployment) bool { return d.Variants[1].Held && d.Rollout == nil })
	b.run(t, backends.Change{Op: backends.OpResume})
	b.await(t, "it is let go on", func(d backends.Deployment) bool { return !d.Variants[1].Held })
	b.Kubectl(t, "rollout", "pause", "deployment/fraud-b")
	b.await(t, "it is seen", func(d backends.Deployment) bool { return d.Variants[1].Held && d.Rollout == nil })
	change := backends.Change{Op: backends.OpDeploy, Variant: "B", Image: ":1.2.0"}
	if plan := b.plan(t, change); !slices.ContainsFunc(plan.Effects, func(e backends.Effect) bool { return e.Before == "paused" && e.After == "running" }) {
		t.Errorf("the plan does not say that it is paused and goes on: %+v, %+v", plan.Effects, plan.Guards)
	}
	b.run(t, change)
	if d := b.read(t); d.Variants[1].Version != "1.2.0" || d.Variants[1].Held {
		t.Errorf("B is %+v", d.Variants[1])
	}
}
