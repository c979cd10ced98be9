package backends

import (
	"slices"
	"time"
)

// Deployment is a model served under one name behind one front door.
type Deployment struct {
	Name        string `json:"name"`
	Backend     string `json:"backend"`     // "local", "docker" or "kubernetes"
	Environment string `json:"environment"` // "local", "staging", "production"…; "production" raises the guards

	// Token names the state that was read. A change carries the token of the
	// state its plan was made from, and is refused with a *ConflictError when
	// the world has moved on.
	Token string `json:"token"`

	State   State     `json:"state"`
	Reason  string    `json:"reason,omitempty"` // why State is not OK, one sentence
	Since   time.Time `json:"since"`            // when State was entered
	Address string    `json:"address"`          // where the front door listens, as a URL

	Variants []Variant `json:"variants"` // A first, then the candidates in name order
	Rollout  *Rollout  `json:"rollout,omitempty"`

	// SplitBy and SplitAt tell who changed the configured split last and when;
	// both are zero when nobody has.
	SplitBy string    `json:"split_by,omitempty"`
	SplitAt time.Time `json:"split_at,omitzero"`
}

// Variant is one side of a deployment: "A" is stable, "B", "C"… are candidates.
type Variant struct {
	Name    string `json:"name"`
	Version string `json:"version"`         // model version
	Image   string `json:"image,omitempty"` // container image, or the model file's name for the local backend
	Digest  string `json:"digest,omitempty"`

	Weight   float64   `json:"weight"`  // configured share of the requests, percent 0-100, two decimals
	Desired  int       `json:"desired"` // replicas asked for
	Ready    int       `json:"ready"`   // replicas that answer their readiness probe
	Replicas []Replica `json:"replicas"`
	Revision int       `json:"revision"` // number of the revision that runs, 0 unknown

	// Requests and Errors are the front door's cumulative counters; they fall
	// only when the front door restarts. Counted is false when the front door
	// could not be read, and then both mean nothing.
	Requests uint64 `json:"requests"`
	Errors   uint64 `json:"errors"`
	Counted  bool   `json:"counted"`
}

// Replica is one running instance of a variant.
type Replica struct {
	Name      string    `json:"name"`
	State     State     `json:"state"`
	Reason    string    `json:"reason,omitempty"` // why State is not OK
	Version   string    `json:"version"`
	Address   string    `json:"address,omitempty"`
	PID       int       `json:"pid,omitempty"`
	Restarts  int       `json:"restarts"`
	StartedAt time.Time `json:"started_at,omitzero"`
	LastExit  *Exit     `json:"last_exit,omitempty"`

	// What an engine or an orchestrator knows beyond the process itself; all
	// are empty on the local backend.
	Cause Cause  `json:"cause,omitempty"` // why State is not OK, as a word
	Probe string `json:"probe,omitempty"` // last output of a failing health probe, foreign text
	Image string `json:"image,omitempty"` // reference that it was started from
}

// Cause is a known reason why a replica is not well.
type Cause string

// The causes.
const (
	CauseOOM          Cause = "oom"           // killed at its memory limit
	CauseCrashLoop    Cause = "crash-loop"    // ends again and again
	CauseUnhealthy    Cause = "unhealthy"     // runs, and its health probe fails
	CauseImageMissing Cause = "image-missing" // its image is not there and cannot be had
	CausePortConflict Cause = "port-conflict" // a port that it wants is taken
	CauseDiskFull     Cause = "disk-full"     // no space is left where it has to write
	CauseStaleAddress Cause = "stale-address" // the front door sends its requests to an address that is no longer its own
)

// Exit tells how a replica's process ended last.
type Exit struct {
	Code   int       `json:"code"` // exit status, or -1 when a signal ended it
	Signal string    `json:"signal,omitempty"`
	At     time.Time `json:"at"`
	Log    string    `json:"log,omitempty"` // the last line it wrote, foreign text
}

// Rollout is a rolling replacement or other staged change in progress.
type Rollout struct {
	Operation Op        `json:"operation"`
	Variant   string    `json:"variant"`
	From      string    `json:"from"` // version
	To        string    `json:"to"`   // version
	Done      int       `json:"done"` // replicas replaced
	Total     int       `json:"total"`
	Paused    bool      `json:"paused"`
	StartedAt time.Time `json:"started_at"`
	Message   string    `json:"message,omitempty"`
}

// Variant finds a variant by name.
func (d Deployment) Variant(name string) (Variant, bool) {
	i := slices.IndexFunc(d.Variants, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return Variant{}, false
	}
	return d.Variants[i], true
}

// Split returns the configured split.
func (d Deployment) Split() Split {
	s := make(Split, len(d.Variants))
	for _, v := range d.Variants {
		s[v.Name] = v.Weight
	}
	return s
}

// Stable is the name of the stable variant.
const Stable = "A"
