package widget

import "pitwall/ui/theme"

// minTrack is the least columns of a track: one for each ten per cent.
const minTrack = 11

// Track draws the variant's proposed share: ├────┼────●────┼────┤ in the slider's width, the knob at the proposed
// value and a ring at the configured one where they differ. The focused variant's knob is bold.
func (s *Slider) Track(t *theme.Theme, variant int) string {
	if variant < 0 || variant >= len(s.proposed) {
		return ""
	}
	g := t.Glyphs
	last := s.width - 1
	knob := columnOf(s.proposed[variant], last)
	ghost := columnOf(s.configured[variant], last)
	divisions := divisionsOf(last)
	line, knobStyle := t.Dim, t.Variant(variant)
	if variant == s.focus {
		line, knobStyle = t.Text, knobStyle.With(t.Key)
	}
	buf := make([]byte, 0, 4*s.width+64)
	run := make([]byte, 0, 4*s.width)
	for x := range s.width {
		switch {
		case x == knob:
			buf = line.Append(buf, string(run))
			buf = knobStyle.Append(buf, g.Knob)
			run = run[:0]
		case x == ghost:
			run = append(run, g.Ghost...)
		case x == 0:
			run = append(run, g.TrackStart...)
		case x == last:
			run = append(run, g.TrackEnd...)
		case isTick(x, last, divisions):
			run = append(run, g.TrackTick...)
		default:
			run = append(run, g.TrackLine...)
		}
	}
	return string(line.Append(buf, string(run)))
}

// Bars draws the configured split: one line per variant, each filled from where the one above ends.
func (s *Slider) Bars(t *theme.Theme) []string {
	lines := make([]string, len(s.configured))
	start := 0
	for i, v := range s.configured {
		lines[i] = ShareBar(t, i, float64(start)/100, float64(v)/100, s.width)
		start += v
	}
	return lines
}

func columnOf(percent, last int) int { return (clamp(percent, 0, 100)*last + 50) / 100 }

// divisionsOf returns how many parts the ticks divide the track into: ten where there is room, else four or two.
func divisionsOf(last int) int {
	switch {
	case last >= 30:
		return 10
	case last >= 12:
		return 4
	default:
		return 2
	}
}

func isTick(x, last, divisions int) bool {
	for i := 1; i < divisions; i++ {
		if x == (i*last+divisions/2)/divisions {
			return true
		}
	}
	return false
}
