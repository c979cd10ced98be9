package kubernetes_test

import (
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/backends/operation"
)

// TestClusterBrokenDeploy deploys a version whose image is not there: the
// operation ends with the cause, nothing goes back by itself, and the undo that
// is offered takes it back.
func TestClusterBrokenDeploy(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud-a", "1.0.0", 2)+hasty(workload("fraud-b", "1.1.0", 1))+route)
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "both are well", func(d backends.Deployment) bool { return d.Split().Equal(pair(70, 30)) && d.Variants[1].Ready == 1 })
	o := p.operator(t)
	yes := operation.Confirmation{Yes: true, Typed: "fraud"}
	plan := o.plan(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: ":missing"})
	outcome, err := o.ops.Run(t.Context(), plan, yes, nil)
	if err == nil || outcome.Result != journal.ResultFailed || outcome.Undo == nil ||
		!strings.HasPrefix(outcome.Text, "not finished: deploy of B: ") || !strings.Contains(outcome.Text, "the image registry.test/fraud:missing cannot be pulled") {
		t.Fatalf("a deploy of an image that is not there: %+v, %v", outcome, err)
	}
	image := func() string {
		return p.Kubectl(t, "get", "deployment/fraud-b", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
	}
	if got := image(); got != "registry.test/fraud:missing" {
		t.Errorf("nobody took it back, and the image is %s", got)
	}
	d := p.read(t)
	if r := d.Rollout; r == nil || !r.Stuck || r.First() || r.From != "1.1.0" || r.To != "missing" {
		t.Errorf("the rollout is %+v", r)
	}
	if v, _ := d.Variant("B"); v.Ready != 1 || v.Version != "1.1.0" || v.Image != "registry.test/fraud:1.1.0" {
		t.Errorf("the old replica of B does not serve, or another version is shown: %+v", v)
	}
	outcome, err = o.ops.Run(t.Context(), o.plan(t, *outcome.Undo), yes, nil)
	if err != nil || outcome.Result != journal.ResultOK || !outcome.Observed || image() != "registry.test/fraud:1.1.0" {
		t.Errorf("the undo: %+v, %v; the image is %s", outcome, err, image())
	}
	p.await(t, "all is as before", func(d backends.Deployment) bool { return d.State == backends.OK && d.Rollout == nil })
}
