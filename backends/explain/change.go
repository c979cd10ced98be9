package explain

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
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
		if r.Phase == journal.PhaseIntent && (!failed[r.ID] || c.underWay(r)) {
			out = append(out, ofRecord(r))
		}
	}
	for _, e := range c.events {
		// A bad one tells of a change that did not come about.
		if slices.Contains(changeKinds, e.Kind) && e.State.Severity() < backends.Warn.Severity() && !slices.ContainsFunc(out, func(h happened) bool {
			return string(h.op) == e.Kind && h.at.Sub(e.At).Abs() < apart
		}) {
			h := happened{at: e.At, op: backends.Op(e.Kind), variant: e.Variant, by: e.By, text: e.Text}
			h.from, h.to = weightsIn(e.Text)
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b happened) int { return a.at.Compare(b.at) })
	return out
}

// underWay reports whether the rollout in progress is what an operation asked
// for: one that failed because it did not get ready changes things all the same.
func (c *scene) underWay(r journal.Record) bool {
	now := c.Deployment.Rollout
	return now != nil && now.Variant == r.Target.Variant && !r.TS.Before(now.StartedAt.Add(-apart))
}

// apart is how far two clocks may tell one change.
const apart = 30 * time.Second

// splitText is how the event of a split tells its weights.
var splitText = regexp.MustCompile(`(\S+=[0-9.]+(?: \S+=[0-9.]+)*) (?:to|→) (\S+=[0-9.]+(?: \S+=[0-9.]+)*)`)

// weightsIn reads the weights before and after from the text of an event, nil
// where it does not tell them.
func weightsIn(text string) (from, to backends.Split) {
	m := splitText.FindStringSubmatch(text)
	if m == nil {
		return nil, nil
	}
	from, err := backends.ParseSplit(strings.Fields(m[1]))
	if err != nil {
		return nil, nil
	}
	if to, err = backends.ParseSplit(strings.Fields(m[2])); err != nil {
		return nil, nil
	}
	return from, to
}

func ofRecord(r journal.Record) happened {
	by := r.Actor
	by.Host = r.Host
	h := happened{at: r.TS, op: backends.Op(r.Op), variant: r.Target.Variant, by: by.String(), from: r.From.Weights, to: r.To.Weights, replicas: r.From.Replicas}
	switch {
	case len(h.from) > 0 && !h.from.Equal(h.to):
		h.text = fmt.Sprintf("%s %s", r.Op, steps(h.from, h.to))
	case h.op == backends.OpScale && r.From.Replicas != r.To.Replicas:
		h.text = fmt.Sprintf("scale of %s %d → %d", h.variant, r.From.Replicas, r.To.Replicas)
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
