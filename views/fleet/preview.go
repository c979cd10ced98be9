package fleet

import (
	"math"
	"strconv"
	"strings"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/widget"
	"pitwall/views"
)

const (
	previewAlerts = 5
	previewChart  = 9 // lines
)

// preview is the row under the cursor at a glance: reason, variants side by
// side, the last minutes of traffic, and what fires.
func (s *Screen) preview(f ui.Frame, width, height int) []string {
	th := f.Theme
	row, ok := s.row()
	if !ok {
		return draw.Box(th, draw.BoxOptions{}, nil, width, height)
	}
	d := row.Deployment
	lines := []string{views.StateText(th, row.State) + " " + since(f.Now, row.Since)}
	if row.Reason != "" {
		lines = append(lines, draw.Wrap(views.Words(th, row.Reason), width-4)...)
	}
	lines = append(lines, "")
	lines = append(lines, s.variants(f, row)...)
	lines = append(lines, "")
	lines = append(lines, traffic(f, row, width-4)...)
	lines = append(lines, "")
	lines = append(lines, alertLines(f, row)...)
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	title := draw.TruncateMiddle(draw.Sanitize(d.Name), width-16, th.Glyphs.Ellipsis)
	status := views.Freshness(f.Now, measured(row), th.Glyphs)
	return draw.Box(th, draw.BoxOptions{Title: title, Status: status}, lines, width, height)
}

// variants compares the sides: weight, observed share, latency, errors.
func (s *Screen) variants(f ui.Frame, row *data.Row) []string {
	th, g := f.Theme, f.Theme.Glyphs
	right := func(text string, w int) string { return " " + draw.Fit(text, w, draw.Right, g.Ellipsis) }
	mean := views.MeanOnly(row)
	_, name := views.Latency(backends.Signals{}, mean)
	head := draw.Pad("VARIANT", 16, draw.Left) + right("READY", 5) + right("SET", 6) + right("SEEN", 7) +
		right(strings.ToUpper(name), 6) + right("ERRORS", 7) + right("PSI", 5)
	lines := []string{th.Header.Paint(head)}
	for _, v := range row.Deployment.Variants {
		signals := row.Signal(v.Name)
		seen := math.NaN()
		if share, known := row.Observed[v.Name]; known {
			seen = share / 100
		}
		latency, _ := views.Latency(signals, mean)
		variant := th.Variant(views.VariantIndex(v.Name)).Paint(draw.Fit(views.VariantPlain(v), 16, draw.Left, g.Ellipsis))
		lines = append(lines, variant+right(strconv.Itoa(v.Ready)+"/"+strconv.Itoa(v.Desired), 5)+
			right(backends.FormatWeight(v.Weight)+" %", 6)+right(draw.Percent(seen, g), 7)+
			right(draw.Latency(latency, g), 6)+right(draw.Percent(signals.ErrorRatio, g), 7)+
			right(driftText(signals.DriftPSI, g), 5))
	}
	return lines
}

// traffic is a small chart of the requests per second.
func traffic(f ui.Frame, row *data.Row, width int) []string {
	th := f.Theme
	end := measured(row).UnixMilli()
	step := data.SparkStep.Milliseconds()
	points := make([]widget.Point, len(row.Spark))
	for i, v := range row.Spark {
		points[i] = widget.Point{T: end - int64(len(row.Spark)-1-i)*step, V: v}
	}
	chart := widget.Chart{
		Series: []widget.Series{{Name: "requests/s", Style: th.Accent, Points: points}},
		From:   end - data.SparkWindow.Milliseconds(), To: end, MaxGap: step * 5 / 2,
		Format:   func(v float64) string { return draw.Rate(v, th.Glyphs) },
		Location: f.Now.Location(), Legend: true, Reason: "no traffic was measured",
		Stale: views.Stale(f.Now, row.SignalsAt),
	}
	return chart.View(th, width, previewChart)
}

// alertLines lists what fires or is about to.
func alertLines(f ui.Frame, row *data.Row) []string {
	th := f.Theme
	if len(row.Alerts) == 0 {
		return []string{th.Dim.Paint(views.NoAlerts(f.Now, row))}
	}
	var lines []string
	for i, a := range row.Alerts {
		if i == previewAlerts {
			return append(lines, th.Dim.Paint(strconv.Itoa(len(row.Alerts)-i)+" more, a shows all"))
		}
		glyph, style := views.AlertLook(th, a)
		lines = append(lines, style.Paint(glyph+" "+draw.Sanitize(a.Name))+" "+
			th.Dim.Paint(views.Age(f.Now, a.Since, th.Glyphs))+"  "+draw.Sanitize(a.Summary))
	}
	return lines
}
