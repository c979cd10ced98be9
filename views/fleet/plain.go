package fleet

import (
	"fmt"
	"strings"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// plain says each row as a sentence, for screen readers and pipes.
func (s *Screen) plain(f ui.Frame) []string {
	if s.table.Len() == 0 {
		return s.empty(f.Theme, f.Now, 0, f.Height)
	}
	lines := []string{}
	for i := range s.cells.Len() {
		lines = append(lines, plainRow(f, s.cells.row(i)))
	}
	return append(lines, s.unlisted(0)...)
}

func plainRow(f ui.Frame, r *data.Row) string {
	g := f.Theme.Glyphs
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s", draw.Sanitize(r.Deployment.Name), r.State)
	if r.Reason != "" {
		out.WriteString(", " + views.Words(f.Theme, r.Reason))
	}
	out.WriteString(".")
	for _, v := range r.Deployment.Variants {
		fmt.Fprintf(&out, " %s %s %%, %d of %d ready.", views.VariantPlain(v), backends.FormatWeight(v.Weight), v.Ready, v.Desired)
	}
	signals := r.Signal("")
	latency, name := views.Latency(signals, views.MeanOnly(r))
	fmt.Fprintf(&out, " %s requests/s, %s %s, errors %s, drift %s, %d alerts, data %s old.",
		draw.Rate(signals.RPS, g), name, draw.Latency(latency, g), draw.Percent(signals.ErrorRatio, g),
		driftText(signals.DriftPSI, g), len(r.Alerts), views.Age(f.Now, measured(r), g))
	return out.String()
}
