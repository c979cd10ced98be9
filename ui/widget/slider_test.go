package widget

import (
	"slices"
	"testing"

	"pitwall/ui/theme"
)

func TestSliderFrames(t *testing.T) {
	goldenFrames(t, 41, func(th *theme.Theme) []string {
		s := NewSlider([]int{70, 30})
		s.SetWidth(41)
		s.Move(20)
		return append(s.Bars(th), s.Track(th, 1), s.Track(th, 0))
	})
}

func TestSliderKeepsTheSum(t *testing.T) {
	tests := []struct {
		name       string
		configured []int
		do         func(s *Slider)
		want       []int
	}{
		{"step", []int{70, 30}, func(s *Slider) { s.Move(5) }, []int{65, 35}},
		{"past the end", []int{70, 30}, func(s *Slider) { s.Move(500) }, []int{0, 100}},
		{"past the start", []int{70, 30}, func(s *Slider) { s.Move(-500) }, []int{100, 0}},
		{"preset", []int{70, 30}, func(s *Slider) { s.Set(50) }, []int{50, 50}},
		{"stable gives first", []int{60, 20, 20}, func(s *Slider) { s.Set(40) }, []int{40, 40, 20}},
		{"then the others", []int{10, 20, 70}, func(s *Slider) { s.Set(40) }, []int{0, 40, 60}},
		{"locked stays", []int{60, 20, 20}, func(s *Slider) { s.SetFocus(0); s.ToggleLock(); s.SetFocus(1); s.Set(90) }, []int{60, 40, 0}},
		{"a locked variant does not move", []int{70, 30}, func(s *Slider) { s.ToggleLock(); s.Move(5) }, []int{70, 30}},
		{"stable in focus", []int{70, 20, 10}, func(s *Slider) { s.SetFocus(0); s.Set(95) }, []int{95, 0, 5}},
		{"one variant", []int{100}, func(s *Slider) { s.Move(-10) }, []int{100}},
		{"none", nil, func(s *Slider) { s.Move(1); s.ToggleLock(); s.Set(4) }, nil},
		{"discard", []int{70, 30}, func(s *Slider) { s.Move(5); s.Discard() }, []int{70, 30}},
	}
	for _, test := range tests {
		s := NewSlider(test.configured)
		test.do(s)
		if got := s.Proposed(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
		if !slices.Equal(s.Configured(), test.configured) {
			t.Errorf("%s changed the configured split to %v", test.name, s.Configured())
		}
		if s.Changed() == slices.Equal(test.want, test.configured) {
			t.Errorf("%s: Changed is %v", test.name, s.Changed())
		}
	}
}

func TestSliderHitsWhatItDraws(t *testing.T) {
	s := NewSlider([]int{70, 30})
	for _, width := range []int{1, 11, 40, 41, 101, 150} {
		s.SetWidth(width)
		for x := range s.Width() {
			percent, ok := s.ValueAt(x)
			if !ok || columnOf(percent, s.Width()-1) != x && s.Width() <= 101 {
				t.Errorf("width %d: column %d is %d %%, drawn at %d", width, x, percent, columnOf(percent, s.Width()-1))
			}
		}
		if _, ok := s.ValueAt(s.Width()); ok {
			t.Error("outside the track is a value")
		}
		for percent := range 101 {
			s.Set(percent)
			th := theme.New(theme.Options{Profile: theme.ANSI256})
			checkWidths(t, append(s.Bars(th), s.Track(th, 0), s.Track(th, 1)), s.Width())
		}
	}
}
