package operation

import (
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

// goal is what the world must show before an operation is done. It remembers
// what it has seen, so it is used for one operation only.
type goal interface {
	// look judges one reading of the deployment.
	look(d backends.Deployment, now time.Time) sight
	// overdue judges after the last look, when patience has run out.
	overdue() sight
}

// state is how a goal stands.
type state int

const (
	waiting  state = iota // not there yet, or (when overdue) nobody knows
	reached               // the world shows the change
	accepted              // in force, but the world has not shown it
	missed                // the change did not come about
	stuck                 // it was begun, does not end, and stays as it is
)

// sight is what a look showed.
type sight struct {
	state    state
	text     string
	observed backends.Split // percent, nil until known
	requests uint64
	ready    int
	total    int
}

// rolloutGoal is reached when a variant's replicas are what is wanted and ready.
type rolloutGoal struct {
	variant string
	shows   func(backends.Variant) bool // the variant is what is wanted
	gone    func(backends.Variant) bool // what is not wanted any more has left; nil when that needs no time
	fits    func(backends.Replica) bool // a replica is what is wanted
	done    string                      // said when it is reached
	stale   bool                        // the rollout that is there before is stuck already
	moved   bool                        // what is wanted may look as it was before: wait until something moved
	before  string                      // token of the deployment before the change
	since   time.Time

	seen    bool   // a rollout was seen
	message string // its last message
	last    sight
}

// settle is how long a backend may take to show the rollout that it accepted.
const settle = 15 * time.Second

func (g *rolloutGoal) look(d backends.Deployment, now time.Time) sight {
	g.last = g.judge(d, now)
	return g.last
}

func (g *rolloutGoal) judge(d backends.Deployment, now time.Time) sight {
	v, ok := d.Variant(g.variant)
	s := sight{ready: g.ready(v), total: v.Desired}
	if r := d.Rollout; r != nil {
		g.seen, g.message = true, first(r.Message, g.message)
		s.text = fmt.Sprintf("%s of %s: %s", r.Operation, r.Variant, r.Progress())
		if r.Paused {
			s.text += ", held"
		}
		if r.Message != "" {
			s.text += ": " + r.Message
		}
		if r.Stuck && r.Variant == g.variant && (!g.stale || now.Sub(g.since) >= settle) {
			s.state, s.text = stuck, "not finished: "+s.text
		}
		return s
	}
	shown := ok && g.shows(v)
	began := g.seen || d.Token != g.before
	switch {
	case shown && g.gone != nil && !g.gone(v):
		s.text = fmt.Sprintf("%s to drain and stop", words.Count(len(v.Replicas)-v.Desired, "replica"))
	case shown && (began || !g.moved) && s.ready >= s.total && g.all(v) && v.Ready >= v.Desired:
		s.state, s.text = reached, g.done
	case !shown && (g.seen || now.Sub(g.since) >= settle):
		s.state, s.text = missed, "the rollout ended without it: "+first(g.message, d.Reason, "the backend gives no reason")
	case shown:
		s.text = fmt.Sprintf("%d of %d replicas ready", s.ready, s.total)
	default:
		s.text = "the backend has not begun yet"
	}
	return s
}

// ready counts the replicas that are what is wanted and ready.
func (g *rolloutGoal) ready(v backends.Variant) int {
	if len(v.Replicas) == 0 {
		return v.Ready
	}
	n := 0
	for _, r := range v.Replicas {
		if r.State == backends.OK && g.fits(r) {
			n++
		}
	}
	return n
}

// all reports whether no replica is left that is not what is wanted.
func (g *rolloutGoal) all(v backends.Variant) bool {
	for _, r := range v.Replicas {
		if !g.fits(r) {
			return false
		}
	}
	return true
}

func (g *rolloutGoal) overdue() sight {
	s := g.last
	s.state, s.text = waiting, "not finished: "+first(s.text, "the deployment could not be read")
	return s
}
