package views

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// StateLook returns the glyph and the style of a state.
func StateLook(t *theme.Theme, s backends.State) (glyph string, style theme.Style) {
	switch s {
	case backends.OK:
		return t.State(theme.StateOK)
	case backends.Paused:
		return t.State(theme.StatePaused)
	case backends.Progressing:
		return t.State(theme.StateProgressing)
	case backends.Warn:
		return t.State(theme.StateWarn)
	case backends.Fail:
		return t.State(theme.StateFail)
	default:
		return t.State(theme.StateUnknown)
	}
}

// AlertLook returns the glyph of an alert's severity and its style; one that is
// pending has no colour yet.
func AlertLook(t *theme.Theme, a backends.Alert) (glyph string, style theme.Style) {
	glyph, style = t.Glyphs.Bullet, t.Info
	switch a.Severity {
	case "critical":
		glyph, style = t.Glyphs.Fail, t.Fail
	case "warning":
		glyph, style = t.Glyphs.Warn, t.Warn
	}
	if a.State != "firing" {
		style = t.Dim
	}
	return glyph, style
}

// NoAlerts is what a row without alerts says of them: that nothing fires only
// while that is known.
func NoAlerts(now time.Time, r *fleet.Row) string {
	switch {
	case r.SignalsAt.IsZero():
		return "alerts unknown: no data was read"
	case Stale(now, r.SignalsAt):
		return "nothing fired " + draw.Age(now.Sub(r.SignalsAt)) + " ago, when the last data came"
	default:
		return "nothing fires"
	}
}

// StateText returns "● ok": glyph, word and colour say the same. In a plain
// frame use s.String() alone.
func StateText(t *theme.Theme, s backends.State) string {
	glyph, style := StateLook(t, s)
	return style.Paint(draw.Pad(glyph, draw.Width(t.Glyphs.OK), draw.Left) + " " + s.String())
}

// VariantIndex is the place of a variant in colours and fills: A is 0.
func VariantIndex(name string) int {
	if len(name) != 1 || name[0] < 'A' || name[0] > 'Z' {
		return 1
	}
	return int(name[0] - 'A')
}

// VariantText returns "A 1.0.0", sanitised and painted in the variant's style.
func VariantText(t *theme.Theme, v backends.Variant) string {
	return t.Variant(VariantIndex(v.Name)).Paint(VariantPlain(v))
}

// VariantPlain returns "A 1.0.0", sanitised.
func VariantPlain(v backends.Variant) string {
	return strings.TrimRight(draw.Sanitize(v.Name)+" "+draw.Sanitize(v.Version), " ")
}

// Versions returns "A 1.0.0  B 1.1.0", sanitised and without colour.
func Versions(d backends.Deployment) string {
	out := make([]byte, 0, 32)
	for i, v := range d.Variants {
		if i > 0 {
			out = append(out, "  "...)
		}
		out = append(append(append(out, draw.Sanitize(v.Name)...), ' '), draw.Sanitize(v.Version)...)
	}
	return string(bytes.TrimRight(out, " "))
}

// Weights returns the configured weights in the order of the variants, for
// widget.SplitBar.
func Weights(d backends.Deployment) []float64 {
	weights := make([]float64, len(d.Variants))
	for i, v := range d.Variants {
		weights[i] = v.Weight
	}
	return weights
}

// WeightsText returns "70/30".
func WeightsText(d backends.Deployment) string {
	out := make([]byte, 0, 16)
	for i, v := range d.Variants {
		if i > 0 {
			out = append(out, '/')
		}
		out = append(out, backends.FormatWeight(v.Weight)...)
	}
	return string(out)
}

// Ready counts the replicas of all variants: "3/4".
func Ready(d backends.Deployment) (ready, desired int) {
	for _, v := range d.Variants {
		ready += v.Ready
		desired += v.Desired
	}
	return ready, desired
}

// Age returns how long ago something was, or the missing glyph for never.
func Age(now, at time.Time, g *theme.Glyphs) string {
	if at.IsZero() {
		return g.Missing
	}
	return draw.Age(now.Sub(at))
}

// fresh is the age under which data counts as new: it is read about that often.
const fresh = 5 * time.Second

// Freshness is the Age of data, "now" while it is new: a figure that goes up
// and down every second tells nothing.
func Freshness(now, at time.Time, g *theme.Glyphs) string {
	if !at.IsZero() && now.Sub(at) < fresh {
		return "now"
	}
	return Age(now, at, g)
}

// StaleAfter is the age from which data is drawn dim.
const StaleAfter = 15 * time.Second

// Stale reports whether data is so old, or absent, that it is drawn dim.
func Stale(now, at time.Time) bool { return at.IsZero() || now.Sub(at) >= StaleAfter }

// NoSource reports that an error says that there is no such source, which is no
// outage.
func NoSource(err error) bool {
	_, none := errors.AsType[*backends.NotFoundError](err)
	return none
}

// Status adds to a header what a snapshot knows: the sources, whether any of
// it is production, and the incident in a few words.
func Status(base ui.StatusMsg, s *fleet.Snapshot) ui.StatusMsg {
	base.Sources = nil
	for _, src := range s.Sources {
		status := ui.SourceStatus{Name: src.Name, State: src.State.String(), At: src.At}
		if src.Err != nil {
			status.Text = src.Err.Error()
		}
		if src.Name != s.Sources[0].Name && NoSource(src.Err) {
			status.State = "none"
		}
		base.Sources = append(base.Sources, status)
	}
	count := make(map[backends.State]int)
	for _, r := range s.Rows {
		count[r.State]++
		base.Production = base.Production || r.Deployment.Environment == "production"
	}
	base.Level, base.Incident = ui.Info, ""
	var words []string
	for _, state := range []backends.State{backends.Fail, backends.Warn, backends.Unknown} {
		if n := count[state]; n > 0 {
			words = append(words, strconv.Itoa(n)+" "+state.String())
		}
	}
	base.Incident = strings.Join(words, ", ")
	switch {
	case count[backends.Fail] > 0:
		base.Level = ui.Failure
	case len(words) > 0:
		base.Level = ui.Warning
	}
	return base
}
