package deployment

import (
	"fmt"
	"math"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/prometheus"
	"pitwall/ui"
	"pitwall/ui/draw"
	"pitwall/views"
)

// plain says everything as sentences, for screen readers and pipes.
func (s *Screen) plain(f ui.Frame) []string {
	if !s.known {
		return s.absent(f)
	}
	th, d := f.Theme, s.row.Deployment
	state := draw.Sanitize(s.name) + ": " + s.row.State.String()
	if s.row.Reason != "" {
		state += ", " + draw.Sanitize(s.row.Reason)
	}
	lines := []string{state}
	if !s.found {
		lines = append(lines, "The backend no longer lists it; this is how it was.")
	}
	for _, v := range d.Variants {
		n := s.figures(th.Glyphs, v)
		lines = append(lines, fmt.Sprintf("Variant %s: %d of %d ready, weight %s configured, %s observed, %s requests/s, %s %s, errors %s, drift %s; %s.",
			views.VariantPlain(v), v.Ready, v.Desired, n.set, n.seen, n.rate, s.latencyName(), n.latency, n.errors, n.psi, artifact(v)))
	}
	lines = append(lines, s.plainReplicas(f)...)
	for _, a := range s.row.Alerts {
		lines = append(lines, fmt.Sprintf("Alert %s, %s, %s for %s: %s", draw.Sanitize(a.Name), draw.Sanitize(a.Severity),
			draw.Sanitize(a.State), views.Age(f.Now, a.Since, th.Glyphs), draw.Sanitize(a.Summary)))
	}
	lines = append(lines, "", fmt.Sprintf("From %s to %s:", s.axis.from.Format(time.DateTime), s.axis.to.Format(time.DateTime)))
	for i := range s.panels {
		lines = append(lines, s.plainPanel(f, &s.panels[i])...)
	}
	for _, x := range s.features.list {
		if !backends.Missing(x.PSI) {
			_, word := band(th, x.PSI)
			lines = append(lines, fmt.Sprintf("Drift of %s in %s: PSI %.2f, %s.", draw.Sanitize(x.Feature), draw.Sanitize(x.Variant), x.PSI, word))
		}
	}
	return append(append(lines, ""), s.plainEvents(f)...)
}

func (s *Screen) plainReplicas(f ui.Frame) []string {
	var lines []string
	for _, v := range s.row.Deployment.Variants {
		for _, r := range v.Replicas {
			line := fmt.Sprintf("Replica %s: %s, %d restarts, started %s ago at %s", draw.Sanitize(r.Name), stateWord(r), r.Restarts,
				views.Age(f.Now, r.StartedAt, f.Theme.Glyphs), draw.Sanitize(r.Address))
			if s.deps.Measure != nil {
				cpu, memory := s.usage.text(f.Theme.Glyphs, r.Name)
				line += ", " + cpu + " cores, memory " + memory
			}
			if r.Reason != "" {
				line += ", " + draw.Sanitize(r.Reason)
			}
			if r.LastExit != nil {
				line += "; last exit " + exitText(f.Now, r.LastExit)
			}
			lines = append(lines, line+".")
		}
	}
	return lines
}

// plainPanel says of each curve its last, least and greatest value in the window.
func (s *Screen) plainPanel(f ui.Frame, p *panel) []string {
	status, _ := s.status(f, p)
	if p.empty(&s.axis) {
		return []string{fmt.Sprintf("%s: no data, %s.", p.title, s.reason(p))}
	}
	var lines []string
	if note := s.limits(p); note != "" {
		lines = append(lines, fmt.Sprintf("%s: %s.", p.spoken(), note))
	}
	form := p.format(f.Theme.Glyphs)
	from, to := s.axis.from.UnixMilli(), s.axis.to.UnixMilli()
	for _, c := range p.curves {
		last, low, high := math.NaN(), math.Inf(1), math.Inf(-1)
		for _, pt := range c.points {
			if pt.T >= from && pt.T <= to {
				last = pt.V
				if !backends.Missing(pt.V) {
					low, high = min(low, pt.V), max(high, pt.V)
				}
			}
		}
		if low <= high {
			lines = append(lines, fmt.Sprintf("%s of %s: %s now, from %s to %s (%s).", p.spoken(), c.label(), form(last), form(low), form(high), status))
		}
	}
	return lines
}

// spoken is the chart's title in a sentence.
func (p *panel) spoken() string {
	if p.kind == prometheus.Throughput {
		return "requests per second"
	}
	return p.title
}

func (s *Screen) plainEvents(f ui.Frame) []string {
	l := s.eventList(f, 1000)
	lines := make([]string, 0, len(l.lines))
	for _, m := range s.timeline.moments {
		line := m.At.In(f.Now.Location()).Format(time.DateTime) + " " + draw.Sanitize(m.Kind) + ", " + m.State.String() + ": " + strings.TrimSuffix(draw.Sanitize(m.Text), ".")
		if m.By != "" {
			line += " by " + draw.Sanitize(m.By)
		}
		lines = append(lines, line+".")
	}
	if len(lines) == 0 {
		lines = append(lines, "Events: "+strings.Join(l.lines, " ")+".")
	}
	return lines
}
