package operation

import (
	"strings"
	"testing"

	"pitwall/backends"
)

// firstOf makes the deployment one whose variant never ran anything before.
func (b *bench) firstOf(variant, backend string) {
	d := &b.world.d
	d.Backend, d.Rollout = backend, &backends.Rollout{Operation: backends.OpDeploy, Variant: variant, To: "1.1.0", Total: 1, Stuck: true, Message: "it never got ready"}
	for i := range d.Variants {
		if d.Variants[i].Name == variant {
			d.Variants[i].Ready, d.Variants[i].Replicas = 0, nil
		}
	}
}

// TestNoWayBackFromAFirstDeploy: what is asked for to get away from it says what
// is left, and what is left is possible.
func TestNoWayBackFromAFirstDeploy(t *testing.T) {
	for backend, left := range map[string]string{
		"kubernetes": "nothing ran before the first deploy of B, 1.1.0: deploy another image, scale B to 0, or delete it",
		"local":      "nothing ran before the first deploy of B, 1.1.0: deploy another version, or abort it",
	} {
		for _, variant := range []string{"", "B"} {
			b := newBench(nil)
			b.firstOf("B", backend)
			b.world.revisions = []backends.Revision{{Number: 3, Variant: "B", Version: "1.1.0", Current: true}, {Number: 2, Variant: "A", Version: "1.0.0", Current: true}, {Number: 1, Variant: "A", Version: "0.9.0"}}
			_, err := b.Plan(t.Context(), backends.Change{Op: backends.OpRollback, Deployment: "model-api", Variant: variant})
			if err == nil || !strings.Contains(err.Error(), left) {
				t.Errorf("%s: rollback of %q: %v", backend, variant, err)
			}
			if p := b.plan(t, backends.Change{Op: backends.OpRollback, Deployment: "model-api", Variant: "A"}); p.Revision.Number != 1 {
				t.Errorf("%s: A goes back to %+v", backend, p.Revision)
			}
		}
	}
	b := newBench(nil)
	b.firstOf("B", "kubernetes")
	if off := b.Disabled(backends.OpRestart, b.world.d); off != "the first deploy of B, 1.1.0, is in progress (0 of 1): wait, deploy another image, or scale B to 0" {
		t.Errorf("restart is off: %s", off)
	}
	zero := backends.Change{Op: backends.OpScale, Deployment: "model-api", Variant: "B"}
	if p := b.plan(t, zero); p.Danger == Denied || !strings.Contains(guardOf(p, "scale"), "answers none") {
		t.Errorf("scale to 0: %s: %+v", p.Danger, p.Guards)
	}
	b.world.d.Variants[1].Ready = 1
	if p := b.plan(t, zero); p.Danger != Denied {
		t.Errorf("scale to 0 of what answers: %s", p.Danger)
	}
	b.firstOf("B", "local")
	if off := b.Disabled(backends.OpScale, b.world.d); !strings.Contains(off, "abort it") {
		t.Errorf("elsewhere scale is off: %q", off)
	}
}

// TestAbortLeavesAFirstDeploy: its requests go to stable, and it stays.
func TestAbortLeavesAFirstDeploy(t *testing.T) {
	b := newBench(nil)
	b.firstOf("B", "kubernetes")
	p := b.plan(t, backends.Change{Op: backends.OpAbort, Deployment: "model-api"})
	if last := p.Consequences[len(p.Consequences)-1]; last != "The first deploy of B, 1.1.0, stays: nothing ran before it." || len(p.Effects) != 2 || p.Undo == nil {
		t.Errorf("with requests: %q %+v", p.Consequences, p.Effects)
	}
	for i, w := range []float64{100, 0} {
		b.world.d.Variants[i].Weight = w
	}
	if p = b.plan(t, backends.Change{Op: backends.OpAbort, Deployment: "model-api"}); len(p.Effects) != 0 || p.UndoText != "nothing is changed" {
		t.Errorf("without requests: %+v", p)
	}
	b.firstOf("B", "local")
	if p := b.plan(t, backends.Change{Op: backends.OpAbort, Deployment: "model-api"}); len(p.Effects) != 1 || p.Effects[0].After != "stopped" {
		t.Errorf("elsewhere: %+v", p)
	}
}

func guardOf(p Plan, rule string) string {
	for _, g := range p.Guards {
		if g.Rule == rule {
			return g.Text
		}
	}
	return ""
}
