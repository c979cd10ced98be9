package alerts

import (
	"strings"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// plain says each alert and each moment as a sentence.
func (s *Screen) plain(f ui.Frame) []string {
	var lines []string
	k := known(s.snapshot)
	if len(s.alerts) == 0 || !k.current {
		for _, line := range nothing(k, f.Theme, f.Now) {
			if len(s.alerts) == 0 && line != "" {
				lines = append(lines, line)
			}
		}
		if len(s.alerts) > 0 {
			lines = append(lines, "Alerts may be out of date: "+views.Words(f.Theme, k.words)+".")
		}
	}
	for _, a := range s.alerts {
		line := draw.Sanitize(a.State) + " " + draw.Sanitize(a.Severity) + " alert " + draw.Sanitize(a.Name) + " on " + where(a) +
			" for " + views.Age(f.Now, a.Since, f.Theme.Glyphs) + ": " + views.Words(f.Theme, a.Summary)
		if a.Runbook != "" {
			line += " Next: " + views.Words(f.Theme, a.Runbook)
		}
		lines = append(lines, line)
	}
	lines = append(lines, "", "Timeline, newest first:")
	if s.err != nil {
		lines = append(lines, "Not everything could be read: "+views.Words(f.Theme, s.err.Error())+".")
	}
	for i := range s.moments {
		m := &s.moments[i]
		line := clockTime(f, m.At) + " " + strings.TrimRight(draw.Sanitize(m.Kind)+" "+draw.Sanitize(m.Deployment), " ") + ", " + m.State.String() + ": " + views.Words(f.Theme, m.Text)
		if m.By != "" {
			line += ", by " + draw.Sanitize(m.By)
		}
		lines = append(lines, line)
	}
	if len(s.moments) == 0 {
		for _, line := range s.noTimeline(f.Theme) {
			if line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// where is "model-api B", or as much of it as the alert says.
func where(a backends.Alert) string {
	out := draw.SanitizeLine(a.Deployment, 120)
	if a.Variant != "" {
		out += " " + draw.SanitizeLine(a.Variant, 40)
	}
	return out
}
