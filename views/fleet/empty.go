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
		return []string{"", "No deployment matches " + draw.Sanitize(s.filter.text) + ".",
			th.Dim.Paint("esc clears the filter, / changes it")}
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
		return []string{"", name + " answers, but it has no deployments.",
			th.Dim.Paint("They appear here by themselves; ? shows what can be done.")}
	}
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
