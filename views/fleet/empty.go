package fleet

import (
	"slices"
	"time"

	data "pitwall/backends/fleet"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/ui/widget"
)

const skeletonRows = 5

// margin is what the table keeps free of its lines for empty, in columns.
const margin = 4

// empty says why there are no rows and what to do next.
func (s *Screen) empty(th *theme.Theme, now time.Time, width, height int) []string {
	if len(s.snapshot.Rows) > 0 {
		lines := []string{"", "No deployment matches " + draw.Sanitize(s.filter.text) + ".",
			th.Dim.Paint("esc clears the filter, / changes it")}
		return append(lines, s.unlisted(width)...)
	}
	if len(s.snapshot.Sources) == 0 {
		return nil
	}
	source := s.snapshot.Sources[0] // the backend
	name := draw.Sanitize(source.Name)
	switch {
	case source.Err != nil:
		return failure(th, name, source, now, width)
	case source.State == data.Connecting:
		skeleton := widget.Skeleton(th, 60)
		lines := slices.Repeat([]string{skeleton}, min(skeletonRows, height-3))
		return append(lines, "", th.Dim.Paint("asking "+name+" for its deployments"))
	default:
		lines := []string{"", name + " answers, but it has no deployments.",
			th.Dim.Paint("They appear here by themselves; ? shows what can be done.")}
		return append(lines, s.unlisted(width)...)
	}
}

// unlisted says in full what the backend sees and does not list.
func (s *Screen) unlisted(width int) []string {
	text := s.hidden.String()
	if text == "" {
		return nil
	}
	if s.hidden.Has(s.filter.text) {
		text = s.filter.text + " is there: " + text
	}
	if width <= 0 { // a sentence, for screen readers
		return []string{draw.Sanitize(text)}
	}
	return append([]string{""}, draw.Wrap(draw.Sanitize(text), width)...)
}

// failure is a source's own words, which say what to do, and when it is asked
// again.
func failure(th *theme.Theme, name string, source data.Source, now time.Time, width int) []string {
	lines := []string{"", th.Fail.Paint(th.Glyphs.Fail+" "+name+" is "+source.State.String()+":") + " nothing is known about its deployments."}
	for _, text := range draw.SanitizeLines(source.Err.Error(), 4) {
		lines = append(lines, draw.Wrap(text, width)...)
	}
	next := "r tries again"
	if wait := source.RetryAt.Sub(now); wait > 0 {
		next = "next try in " + draw.Duration(wait.Round(time.Second)) + ", r tries now"
	}
	return append(lines, "", th.Dim.Paint(next))
}
