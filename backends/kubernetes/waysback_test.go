package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/rollout"
)

// revisionsOf are the revisions of B by version.
func (b trial) revisionsOf(t *testing.T, variant string) map[string]backends.Revision {
	t.Helper()
	all, err := b.backend.Revisions(t.Context(), "fraud")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]backends.Revision{}
	for _, r := range all {
		if r.Variant == variant {
			out[r.Version] = r
		}
	}
	return out
}

// TestClusterWaysBack goes back and forth between healthy versions: what nobody
// took back is not doubted, whatever its neighbours are called by now, and what
// somebody else made is not pitwall's.
func TestClusterWaysBack(t *testing.T) {
	b := openTrial(t)
	for _, image := range []string{":1.2.0", ":1.3.0"} {
		b.run(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: image})
	}
	for _, version := range []string{"1.2.0", "1.3.0", "1.2.0"} {
		b.run(t, backends.Change{Op: backends.OpRollback, Variant: "B", Revision: b.revisionsOf(t, "B")[version].Number})
	}
	known := b.revisionsOf(t, "B")
	if first := known["1.1.0"]; first.Doubt != "" || first.GoodFor <= 0 {
		t.Errorf("what was replaced by a deploy is %+v", first)
	}
	if left := known["1.3.0"]; left.Doubt != "@ana@desk took it back" || left.Current {
		t.Errorf("what was taken back is %+v", left)
	}
	if now := known["1.2.0"]; now.Doubt != "" || !now.Current || now.By != "@ana@desk" {
		t.Errorf("what runs is %+v", now)
	}
	if plan := b.plan(t, backends.Change{Op: backends.OpRollback, Variant: "B"}); plan.Change.Revision != known["1.1.0"].Number {
		t.Errorf("a rollback goes to revision %d, want %d", plan.Change.Revision, known["1.1.0"].Number)
	}
	b.Kubectl(t, "set", "image", "deployment/fraud-b", "model=registry.test/fraud:1.4.0")
	b.await(t, "kubectl's image", func(d backends.Deployment) bool {
		return d.Variants[1].Version == "1.4.0" && d.Rollout == nil && d.Variants[1].Ready == 1
	})
	if foreign := b.revisionsOf(t, "B")["1.4.0"]; foreign.By != "" || strings.HasPrefix(foreign.Reason, rollout.CausePrefix) || foreign.Doubt != "" {
		t.Errorf("what kubectl made is %+v", foreign)
	}
	b.place.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: ":missing"})
	b.await(t, "it is stuck", func(d backends.Deployment) bool {
		return d.Rollout != nil && d.Rollout.To == "missing" && d.Rollout.Message != ""
	})
	undo := b.plan(t, backends.Change{Op: backends.OpRollback, Variant: "B"})
	if !strings.HasSuffix(undo.UndoText, "(missing)") {
		t.Errorf("the way back is %q, and %+v", undo.UndoText, undo.Effects)
	}
	b.run(t, undo.Change)
	versions, err := b.backend.Versions(t.Context(), "fraud")
	if i := slices.IndexFunc(versions, func(v backends.Version) bool { return v.Version == "missing" }); err != nil || i < slices.IndexFunc(versions, func(v backends.Version) bool { return v.Version == "1.2.0" }) || i < 0 || !strings.Contains(versions[i].Note, "no replica of it was ready") {
		t.Errorf("the versions to deploy are %+v, %v", versions, err)
	}
}
