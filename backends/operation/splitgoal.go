package operation

import (
	"fmt"
	"math"
	"time"

	"pitwall/backends"
)

// Evidence that the traffic follows the new split and not the old one
// (reference/traffic.md §0.4): odds of 99 to 1, about ln 99 / KL requests.
var oddsNeeded = math.Log(99)

const (
	leastRequests = 20 // fewer say nothing about a share
	// Assignment by key spreads more than a coin does, because few users make
	// many requests: this much is no fault (reference/traffic.md §5.7).
	tolerance = 5.0 // percentage points, beside two standard deviations
)

// splitGoal is reached when the front door has the wanted weights and the
// requests since then follow them.
type splitGoal struct {
	want, old backends.Split

	begun  bool
	blind  time.Time         // since when the weights are in force and no counters can be read
	base   map[string]uint64 // counters where the window of observation begins
	last   sight
	strays string // variants without weight that still got requests
	tally  tally

	taken   *backends.Taken // what the front door's controller says of it
	refused time.Time       // since when it refuses
}

func (g *splitGoal) look(d backends.Deployment, now time.Time) sight {
	g.last = g.judge(d, now)
	return g.last
}

// blindLimit is how long a front door's counters are waited for that cannot be
// read and does not tell why: most come back.
const blindLimit = 10 * time.Second

// refusalLimit is how long a controller's refusal has to stand: that of what was
// asked for before may be in its status still.
const refusalLimit = 3 * time.Second

func (g *splitGoal) judge(d backends.Deployment, at time.Time) sight {
	if !d.Split().Equal(g.want) {
		if g.begun {
			return sight{state: accepted, text: fmt.Sprintf("the split was changed again to %s by %s before it was observed", d.Split(), orDash(d.SplitBy))}
		}
		return sight{text: "the front door still has " + d.Split().String()}
	}
	g.begun = true
	if g.want.Equal(g.old) {
		return sight{state: reached, text: "the split is " + g.want.String()}
	}
	if g.taken = d.Taken; g.taken != nil && g.taken.State == backends.Fail {
		return g.denied(at)
	}
	g.refused = time.Time{}
	now, ok := counters(d)
	if !ok {
		return g.unseen(d.Uncounted, at)
	}
	g.blind = time.Time{}
	if g.base == nil || g.restarts(now) {
		g.base = now
		return sight{text: g.has() + "; waiting for requests" + g.strays}
	}
	return g.weigh(now)
}

// unseen is what can be said while no counter can be read. A front door that
// keeps none is not waited for, only the controller before it.
func (g *splitGoal) unseen(uncounted string, now time.Time) sight {
	g.base = nil
	if g.tally.coming() {
		g.blind = time.Time{}
		return sight{text: g.has() + "; the signals tell who answers after the next scrapes"}
	}
	if uncounted != "" && (g.taken == nil || g.taken.Has()) {
		return sight{state: accepted, text: g.accepted() + ", not observed: the front door does not count what each variant answers (" + uncounted + "); " + g.tally.instead()}
	}
	if g.blind.IsZero() {
		g.blind = now
	}
	s := sight{text: g.has() + "; its counters cannot be read"}
	if now.Sub(g.blind) < blindLimit {
		return s
	}
	s.state = accepted
	s.text = g.accepted() + ", not observed: the front door's counters cannot be read; " + g.tally.instead()
	return s
}

// denied is a split that the front door's controller does not serve, though the
// API has it.
func (g *splitGoal) denied(now time.Time) sight {
	if g.refused.IsZero() {
		g.refused = now
	}
	s := sight{text: "accepted by the API, refused by the front door's controller: " + g.taken.Text}
	if now.Sub(g.refused) >= refusalLimit {
		s.state = missed
	}
	return s
}

// has says how far the split is before any request shows it.
func (g *splitGoal) has() string {
	if g.taken == nil {
		return "the front door has the split"
	}
	return g.accepted()
}

// accepted says who has taken the split: the API, and a controller where one
// stands between it and the traffic.
func (g *splitGoal) accepted() string {
	switch {
	case g.taken == nil:
		return "accepted"
	case g.taken.Has():
		return "accepted by the API and by the controller (" + g.taken.Text + ")"
	case g.taken.State == backends.Progressing:
		return "accepted by the API, not yet by the controller (" + g.taken.Text + ")"
	}
	return "accepted by the API (" + g.taken.Text + ")"
}

// counters reads the front door's counters; false when one is missing.
func counters(d backends.Deployment) (map[string]uint64, bool) {
	out := make(map[string]uint64, len(d.Variants))
	for _, v := range d.Variants {
		if !v.Counted {
			return nil, false
		}
		out[v.Name] = v.Requests
	}
	return out, true
}

// restarts reports whether the window must begin anew: a counter fell, or a
// variant that should get nothing got something, which right after the change
// are the requests that were under way.
func (g *splitGoal) restarts(now map[string]uint64) bool {
	anew := false
	g.strays = ""
	for name, n := range now {
		switch base := g.base[name]; {
		case n < base:
			anew = true
		case n > base && g.want[name] == 0:
			anew = true
			g.strays += fmt.Sprintf(" (%s still answered %d)", name, n-base)
		}
	}
	return anew
}

// weigh compares the requests since the change with the old and the new split.
func (g *splitGoal) weigh(now map[string]uint64) sight {
	total, odds := 0.0, 0.0
	for name, n := range now {
		got := float64(n - g.base[name])
		total += got
		if got > 0 && g.want[name] > 0 {
			odds += got * math.Log(g.want[name]/g.old[name]) // +Inf for a variant that had nothing
		}
	}
	s := sight{requests: uint64(total)}
	if total == 0 {
		s.text = g.has() + "; no request since"
		return s
	}
	s.observed = make(backends.Split, len(now))
	inside := true
	for name, n := range now {
		share := 100 * float64(n-g.base[name]) / total
		s.observed[name] = share
		p := g.want[name] / 100
		inside = inside && math.Abs(share-g.want[name]) <= tolerance+200*math.Sqrt(p*(1-p)/total)
	}
	s.text = fmt.Sprintf("observed %s over %.0f requests", shares(s.observed), total)
	switch {
	case total >= g.needed() && odds >= oddsNeeded && inside:
		s.state = reached
	case total < g.needed():
		s.text += fmt.Sprintf(", about %.0f needed", g.needed())
	default:
		s.text += ", not as configured (" + g.want.String() + ")"
	}
	return s
}

// needed is the number of requests after which the change is expected to show:
// ln 99 / KL(new ‖ old), or for a variant that had nothing as many as give it
// one request with 99 %.
func (g *splitGoal) needed() float64 {
	kl, n := 0.0, float64(leastRequests)
	for name, w := range g.want {
		switch old := g.old[name]; {
		case w > 0 && old > 0:
			kl += w / 100 * math.Log(w/old)
		case w > 0:
			n = max(n, oddsNeeded/(w/100))
			return math.Ceil(n)
		}
	}
	if kl > 0 {
		n = max(n, oddsNeeded/kl)
	}
	return math.Ceil(n)
}

func (g *splitGoal) overdue() sight {
	s := g.last
	switch {
	case !g.begun:
		s.state, s.text = waiting, "the front door never showed the split: "+first(s.text, "the deployment could not be read")
	case g.base == nil && g.tally.coming():
		s.state, s.text = accepted, g.accepted()+", not yet observed: the signals show no request since"
	case g.base == nil:
		s.state, s.text = accepted, g.accepted()+", not observed: the front door's counters cannot be read"
	case float64(s.requests) < g.needed():
		s.state = accepted
		s.text = fmt.Sprintf("%s, not yet observed: too little traffic (%d of about %.0f requests)%s", g.accepted(), s.requests, g.needed(), g.strays)
	default:
		s.state, s.text = accepted, g.accepted()+", not observed: "+s.text
	}
	return s
}
