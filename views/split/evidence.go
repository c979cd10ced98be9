package split

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/compare"
	"pitwall/ui/draw"
	"pitwall/ui/theme"
	"pitwall/views"
)

const (
	evidenceEvery   = 10 * time.Second
	evidenceSpan    = 2 * time.Hour // how far back counts are compared
	evidenceStep    = 10 * time.Second
	evidenceTimeout = 5 * time.Second
)

// evidence is what the counts say about each candidate against stable.
type evidence struct {
	verdicts map[string]compare.Verdict // by variant
	since    map[string]time.Time       // from when on the requests of each are counted
	err      error
	asked    bool // an answer is on its way
	due      bool // an evidenceDueMsg is on its way
}

type evidenceMsg struct {
	of       *Screen
	verdicts map[string]compare.Verdict
	since    map[string]time.Time
	err      error
}

type evidenceDueMsg struct{ of *Screen }

// readEvidence compares the failures of each candidate with those of stable.
func (s *Screen) readEvidence() tea.Cmd {
	if s.deps.Metrics == nil || s.evidence.asked {
		return nil
	}
	s.evidence.asked = true
	parent, metrics, d, now := s.ctx, s.deps.Metrics, s.row.Deployment, s.now()
	name := s.name
	return func() tea.Msg {
		ctx, cancel := backends.Within(parent, evidenceTimeout)
		defer cancel()
		m := evidenceMsg{of: s, verdicts: make(map[string]compare.Verdict), since: make(map[string]time.Time)}
		intervals, err := metrics.Counts(ctx, name, now.Add(-evidenceSpan), evidenceStep)
		if err != nil {
			m.err = err
			return m
		}
		for _, v := range d.Variants {
			if v.Name == backends.Stable {
				continue
			}
			var test compare.Test
			from := began(v)
			for _, i := range intervals {
				if i.From.Before(from) || i.From.Before(d.SplitAt) && i.To.After(d.SplitAt) {
					continue // an earlier version of the name, or two splits in one interval
				}
				if _, counts := m.since[v.Name]; !counts && i.N[backends.Stable]+i.N[v.Name] > 0 {
					m.since[v.Name] = i.From
				}
				if i.Errors != nil { // else unknown, which is not 0
					test.Add(i.N[backends.Stable], i.Errors[backends.Stable], i.N[v.Name], i.Errors[v.Name])
				}
			}
			verdict := test.Result()
			verdict.Text = strings.ReplaceAll(verdict.Text, "B fails", v.Name+" fails")
			m.verdicts[v.Name] = verdict
		}
		return m
	}
}

// began is when the oldest replica of a variant that runs its version started;
// zero when no replica tells.
func began(v backends.Variant) time.Time {
	var first time.Time
	for _, r := range v.Replicas {
		if r.StartedAt.IsZero() || cmp.Or(r.Version, v.Version) != v.Version {
			continue
		}
		if first.IsZero() || r.StartedAt.Before(first) {
			first = r.StartedAt
		}
	}
	return first
}

// takeEvidence shows an answer and asks again later. After an error the last
// verdicts stand.
func (s *Screen) takeEvidence(msg evidenceMsg) tea.Cmd {
	if msg.of != s {
		return nil
	}
	s.evidence.asked, s.evidence.err = false, msg.err
	if msg.err == nil {
		s.evidence.verdicts, s.evidence.since = msg.verdicts, msg.since
	}
	return s.evidenceLater()
}

func (s *Screen) evidenceLater() tea.Cmd {
	if s.evidence.due || s.ctx.Err() != nil {
		return nil
	}
	s.evidence.due = true
	return tea.Tick(evidenceEvery, func(time.Time) tea.Msg { return evidenceDueMsg{s} })
}

// evidenceDue reads again if somebody looks: View is only called on top of the
// stack and while the terminal has the focus.
func (s *Screen) evidenceDue() tea.Cmd {
	looked := s.looked
	s.looked, s.evidence.due = false, false
	if !looked {
		return s.evidenceLater()
	}
	return s.readEvidence()
}

// evidenceLines is the verdict on each candidate.
func (s *Screen) evidenceLines(p *page) []string {
	th := p.theme
	if s.deps.Metrics == nil {
		return nil
	}
	var lines []string
	for _, v := range s.row.Deployment.Variants {
		verdict, known := s.evidence.verdicts[v.Name]
		if !known {
			continue
		}
		glyph, style := verdictLook(th, verdict.Kind)
		mark := draw.Sanitize(v.Name) + " " + glyph + " "
		for n, line := range draw.Wrap(views.Words(th, verdict.Text+s.counted(th, v, verdict)), p.inner()-draw.Width(mark)) {
			if n > 0 {
				line = draw.Spaces(draw.Width(mark)) + line
			} else {
				line = style.Paint(mark) + line
			}
			lines = append(lines, line)
		}
	}
	switch {
	case s.evidence.err != nil:
		lines = append(lines, th.Faint.Paint(draw.Truncate(views.Words(th, "the counts cannot be read: "+s.evidence.err.Error()), p.inner(), th.Glyphs.Ellipsis)))
	case len(lines) == 0:
		lines = append(lines, th.Dim.Paint("reading the counts of both sides"))
	}
	return lines
}

// counted says since when a verdict counts, which the figures of the table do
// not: those are of the last moments. Where the two tell another story, both are
// named.
func (s *Screen) counted(th *theme.Theme, v backends.Variant, verdict compare.Verdict) string {
	if verdict.Kind == compare.Collecting || verdict.Kind == compare.Gap {
		return ""
	}
	text := ""
	if at := s.evidence.since[v.Name]; !at.IsZero() {
		text = "; 5xx since " + at.Local().Format(time.TimeOnly)
	}
	its, stable := s.row.Signal(v.Name).ErrorRatio, s.row.Signal(backends.Stable).ErrorRatio
	if backends.Missing(its) || backends.Missing(stable) || views.Stale(s.now(), s.row.SignalsAt) {
		return text
	}
	harm := verdict.Kind == compare.Harm || verdict.Kind == compare.Suggestive
	if worse := worseErrors(its, stable); harm != worse {
		now := fmt.Sprintf("%s fails %s, %s %s", v.Name, draw.Percent(its, th.Glyphs), backends.Stable, draw.Percent(stable, th.Glyphs))
		if worse {
			return text + "; but just now " + now
		}
		return text + "; just now it does not: " + now
	}
	return text
}

func verdictLook(t *theme.Theme, k compare.Kind) (glyph string, style theme.Style) {
	switch k {
	case compare.Harm:
		return t.State(theme.StateFail)
	case compare.Suggestive:
		return t.State(theme.StateWarn)
	case compare.NoHarm, compare.Better:
		return t.Glyphs.Check, t.OK
	case compare.Collecting:
		return t.State(theme.StateProgressing)
	default:
		return t.State(theme.StateUnknown)
	}
}
