package widget

import "slices"

// Slider is a draft of a split: whole percentages of the variants whose sum is always 100. Moving one variant takes
// from, or gives to, the stable variant (the first) as far as it can, then the others in order; locked variants stay.
// It changes nothing but itself: what is configured and what is observed are the caller's.
type Slider struct {
	configured []int
	proposed   []int
	locked     []bool
	focus      int
	width      int
}

// NewSlider returns a slider whose proposal is the configured split. Percentages must sum to 100. With two variants
// or more the focus is on the first candidate.
func NewSlider(configured []int) *Slider {
	s := &Slider{width: minTrack}
	s.Reset(configured)
	s.focus = min(1, max(len(configured)-1, 0))
	return s
}

// Reset discards the proposal and starts from a new configured split; locks go when the number of variants changes.
func (s *Slider) Reset(configured []int) {
	if len(s.locked) != len(configured) {
		s.locked = make([]bool, len(configured))
		s.focus = clamp(s.focus, 0, max(len(configured)-1, 0))
	}
	s.configured = slices.Clone(configured)
	s.proposed = slices.Clone(configured)
}

// SetWidth sets the columns of a track, at least 11.
func (s *Slider) SetWidth(width int) { s.width = max(width, minTrack) }

// Width returns the columns of a track.
func (s *Slider) Width() int { return s.width }

// Proposed returns the draft in percent; the caller must not change it.
func (s *Slider) Proposed() []int { return s.proposed }

// Configured returns the split that the draft started from, in percent; the caller must not change it.
func (s *Slider) Configured() []int { return s.configured }

// Changed reports whether the draft differs from the configured split.
func (s *Slider) Changed() bool { return !slices.Equal(s.proposed, s.configured) }

// Discard takes the draft back to the configured split.
func (s *Slider) Discard() { copy(s.proposed, s.configured) }

// Focus returns the variant that Move and Set act on.
func (s *Slider) Focus() int { return s.focus }

// SetFocus chooses the variant that Move and Set act on, clamped to those that exist.
func (s *Slider) SetFocus(variant int) { s.focus = clamp(variant, 0, max(len(s.proposed)-1, 0)) }

// ToggleLock fixes the focused variant's share, or frees it.
func (s *Slider) ToggleLock() {
	if s.focus < len(s.locked) {
		s.locked[s.focus] = !s.locked[s.focus]
	}
}

// Locked reports whether the variant's share is fixed.
func (s *Slider) Locked(variant int) bool { return variant < len(s.locked) && s.locked[variant] }

// Move changes the focused variant's share by delta percentage points, as far as the others allow.
func (s *Slider) Move(delta int) {
	if s.focus < len(s.proposed) {
		s.Set(s.proposed[s.focus] + delta)
	}
}

// Set gives the focused variant a share in percent, as near as 0 to 100 and the locks allow. A locked variant stays.
func (s *Slider) Set(percent int) {
	if s.focus >= len(s.proposed) || s.locked[s.focus] {
		return
	}
	want := clamp(percent, 0, 100) - s.proposed[s.focus]
	for i := range s.proposed {
		if i == s.focus || s.locked[i] {
			continue
		}
		give := clamp(want, s.proposed[i]-100, s.proposed[i])
		s.proposed[i] -= give
		s.proposed[s.focus] += give
		want -= give
	}
}

// ValueAt returns the percentage under column x of a track; ok is false outside it.
func (s *Slider) ValueAt(x int) (percent int, ok bool) {
	if x < 0 || x >= s.width {
		return 0, false
	}
	last := s.width - 1
	return (x*100 + last/2) / last, true
}
