package kubernetes_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/explain"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/backends/operation"
)

// TestClusterFirstDeployNeverReady: where nothing ran before there is nothing to
// go back to, and another image heals it.
func TestClusterFirstDeployNeverReady(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, hasty(strings.Replace(workload("fraud", "3", 2), "version: fraud,", "version: fraud, pitwall.test/fault: imagepull,", 1)))
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	d := p.await(t, "its deadline has passed", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Stuck })
	if r := d.Rollout; !r.First() || r.To != "3" || !strings.HasPrefix(r.Message, "the first deploy of A, 3, never got ready: ") {
		t.Errorf("the rollout is %+v", r)
	}
	if d.State != backends.Fail || !strings.Contains(d.Reason, "the first deploy of A, 3, never got ready") {
		t.Errorf("the list says %s: %s", d.State, d.Reason)
	}
	reasons, err := p.backend.Reasons(t.Context(), "fraud")
	if err != nil {
		t.Fatal(err)
	}
	found := explain.Explain(explain.Input{Deployment: d, Reasons: reasons, Now: time.Now()})
	for _, e := range found {
		if e.Action != nil || strings.Contains(e.Next, "back,") || strings.Contains(e.Next, "roll A back") || strings.Contains(e.Title, "3 → 3") {
			t.Errorf("explain advises to go back: %+v", e)
		}
	}
	if !slices.ContainsFunc(found, func(e explain.Evidence) bool { return strings.Contains(e.Next, "deploy another image, or delete it") }) {
		t.Errorf("explain does not say what is left: %+v", found)
	}
	o := p.operator(t)
	for op, says := range map[backends.Op]string{backends.OpRollback: "no earlier revision to go back to", backends.OpAbort: ""} {
		plan, err := o.ops.Plan(t.Context(), backends.Change{Op: op, Deployment: "fraud"})
		if err == nil && plan.Danger != operation.Denied || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", op, plan, err)
		}
	}
	p.Kubectl(t, "patch", "deployment/fraud", "--type=json", "-p", `[{"op": "remove", "path": "/spec/template/metadata/labels/pitwall.test~1fault"}]`)
	p.await(t, "it is healed", func(d backends.Deployment) bool { return d.State == backends.OK && d.Rollout == nil })
}
