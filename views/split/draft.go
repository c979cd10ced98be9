package split

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"pitwall/backends"
)

// follow takes a new reading of the deployment. Without a proposal the slider
// shows the configured split; with one the proposal stays as it is and is
// measured against the new split, until it is reviewed again or discarded.
// Weights that cannot be read now change nothing.
func (s *Screen) follow(d backends.Deployment) {
	percent := whole(d)
	switch {
	case !d.SplitKnown() && len(s.slider.Configured()) == len(d.Variants):
	case !slices.Equal(names(s.base), names(d)):
		had := s.slider.Changed()
		s.slider.Reset(percent)
		s.slider.SetFocus(max(s.slider.Focus(), 1))
		s.base, s.moved = d, false
		if had {
			s.note = "the variants changed: the proposal was discarded"
		}
	case !s.slider.Changed():
		s.slider.Reset(percent)
		s.base, s.moved = d, false
	case !s.base.Split().Equal(d.Split()):
		s.rebase(percent)
		s.moved = s.slider.Changed()
		if !s.moved { // the proposal is what is configured now
			s.base = d
		}
	default:
		// Back where the proposal started from, or only something else changed.
		s.rebase(percent)
		s.moved = false
	}
}

// rebase changes what the proposal is measured against and keeps the proposal.
// Shares that fall come first, so that stable has enough for those that rise.
func (s *Screen) rebase(configured []int) {
	sl := s.slider
	if slices.Equal(sl.Configured(), configured) {
		return
	}
	proposed, focus := slices.Clone(sl.Proposed()), sl.Focus()
	locked := s.unlockAll()
	sl.Reset(configured)
	order := make([]int, max(len(configured)-1, 0))
	for i := range order {
		order[i] = i + 1
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(proposed[a]-configured[a], proposed[b]-configured[b])
	})
	for _, i := range order {
		sl.SetFocus(i)
		sl.Set(proposed[i])
	}
	for _, i := range locked {
		sl.SetFocus(i)
		sl.ToggleLock()
	}
	sl.SetFocus(focus)
}

func (s *Screen) unlockAll() (locked []int) {
	focus := s.slider.Focus()
	for i := range s.slider.Configured() {
		if s.slider.Locked(i) {
			locked = append(locked, i)
			s.slider.SetFocus(i)
			s.slider.ToggleLock()
		}
	}
	s.slider.SetFocus(focus)
	return locked
}

// proposal is the draft as a split. Shares that were not moved keep their
// configured decimals; stable gets what is left.
func (s *Screen) proposal() backends.Split {
	d := s.row.Deployment
	if len(d.Variants) == 0 {
		return nil
	}
	out := make(backends.Split, len(d.Variants))
	rest := 100.0
	for i, v := range d.Variants {
		if i == 0 {
			continue
		}
		w := float64(s.slider.Proposed()[i])
		if s.slider.Proposed()[i] == s.slider.Configured()[i] {
			w = v.Weight
		}
		out[v.Name] = w
		rest -= w
	}
	if rest = math.Round(rest*100) / 100; rest < 0 {
		return exactly(d, s.slider.Proposed())
	}
	out[d.Variants[0].Name] = rest
	return out
}

func exactly(d backends.Deployment, percent []int) backends.Split {
	out := make(backends.Split, len(d.Variants))
	for i, v := range d.Variants {
		out[v.Name] = float64(percent[i])
	}
	return out
}

// whole rounds the configured weights to whole percentages that sum to 100:
// what rounding down leaves goes to the largest remainders. Without known weights
// there are only zeros.
func whole(d backends.Deployment) []int {
	out := make([]int, len(d.Variants))
	if !d.SplitKnown() {
		return out
	}
	order := make([]int, len(d.Variants))
	left := 100
	for i, v := range d.Variants {
		out[i], order[i] = int(v.Weight), i
		left -= out[i]
	}
	remainder := func(i int) float64 { return d.Variants[i].Weight - float64(out[i]) }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainder(b), remainder(a)) })
	for k := 0; left > 0 && len(order) > 0; k++ {
		out[order[k%len(order)]]++
		left--
	}
	return out
}

func names(d backends.Deployment) []string {
	out := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		out[i] = v.Name
	}
	return out
}

// banner says that somebody changed the split under the proposal, "" otherwise.
func (s *Screen) banner() string {
	v, ok := s.focused()
	if !s.moved || !ok {
		return ""
	}
	before, _ := s.base.Variant(v.Name)
	d := s.row.Deployment
	who := "changed"
	if d.SplitBy != "" {
		who = fmt.Sprintf("changed by %s %s", d.SplitBy, d.SplitAt.In(s.now().Location()).Format("15:04"))
	}
	// What to do comes first: a narrow terminal cuts the rest.
	return fmt.Sprintf("review anew: %s → %s %s %%; your proposal was from %s %%",
		who, v.Name, backends.FormatWeight(v.Weight), backends.FormatWeight(before.Weight))
}
