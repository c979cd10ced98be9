package deployment

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

// figures are the numbers of a variant as text.
type figures struct {
	ready, set, seen, rate, latency, errors, psi string
}

func (s *Screen) figures(g *theme.Glyphs, v backends.Variant) figures {
	signals := s.row.Signal(v.Name)
	seen := math.NaN()
	if share, known := s.row.Observed[v.Name]; known {
		seen = share / 100
	}
	psi := g.Missing
	if !backends.Missing(signals.DriftPSI) {
		psi = fmt.Sprintf("%.2f", signals.DriftPSI)
	}
	latency, _ := views.Latency(signals, views.MeanOnly(&s.row))
	return figures{
		ready: strconv.Itoa(v.Ready) + "/" + strconv.Itoa(v.Desired), set: backends.FormatWeight(v.Weight) + " %",
		seen: draw.Percent(seen, g), rate: draw.Rate(signals.RPS, g), latency: draw.Latency(latency, g),
		errors: draw.Percent(signals.ErrorRatio, g), psi: psi,
	}
}

// latencyName is the name of the latency that the figures show.
func (s *Screen) latencyName() string {
	_, name := views.Latency(backends.Signals{}, views.MeanOnly(&s.row))
	return name
}

// summary is a line a variant for narrow frames, where the lists are elsewhere.
func (s *Screen) summary(f ui.Frame) []string {
	const most, short = 3, 24 // lines; a frame of fewer lines shows one less
	th := f.Theme
	variants := s.row.Deployment.Variants
	limit := most
	if f.Height < short {
		limit--
	}
	var lines []string
	for i, v := range variants {
		if i == limit-1 && len(variants) > limit {
			lines = append(lines, draw.Fit(th.Dim.Paint(fmt.Sprintf(" and %d more variants", len(variants)-i)), f.Width, draw.Left, ""))
			break
		}
		lines = append(lines, s.summaryLine(f, v))
	}
	return lines
}

func (s *Screen) summaryLine(f ui.Frame, v backends.Variant) string {
	th, g := f.Theme, f.Theme.Glyphs
	n := s.figures(g, v)
	faint := views.Stale(f.Now, s.row.SignalsAt)
	field := func(label, value string, width int) string {
		text := draw.Fit(value, width-draw.Width(label)-1, draw.Left, g.Ellipsis)
		if faint && label != "set" {
			text = th.Faint.Paint(text)
		}
		return " " + th.Dim.Paint(label) + " " + text
	}
	name := draw.TruncateMiddle(views.VariantPlain(v), 14, g.Ellipsis)
	line := " " + th.Variant(views.VariantIndex(v.Name)).Paint(draw.Pad(name, 14, draw.Left)) + " " +
		s.ready(th, v, draw.Pad(n.ready, 5, draw.Right)+" ready") +
		field("set", n.set, 9) + field("seen", n.seen, 11) + field(s.latencyName(), n.latency, 6+len(s.latencyName())) + field("err", n.errors, 10)
	if f.Width >= 96 {
		line += field("PSI", n.psi, 9) + field("req/s", n.rate, 11)
	}
	if f.Width >= 112 {
		line += " " + th.Dim.Paint(artifact(v))
	}
	return draw.Fit(line, f.Width, draw.Left, g.Ellipsis)
}

// ready paints a text in the colour of a warning unless all replicas are ready.
func (s *Screen) ready(th *theme.Theme, v backends.Variant, text string) string {
	switch {
	case v.Ready == 0 && v.Desired > 0:
		return th.Fail.Paint(text)
	case v.Ready < v.Desired:
		return th.Warn.Paint(text)
	default:
		return text
	}
}

// variantLines is the table of the variants beside the charts: two lines each.
func (s *Screen) variantLines(f ui.Frame, width int) []string {
	th, g := f.Theme, f.Theme.Glyphs
	right := func(text string, w int) string { return draw.Fit(text, w, draw.Right, g.Ellipsis) }
	name := width - 1 - 6 - 6 - 8 - 6 - 7 - 7 - 5
	head := draw.Pad("VARIANT", name, draw.Left) + right("READY", 6) + right("SET", 6) + right("SEEN", 8) +
		right("REQ/S", 6) + right(strings.ToUpper(s.latencyName()), 7) + right("ERRORS", 7) + right("PSI", 5)
	lines := []string{th.Header.Paint(head)}
	faint := func(text string) string { return text }
	if views.Stale(f.Now, s.row.SignalsAt) {
		faint = th.Faint.Paint
	}
	for _, v := range s.row.Deployment.Variants {
		n := s.figures(g, v)
		lines = append(lines, th.Variant(views.VariantIndex(v.Name)).Paint(draw.Fit(views.VariantPlain(v), name, draw.Left, g.Ellipsis))+
			s.ready(th, v, right(n.ready, 6))+right(n.set, 6)+
			faint(right(n.seen, 8)+right(n.rate, 6)+right(n.latency, 7)+right(n.errors, 7)+right(n.psi, 5)),
			th.Dim.Paint("  "+artifact(v)+", revision "+strconv.Itoa(v.Revision)))
	}
	return lines
}

// artifact is what the variant runs: "model-api-1.1.0.onnx 3f2a9c0d1e2f".
func artifact(v backends.Variant) string {
	text := draw.Sanitize(v.Image)
	if digest := strings.TrimPrefix(draw.Sanitize(v.Digest), "sha256:"); digest != "" {
		text += " " + draw.Truncate(digest, 12, "")
	}
	return cmp.Or(strings.TrimSpace(text), "image unknown")
}
