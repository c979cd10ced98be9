// Package explain says why a deployment is unhealthy: evidence, ranked, each
// with when it began, what changed just before, and what to do next. It is
// pure: the same input gives the same answer.
package explain

import (
	"cmp"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// Input is everything that is known about one deployment.
type Input struct {
	Deployment backends.Deployment
	ListedAt   time.Time                   // when Deployment was read; zero means just now
	Signals    map[string]backends.Signals // by variant, "" for the whole deployment
	SignalsErr error                       // why there are no fresh signals, nil when the source answers
	BackendErr error                       // why Deployment is not fresh, nil when the backend answers
	Growth     map[string]float64          // memory growth by variant, bytes per second; nil when not known
	Spark      []float64                   // requests per second up to now, oldest first, NaN missing; nil when not known
	Alerts     []backends.Alert            // of any deployment
	Reasons    []backends.Reason           // that the backend itself knows, of this deployment
	Events     []backends.Event            // of any deployment, in any order
	Records    []journal.Record            // of any deployment, in any order
	Now        time.Time
}

// Evidence is one reason, or the finding that there is none.
type Evidence struct {
	Rank   int              `json:"rank"`  // 1 is the most telling
	Score  float64          `json:"score"` // 0-100
	State  backends.State   `json:"state"`
	Title  string           `json:"title"`            // what is wrong, one line
	Detail string           `json:"detail,omitempty"` // figures, times, the change just before
	Since  time.Time        `json:"since,omitzero"`   // when it began; zero unknown
	Next   string           `json:"next"`             // what to do next
	Action *backends.Change `json:"action,omitempty"` // the operation that would undo or cure it, to be planned
	Screen string           `json:"screen"`           // where to look: "logs", "split", "rollout" or "deployment"

	// What a change must be able to cause before it is named as one.
	symptom symptom
	variant string // "" when it is about all of them
	about   string // a few words, "errors of B"; the title's beginning when empty
}

// The screens that evidence points to.
const (
	screenLogs       = "logs"
	screenSplit      = "split"
	screenRollout    = "rollout"
	screenDeployment = "deployment"
)

// Explain ranks what speaks against the health of a deployment, worst first.
// It never returns nothing: a healthy deployment says so, with what was checked.
func Explain(in Input) []Evidence {
	c := newScene(in)
	var found []Evidence
	for _, look := range []func(*scene) []Evidence{
		backend, frontDoor, causes, backendReasons, crashes, unready, failures, rejects, latencies, drifts, memory, surge, rollouts, records, sight, alerts,
	} {
		found = append(found, look(c)...)
	}
	if len(found) == 0 {
		found = append(found, remaining(c))
	}
	slices.SortStableFunc(found, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Title, b.Title))
	})
	found = blame(c, found)
	for i := range found {
		found[i].Rank = i + 1
	}
	return found
}

// remaining speaks when nothing was found: all is well, or the backend says
// that it is not and does not show why.
func remaining(c *scene) Evidence {
	d := c.Deployment
	if d.State == backends.OK || d.State == backends.Progressing || d.State == backends.Paused {
		return Evidence{Score: 0, State: backends.OK, Title: "nothing is wrong with " + d.Name, Detail: c.checked(),
			Next: "nothing to do", Screen: screenDeployment}
	}
	title := d.Name + " is " + d.State.String()
	if d.Reason != "" {
		title += ": " + d.Reason
	}
	return Evidence{Score: 40, State: d.State, Title: title, Since: d.Since, Detail: joined("nothing else stands out: "+c.checked(), c.seen(d.Since)),
		Next: "read the events and the logs around that time", Screen: screenLogs}
}
