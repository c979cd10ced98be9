package operation

import (
	"slices"
	"testing"

	"pitwall/backends"
)

// TestScaleToWhatIsWantedMakesTheMissing: somebody removed a replica, and the
// number that is wanted is the one that was wanted before.
func TestScaleToWhatIsWantedMakesTheMissing(t *testing.T) {
	three := backends.Change{Op: backends.OpScale, Deployment: "model-api", Variant: "A", Replicas: 3}
	for name, replicas := range map[string][]backends.Replica{
		"told as removed": {{Name: "a-1", State: backends.OK}, {Name: "a-2", State: backends.OK}, {Name: "a-3", State: backends.Fail, Cause: backends.CauseRemoved}},
		"not there":       {{Name: "a-1", State: backends.OK}, {Name: "a-2", State: backends.OK}},
	} {
		b := newBench(nil)
		b.world.d.Variants[0].Replicas, b.world.d.Variants[0].Ready = replicas, 2
		p := b.plan(t, three)
		if p.Danger != Confirm || p.Title != "Bring A of model-api back to 3 replicas" || p.Undo != nil || p.UndoText == "" ||
			!slices.Equal(p.Effects, []backends.Effect{{What: "replicas of A", Before: "2 of 3 there", After: "3"}}) {
			t.Errorf("%s: %+v", name, p)
		}
		b.world.d.Backend = "kubernetes"
		if p := b.plan(t, three); p.Danger != Denied {
			t.Errorf("%s, on Kubernetes: %s", name, p.Danger)
		}
	}
}
