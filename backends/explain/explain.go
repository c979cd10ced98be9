// Package explain says why a deployment is unhealthy: evidence, ranked, each
// with when it began, what changed just before, and what to do next. It is
// pure: the same input gives the same answer.
package explain

import (
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
	Growth     map[string]float64          // memory growth by variant, bytes per second; nil when not known
	Alerts     []backends.Alert            // of any deployment
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
	Action *backends.Change `json:"action,omitempty"` // the operation that would undo or cure it
	Screen string           `json:"screen"`           // where to look: "logs", "split", "rollout" or "deployment"
}

// Explain ranks what speaks against the health of a deployment, worst first.
// It never returns nothing: a healthy deployment says so, with what was checked.
func Explain(in Input) []Evidence { return nil }
