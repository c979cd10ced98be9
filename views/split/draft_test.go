package split

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// randomSplit is weights of n variants that sum to 100, with two decimals when
// fine.
func randomSplit(r *rand.Rand, n int, fine bool) []float64 {
	left, out := 10000, make([]float64, n)
	for i := range out[1:] {
		w := r.IntN(left + 1)
		if !fine {
			w -= w % 100
		}
		out[i+1] = float64(w) / 100
		left -= w
	}
	out[0] = float64(left) / 100
	return out
}

func withSplit(weights []float64) *fleet.Snapshot {
	s := viewtest.Fleet()
	d := &s.Rows[0].Deployment
	d.Variants = nil
	for i, w := range weights {
		d.Variants = append(d.Variants, viewtest.Variant("model-api", string(rune('A'+i)), "1.0.0", w, 1, 1))
	}
	return s
}

// TestProposalOutlivesAnyChange draws up a proposal, changes what is configured
// under it, and wants the proposal as it was and always a valid split.
func TestProposalOutlivesAnyChange(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 3000 {
		n := 2 + r.IntN(3)
		b := newBench(t, withSplit(randomSplit(r, n, r.IntN(2) == 0)), nil)
		for range r.IntN(4) {
			b.slider.SetFocus(1 + r.IntN(n-1))
			b.slider.Set(r.IntN(101))
		}
		if r.IntN(3) == 0 {
			b.slider.ToggleLock()
		}
		draft, had, focus, locked := slices.Clone(b.slider.Proposed()), b.slider.Changed(), b.slider.Focus(), b.slider.Locked(b.slider.Focus())
		next := randomSplit(r, n, r.IntN(2) == 0)
		b.Update(views.SnapshotMsg{Snapshot: withSplit(next)})
		if had && !slices.Equal(draft, b.slider.Proposed()) || focus != b.slider.Focus() || locked != b.slider.Locked(focus) {
			t.Fatalf("the proposal %v (focus %d, locked %t) became %v over %v", draft, focus, locked, b.slider.Proposed(), next)
		}
		if err := b.proposal().Validate(names(b.row.Deployment)); err != nil {
			t.Fatalf("proposed %s over %v: %v", b.proposal(), next, err)
		}
		if !b.slider.Changed() && !b.proposal().Equal(b.row.Deployment.Split()) {
			t.Fatalf("nothing is proposed, but that is %s and not %s", b.proposal(), b.row.Deployment.Split())
		}
	}
}

func TestWholePercentagesSumTo100(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for range 2000 {
		weights := randomSplit(r, 1+r.IntN(5), true)
		d := withSplit(weights).Rows[0].Deployment
		sum := 0
		for i, p := range whole(d) {
			if sum += p; float64(p) <= weights[i]-1 || float64(p) >= weights[i]+1 {
				t.Fatalf("%v is rounded to %v", weights, whole(d))
			}
		}
		if sum != 100 {
			t.Fatalf("%v is rounded to %v", weights, whole(d))
		}
	}
	if got := whole(backends.Deployment{}); len(got) != 0 {
		t.Errorf("nothing is rounded to %v", got)
	}
}
