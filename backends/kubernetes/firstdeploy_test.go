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
	if !slices.ContainsFunc(found, func(e explain.Evidence) bool {
		return strings.Contains(e.Next, "deploy another image, scale it to 0, or delete it")
	}) {
		t.Errorf("explain does not say what is left: %+v", found)
	}
	o := p.operator(t)
	const left = "nothing ran before the first deploy of A, 3: deploy another image, scale A to 0, or "
	if _, err := o.ops.Plan(t.Context(), backends.Change{Op: backends.OpRollback, Deployment: "fraud"}); err == nil || !strings.Contains(err.Error(), left+"delete it") {
		t.Errorf("rollback: %v", err)
	}
	abort := o.plan(t, backends.Change{Op: backends.OpAbort})
	if abort.Danger != operation.Denied || !slices.ContainsFunc(abort.Guards, func(g operation.Guard) bool {
		return strings.Contains(g.Text, left+"remove it (kubectl delete deployment fraud -n "+p.Name+")")
	}) {
		t.Errorf("abort: %+v", abort)
	}
	zero := o.plan(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 0})
	if out, err := o.ops.Run(t.Context(), zero, operation.Confirmation{Typed: zero.Confirm, Yes: true}, nil); err != nil || out.Result != "ok" || !out.Observed {
		t.Fatalf("scaled to 0: %+v, %v", out, err)
	}
	p.await(t, "it is off", func(d backends.Deployment) bool {
		return d.State == backends.Paused && d.Reason == "A is scaled to 0: nothing of it answers"
	})
	idle := o.plan(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Image: "registry.example/fraud:4"})
	if got := strings.Join(idle.Consequences, " "); !strings.Contains(got, "A has no replicas: nothing runs registry.example/fraud:4 until it has some.") {
		t.Errorf("the plan of a deploy to nothing says %q", got)
	}
	p.Kubectl(t, "scale", "deployment/fraud", "--replicas=2")
	p.Kubectl(t, "patch", "deployment/fraud", "--type=json", "-p", `[{"op": "remove", "path": "/spec/template/metadata/labels/pitwall.test~1fault"}]`)
	p.await(t, "it is healed", func(d backends.Deployment) bool { return d.State == backends.OK && d.Rollout == nil })
}

// TestClusterFirstDeployOfACandidate: an abort takes the requests from a candidate
// that never got ready, and leaves its objects to the people whose they are.
func TestClusterFirstDeployOfACandidate(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud-a", "1.0.0", 2)+hasty(strings.Replace(workload("fraud-b", "2", 1), "version: fraud-b,", "version: fraud-b, pitwall.test/fault: imagepull,", 1))+route)
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "the candidate's deadline has passed", func(d backends.Deployment) bool {
		return d.Rollout != nil && d.Rollout.Stuck && d.Variants[0].Ready == 2
	})
	o := p.operator(t)
	abort := o.plan(t, backends.Change{Op: backends.OpAbort})
	if !slices.ContainsFunc(abort.Effects, func(e backends.Effect) bool { return strings.Contains(e.After, "kubectl delete deployment fraud-b") }) {
		t.Errorf("the plan does not say what is left: %+v", abort.Effects)
	}
	if out, err := o.ops.Run(t.Context(), abort, operation.Confirmation{Typed: abort.Confirm, Yes: true}, nil); err != nil || out.Result != "ok" {
		t.Fatalf("abort: %+v, %v", out, err)
	}
	d := p.read(t)
	if b, _ := d.Variant("B"); !d.Split().Equal(pair(100, 0)) || b.Desired != 1 || d.Rollout == nil {
		t.Errorf("aborted, it is %+v", d)
	}
}
