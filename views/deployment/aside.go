package deployment

import (
	"fmt"
	"strings"
	"time"

	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// aside is the column beside the charts: variants, alerts, replicas, drift by
// feature, events.
func (s *Screen) aside(f ui.Frame, width, height int) []string {
	variants := list{at: stops, title: "variants", status: s.listed(f), lines: s.variantLines(f, width)}
	variants.least = 1 + len(variants.lines)
	lists := []list{variants, s.alertList(f), s.replicaList(f, width), s.driftList(f, width), s.eventList(f, width)}
	heights := s.share(lists, height)
	lines := make([]string, 0, height)
	for i, l := range lists {
		lines = append(lines, s.section(f, l, width, heights[i])...)
	}
	return draw.FitLines(f.Theme, lines, width, height)
}

// share divides the lines among the lists: what each needs at least, then
// what the focused one wants, then the others in turn, and the rest to the last.
func (s *Screen) share(lists []list, height int) []int {
	const gap = 1 // free line below
	heights := make([]int, len(lists))
	for i, l := range lists {
		heights[i] = min(l.least, height)
		height -= heights[i]
	}
	grow := func(i, to int) {
		more := min(max(to-heights[i], 0), height)
		heights[i] += more
		height -= more
	}
	for i, l := range lists {
		if l.at == s.focus {
			grow(i, 1+len(l.lines)+gap)
		}
	}
	for _, most := range [...]int{6, 1 << 30} {
		for i, l := range lists {
			grow(i, min(1+len(l.lines)+gap, most))
		}
	}
	heights[len(heights)-1] += height
	return heights
}

// section draws a list under its title: the part that it is scrolled to.
func (s *Screen) section(f ui.Frame, l list, width, height int) []string {
	th := f.Theme
	if height < 1 {
		return nil
	}
	room := height - 1
	from := 0
	if l.at < stops {
		from = min(s.scroll[l.at], max(len(l.lines)-room, 0))
		if l.to > 0 {
			from = min(max(from, l.to-room), l.from)
		}
		s.scroll[l.at] = from
	}
	shown := l.lines[from:]
	status := l.status
	if len(l.lines) > room {
		shown = shown[:max(min(room, len(shown)), 0)]
		status = th.Dim.Paint(fmt.Sprintf("%d-%d of %d lines  ", from+min(1, len(shown)), from+len(shown), len(l.lines))) + status
	}
	head := draw.Ends(s.title(th, l.at, l.title)+" ", " "+status, width, th.Glyphs.Ellipsis)
	lines := append(make([]string, 0, height), head)
	for _, line := range shown {
		lines = append(lines, " "+line)
	}
	return draw.FitLines(th, lines, width, height)
}

// listed is the age of what the backend told.
func (s *Screen) listed(f ui.Frame) string { return age(f, s.row.ListedAt) }

// signalsStatus is the age of the signals and alerts.
func (s *Screen) signalsStatus(f ui.Frame) string { return age(f, s.row.SignalsAt) }

func (s *Screen) featuresStale(f ui.Frame) bool {
	return !s.features.at.IsZero() && f.Now.Sub(s.features.at) >= max(views.StaleAfter, 3*s.every())
}

func (s *Screen) featuresStatus(f ui.Frame) string {
	th := f.Theme
	switch {
	case s.deps.Metrics == nil:
		return th.Dim.Paint("no data")
	case s.features.at.IsZero():
		return unanswered(th, s.features.err)
	case s.features.err != nil:
		return th.Fail.Paint("query error") + " " + age(f, s.features.at)
	case !s.featuresStale(f):
		return recent(f, f.Now.Sub(s.features.at), s.every()+beat)
	}
	return age(f, s.features.at)
}

func (s *Screen) timelineStatus(f ui.Frame) string {
	if s.timeline.at.IsZero() {
		return f.Theme.Dim.Paint("no data")
	}
	if old := f.Now.Sub(s.timeline.at); old < views.StaleAfter {
		return recent(f, old, timelineEach+beat)
	}
	return age(f, s.timeline.at)
}

// age is "live", "12s" or "stale 3m" for data that comes with the snapshots.
func age(f ui.Frame, at time.Time) string {
	th := f.Theme
	switch {
	case at.IsZero():
		return th.Dim.Paint("no data")
	case views.Stale(f.Now, at):
		return th.Warn.Paint("stale " + views.Age(f.Now, at, th.Glyphs))
	default:
		return recent(f, f.Now.Sub(at), 4*time.Second)
	}
}

// recent is "live" up to an age, and then the age.
func recent(f ui.Frame, age, live time.Duration) string {
	if age <= live {
		return f.Theme.OK.Paint("live")
	}
	return f.Theme.Dim.Paint(draw.Age(age))
}

// band is the style and the word of a PSI: the limits are those of the alerts.
func band(th *theme.Theme, psi float64) (theme.Style, string) {
	switch {
	case psi >= fleet.DriftFail:
		return th.Fail, "much"
	case psi >= fleet.DriftWarn:
		return th.Warn, "some"
	default:
		return th.OK, "little"
	}
}

// driftBar is a bar of a ratio, on whose empty part the limits are marked.
func driftBar(th *theme.Theme, style theme.Style, psi float64, width int) string {
	const end = 0.5 // PSI at the end of the bar
	at := func(psi float64) int { return min(max(int(psi/end*float64(width)+0.5), 0), width) }
	full := at(psi)
	empty := make([]byte, 0, 4*width)
	for x := full; x < width; x++ {
		if x == at(fleet.DriftWarn) || x == at(fleet.DriftFail) {
			empty = append(empty, th.Glyphs.V...)
		} else {
			empty = append(empty, th.Glyphs.BarEmpty...)
		}
	}
	return style.Paint(strings.Repeat(th.Glyphs.BarFull, full)) + th.Dim.Paint(string(empty))
}
