package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/journal"
)

// scene is the input reduced to one deployment and put in order.
type scene struct {
	Input
	alerts  []backends.Alert // of this deployment
	events  []backends.Event // of this deployment, oldest first
	records []journal.Record // of this deployment, oldest first
	changes []happened       // what people changed, oldest first
}

// happened is a change that somebody made.
type happened struct {
	at      time.Time
	op      backends.Op
	variant string
	by      string
	text    string         // "split A=80 B=20 → A=50 B=50"
	from    backends.Split // split: the weights before, nil when not known
	to      backends.Split

	replicas int // scale: the number before, 0 when not known
}

func newScene(in Input) *scene {
	c := &scene{Input: in}
	for _, a := range in.Alerts {
		if a.Deployment == in.Deployment.Name {
			c.alerts = append(c.alerts, a)
		}
	}
	for _, e := range in.Events {
		if e.Deployment == in.Deployment.Name {
			c.events = append(c.events, e)
		}
	}
	for _, r := range in.Records {
		if r.Target.Name == in.Deployment.Name {
			c.records = append(c.records, r)
		}
	}
	slices.SortStableFunc(c.events, func(a, b backends.Event) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(c.records, func(a, b journal.Record) int { return a.TS.Compare(b.TS) })
	c.changes = c.changed()
	return c
}

// of gives the signals of a variant, all missing when there are none.
func (c *scene) of(variant string) backends.Signals {
	if s, ok := c.Signals[variant]; ok && c.SignalsErr == nil {
		return s
	}
	return backends.NoSignals()
}

// firing is the time since when an alert of one of the names fires for a
// variant, zero when none does. An alert without variant counts for all.
func (c *scene) firing(variant string, names ...string) time.Time {
	var since time.Time
	for _, a := range c.alerts {
		if slices.Contains(names, a.Name) && (a.Variant == variant || a.Variant == "") && (since.IsZero() || a.Since.Before(since)) {
			since = a.Since
		}
	}
	return since
}

// onset is since, or when the deployment stopped being well.
func (c *scene) onset(since time.Time) time.Time {
	if since.IsZero() && c.Deployment.State.Severity() >= backends.Warn.Severity() {
		return c.Deployment.Since
	}
	return since
}

// toStable moves every user to the stable variant, when that would help: a
// candidate has users now and stable has replicas to answer them.
func (c *scene) toStable() *backends.Change {
	d := c.Deployment
	a, ok := d.Variant(backends.Stable)
	if !ok || a.Ready == 0 || a.Weight >= 100 {
		return nil
	}
	names := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		names[i] = v.Name
	}
	return &backends.Change{Op: backends.OpSplit, Deployment: d.Name, Split: backends.AllToStable(names)}
}

// cure takes users away from a sick variant: back to stable from a candidate;
// back to the earlier revision for stable when its version changed just
// before; to the healthy candidate when there is one.
func (c *scene) cure(v backends.Variant, onset time.Time) (*backends.Change, string) {
	d := c.Deployment
	if r := c.troubled(v.Name); r != nil && v.Ready > 0 && !r.First() {
		return c.back(r), "roll " + v.Name + " back: what it brings does not get ready, the others answer"
	}
	if v.Name != backends.Stable && v.Weight > 0 {
		if back := c.toStable(); back != nil {
			next := fmt.Sprintf("move the traffic of %s back to %s", v.Name, backends.Stable)
			if !neverRan(v) {
				next += ", then read its logs"
			}
			return back, next
		}
	}
	if h, ok := c.causing(onset, ofVersion, v.Name); ok && !h.retreats() {
		return &backends.Change{Op: backends.OpRollback, Deployment: d.Name, Variant: v.Name},
			fmt.Sprintf("roll %s back: its version changed just before", v.Name)
	}
	return nil, "read the logs of " + v.Name + " from that time on"
}

// startless are the causes of replicas that never ran, and so wrote no log.
var startless = []backends.Cause{backends.CauseImageMissing, backends.CauseUnschedulable, backends.CausePortConflict}

// neverRan reports whether what is known to be wrong with a variant is that its
// replicas do not start.
func neverRan(v backends.Variant) bool {
	found := false
	for _, r := range v.Replicas {
		is := slices.Contains(startless, r.Cause)
		if r.Cause != "" && !is {
			return false
		}
		found = found || is
	}
	return found
}

// look is where to look at a variant without ready replicas.
func look(v backends.Variant) string {
	if neverRan(v) {
		return "mend what keeps the replicas of " + v.Name + " from starting"
	}
	return "read the logs of " + v.Name
}

// scaled is when a variant was scaled last, zero when nobody tells it.
func (c *scene) scaled(variant string) time.Time {
	for _, h := range slices.Backward(c.changes) {
		if h.op == backends.OpScale && (h.variant == variant || h.variant == "") {
			return h.at
		}
	}
	return time.Time{}
}

// checked lists what was looked at, for when nothing was found.
func (c *scene) checked() string {
	ready, desired := 0, 0
	for _, v := range c.Deployment.Variants {
		ready, desired = ready+v.Ready, desired+v.Desired
	}
	parts := []string{fmt.Sprintf("%d of %d replicas ready", ready, desired)}
	s := c.of("")
	parts = append(parts, "errors "+words.Ratio(s.ErrorRatio), "p95 "+words.Millis(s.P95))
	if backends.Missing(s.DriftPSI) {
		parts = append(parts, "drift "+words.Unknown)
	} else {
		parts = append(parts, fmt.Sprintf("drift PSI %.2f", s.DriftPSI))
	}
	if len(c.alerts) == 0 {
		parts = append(parts, "no alert")
	} else {
		parts = append(parts, words.Count(len(c.alerts), "alert"))
	}
	if s.At.IsZero() {
		parts = append(parts, "no signals")
	} else {
		parts = append(parts, fmt.Sprintf("signals %s old", words.Age(c.Now.Sub(s.At))))
	}
	if n := len(c.changes); n > 0 {
		parts = append(parts, "last change "+c.ago(c.changes[n-1].at)+": "+c.changes[n-1].text)
	}
	return strings.Join(parts, ", ")
}
