package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/journal"
)

// A change this long before the first sign of harm is named as what came just
// before it. The signals average over half a minute, so the sign may also seem
// to come a little earlier.
const (
	justBefore = 10 * time.Minute
	slack      = 5 * time.Second
)

// changeKinds are the events that tell of a change by somebody. Scenarios of
// incident practice are not among them: finding out is the practice.
var changeKinds = []string{"split", "deploy", "rollback", "scale", "restart", "cutover", "promote", "abort"}

// changed lists what was changed: the journal's operations that were not
// refused, and the events of changes that are not in this journal.
func (c *scene) changed() []happened {
	failed := make(map[string]bool)
	for _, r := range c.records {
		if r.Phase == journal.PhaseResult && r.Result == journal.ResultFailed {
			failed[r.Intent] = true
		}
	}
	var out []happened
	for _, r := range c.records {
		if r.Phase == journal.PhaseIntent && !failed[r.ID] {
			out = append(out, ofRecord(r))
		}
	}
	for _, e := range c.events {
		// A bad one tells of a change that did not come about.
		if slices.Contains(changeKinds, e.Kind) && e.State.Severity() < backends.Warn.Severity() && !slices.ContainsFunc(out, func(h happened) bool {
			return string(h.op) == e.Kind && h.at.Sub(e.At).Abs() < 30*time.Second
		}) {
			out = append(out, happened{at: e.At, op: backends.Op(e.Kind), variant: e.Variant, by: e.By, text: e.Text})
		}
	}
	slices.SortStableFunc(out, func(a, b happened) int { return a.at.Compare(b.at) })
	return out
}

func ofRecord(r journal.Record) happened {
	by := r.Actor
	by.Host = r.Host
	h := happened{at: r.TS, op: backends.Op(r.Op), variant: r.Target.Variant, by: by.String(), from: r.From.Weights, to: r.To.Weights}
	switch {
	case len(h.from) > 0 && !h.from.Equal(h.to):
		h.text = fmt.Sprintf("%s %s", r.Op, steps(h.from, h.to))
	case r.To.ModelVersion != "":
		h.text = strings.TrimSpace(fmt.Sprintf("%s of %s %s → %s", r.Op, h.variant, r.From.ModelVersion, r.To.ModelVersion))
	default:
		h.text = strings.TrimSpace(r.Op + " " + h.variant)
	}
	return h
}

// steps writes the candidates' weights before and after: "B 20→50".
func steps(from, to backends.Split) string {
	names := from.Names()
	for _, n := range to.Names() {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	var parts []string
	for _, n := range names {
		if n != backends.Stable && math.Abs(from[n]-to[n]) >= 0.005 {
			parts = append(parts, fmt.Sprintf("%s %s→%s", n, backends.FormatWeight(from[n]), backends.FormatWeight(to[n])))
		}
	}
	return strings.Join(parts, ", ")
}

// before finds the last change just before an onset that concerns a variant.
// "" concerns any.
func (c *scene) before(onset time.Time, variant string) (happened, bool) {
	if onset.IsZero() {
		return happened{}, false
	}
	for _, h := range slices.Backward(c.changes) {
		lead := onset.Sub(h.at)
		if lead < -slack || lead > justBefore {
			continue
		}
		if variant == "" || h.variant == "" || h.variant == variant || h.op == backends.OpPromote && variant == backends.Stable {
			return h, true
		}
	}
	return happened{}, false
}

// since says when something began and what changed just before:
// " since 13:52:40, 40 s after split B 20→50 by ana@desk".
func (c *scene) since(onset time.Time, variant string) string {
	if onset.IsZero() {
		return ""
	}
	s := " since " + c.clock(onset)
	if h, ok := c.before(onset, variant); ok {
		s += fmt.Sprintf(", %s after %s", words.Age(max(0, onset.Sub(h.at))), h.text)
		if h.by != "" {
			s += " by " + h.by
		}
	}
	return s
}

// change is the change that came just before the first sign of harm, as
// evidence of its own, with what takes it back.
func change(c *scene, found []Evidence) (Evidence, bool) {
	var onset time.Time
	for _, e := range found {
		if e.State.Severity() >= backends.Warn.Severity() && !e.Since.IsZero() && (onset.IsZero() || e.Since.Before(onset)) {
			onset = e.Since
		}
	}
	h, ok := c.before(onset, "")
	if !ok {
		return Evidence{}, false
	}
	e := Evidence{
		Score: 72, State: backends.Warn, Since: h.at, Screen: screenRollout,
		Title:  fmt.Sprintf("%s before it began: %s", words.Age(max(0, onset.Sub(h.at))), h.text),
		Detail: "at " + c.clock(h.at),
		Next:   "take that change back if nothing else explains it",
	}
	if h.by != "" {
		e.Detail += " by " + h.by
	}
	e.Action = c.takeBack(h)
	if h.op == backends.OpSplit {
		e.Screen = screenSplit
	}
	return e, true
}

// takeBack is the change that undoes h, nil when there is none.
func (c *scene) takeBack(h happened) *backends.Change {
	d := c.Deployment
	switch h.op {
	case backends.OpSplit, backends.OpCutover:
		for name := range h.from {
			if v, ok := d.Variant(name); h.from[name] > 0 && (!ok || v.Ready == 0) {
				return c.toStable()
			}
		}
		if h.from != nil && !h.from.Equal(d.Split()) {
			return &backends.Change{Op: backends.OpSplit, Deployment: d.Name, Split: h.from}
		}
		return c.toStable()
	case backends.OpDeploy, backends.OpRollback:
		return &backends.Change{Op: backends.OpRollback, Deployment: d.Name, Variant: h.variant}
	case backends.OpPromote:
		return &backends.Change{Op: backends.OpRollback, Deployment: d.Name, Variant: backends.Stable}
	default:
		return nil
	}
}
