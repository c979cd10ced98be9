package backends

import (
	"math"
	"time"
)

// Signals are the live measurements of a deployment or of one variant. A
// signal that is missing is NaN, never 0.
type Signals struct {
	RPS        float64 // requests per second
	ErrorRatio float64 // share of requests answered 5xx, 0-1
	// RejectRatio is the share of requests answered 4xx, 0-1, without those
	// that the client gave up (499). Many of them are no fault of a replica:
	// the clients and the model disagree about what a request looks like.
	RejectRatio float64
	P50         float64 // latency quantiles in seconds
	P95         float64
	P99         float64
	Mean        float64 // mean latency in seconds, where the serving system measures one
	DriftPSI    float64 // greatest PSI over the features and the predicted score
	Feature     string  // the feature DriftPSI is of; "" when DriftPSI is missing
	DriftRows   float64 // rows in the drift window; PSI appears at DriftNeeded rows
	InFlight    float64 // requests being answered
	Memory      float64 // resident bytes of all replicas
	CPU         float64 // cores used by all replicas
	At          time.Time
}

// DriftNeeded is the number of rows below which no drift verdict is shown
// (reference: false alarms of PSI over 10 bins; 300 rows give 0.1 %).
const DriftNeeded = 300

// NoSignals returns signals of which every one is missing.
func NoSignals() Signals {
	nan := math.NaN()
	return Signals{RPS: nan, ErrorRatio: nan, RejectRatio: nan, P50: nan, P95: nan, P99: nan, Mean: nan,
		DriftPSI: nan, DriftRows: nan, InFlight: nan, Memory: nan, CPU: nan}
}

// Missing reports whether a signal's value is absent.
func Missing(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

// Alert is one alerting rule that is pending or firing.
type Alert struct {
	Name       string            `json:"name"`
	Severity   string            `json:"severity"` // "critical", "warning" or "info"
	State      string            `json:"state"`    // "pending" or "firing"
	Deployment string            `json:"deployment,omitempty"`
	Variant    string            `json:"variant,omitempty"`
	Replica    string            `json:"replica,omitempty"`
	Summary    string            `json:"summary"`
	Since      time.Time         `json:"since"`
	Value      float64           `json:"value"`
	Labels     map[string]string `json:"labels,omitempty"`
	Runbook    string            `json:"runbook,omitempty"`
}

// Event is something that happened to a deployment: a replica died, a split
// was changed, an alert fired.
type Event struct {
	At         time.Time `json:"at"`
	Deployment string    `json:"deployment"`
	Variant    string    `json:"variant,omitempty"`
	Replica    string    `json:"replica,omitempty"`
	Kind       string    `json:"kind"`  // "split", "deploy", "rollback", "scale", "restart", "exit", "start", "ready", "unready", "backoff", "alert", "resolved", "scenario", "note", "supervisor"
	State      State     `json:"state"` // how bad: OK, Warn, Fail…
	Text       string    `json:"text"`  // one line
	By         string    `json:"by,omitempty"`
}

// Revision is a past state of a variant that can be restored.
type Revision struct {
	Number    int       `json:"number"` // counts up per deployment from 1
	Variant   string    `json:"variant"`
	Version   string    `json:"version"`
	Image     string    `json:"image,omitempty"`
	Digest    string    `json:"digest,omitempty"`
	Replicas  int       `json:"replicas"`
	Settings  []Setting `json:"settings,omitempty"` // what else comes back, in name order
	CreatedAt time.Time `json:"created_at"`
	By        string    `json:"by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Current   bool      `json:"current"` // runs now

	// GoodFor is how long the revision served while healthy, never negative; a
	// revision with an hour (or, on the local stack, a minute) of it is known-good.
	GoodFor time.Duration `json:"good_for"`
	Good    bool          `json:"good"` // known-good

	// Unrecorded says that the backend keeps no record of how healthy a revision
	// was: GoodFor is how long it was the newest.
	Unrecorded bool `json:"unrecorded,omitempty"`
	// Doubt is why it is likely not healthy, as words behind "revision 3: ", ""
	// where nothing speaks against it. With a doubt it is not known-good, and a
	// rollback takes it only when it is named.
	Doubt string `json:"doubt,omitempty"`
}

// Setting is a named value that belongs to a revision.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// LogLine is one line a replica wrote. Text is foreign and not sanitised.
type LogLine struct {
	At         time.Time `json:"at"`
	Deployment string    `json:"deployment"`
	Variant    string    `json:"variant"`
	Replica    string    `json:"replica"`
	Text       string    `json:"text"`
}
