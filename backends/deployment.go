package backends

import (
	"fmt"
	"slices"
	"strings"
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
	Since   time.Time `json:"since,omitzero"`   // when State was entered, zero when nobody knows
	Address string    `json:"address"`          // where the front door listens, as a URL

	Variants []Variant `json:"variants"` // A first, then the candidates in name order
	Rollout  *Rollout  `json:"rollout,omitempty"`

	// SplitBy and SplitAt tell who changed the configured split last and when;
	// both are zero when nobody has.
	SplitBy string    `json:"split_by,omitempty"`
	SplitAt time.Time `json:"split_at,omitzero"`

	// Starts is true when the split is that of the replicas: a change of it
	// starts those that it needs, and takes no other away before they are ready.
	Starts bool `json:"starts,omitempty"`

	// Uncounted tells why the front door's counters will not come: it keeps none
	// of what each variant answered. "" where they can be read, or soon.
	Uncounted string `json:"uncounted,omitempty"`

	// Taken tells whether the controller of the front door has taken the
	// configured split; nil where no controller stands between, because the
	// backend itself writes what the front door reads.
	Taken *Taken `json:"taken,omitempty"`
}

// Taken is what the controller of a front door says of the split that it was
// asked for: a lamp between "the API has it" and "the traffic shows it".
type Taken struct {
	State State  `json:"state"` // OK: it has it; Warn or Paused: not as a whole; Fail: refused; Progressing: not seen yet; Unknown: it says nothing
	Text  string `json:"text"`  // one sentence, foreign text may be in it
}

// Has reports whether the controller has the split, be it with a reservation.
func (t Taken) Has() bool { return t.State == OK || t.State == Warn || t.State == Paused }

// Variant is one side of a deployment: "A" is stable, "B", "C"… are candidates.
type Variant struct {
	Name    string `json:"name"`
	Version string `json:"version"`         // model version
	Image   string `json:"image,omitempty"` // container image, or the model file's name for the local backend
	Digest  string `json:"digest,omitempty"`

	Weight   float64   `json:"weight"`  // configured share of the requests, percent 0-100, two decimals; NaN where nobody can tell it now
	Desired  int       `json:"desired"` // replicas asked for
	Ready    int       `json:"ready"`   // replicas that answer their readiness probe
	Replicas []Replica `json:"replicas"`
	Revision int       `json:"revision"` // number of the revision that runs, 0 unknown

	// Held is true while its workload is paused: what is deployed to it waits
	// until it is resumed, be it that nothing is rolled out now.
	Held bool `json:"held,omitempty"`

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
	CauseOOM           Cause = "oom"           // killed at its memory limit
	CauseCrashLoop     Cause = "crash-loop"    // ends again and again
	CauseUnhealthy     Cause = "unhealthy"     // runs, and its health probe fails
	CauseImageMissing  Cause = "image-missing" // its image is not there and cannot be had
	CausePortConflict  Cause = "port-conflict" // a port that it wants is taken
	CauseDiskFull      Cause = "disk-full"     // no space is left where it has to write
	CauseStopped       Cause = "stopped"       // somebody had it stopped or killed, and nothing starts it again
	CausePaused        Cause = "paused"        // somebody had its processes paused: they stand still until they are let go on
	CauseRemoved       Cause = "removed"       // the front door sends to it, and it is no longer there
	CauseStaleAddress  Cause = "stale-address" // the front door sends its requests to an address that is no longer its own
	CauseUnschedulable Cause = "unschedulable" // no machine of the cluster takes it
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
	From      string    `json:"from"` // version, "" when nothing ran before
	To        string    `json:"to"`   // version
	Done      int       `json:"done"` // replicas: see Progress
	Total     int       `json:"total"`
	Paused    bool      `json:"paused"`
	Stuck     bool      `json:"stuck,omitempty"` // it was given up, and nothing goes back by itself
	StartedAt time.Time `json:"started_at"`
	Message   string    `json:"message,omitempty"`
}

// First reports whether nothing ran before what is rolled out, so that there is
// nothing to go back to.
func (r Rollout) First() bool { return r.Operation == OpDeploy && r.From == "" }

// Title names it: "deploy of B to 1.1.0", "first deploy of B, 1.1.0".
func (r Rollout) Title() string {
	if r.First() {
		return fmt.Sprintf("first %s of %s, %s", r.Operation, r.Variant, r.To)
	}
	return fmt.Sprintf("%s of %s to %s", r.Operation, r.Variant, r.To)
}

// Progress says how far it is: a scale replaces nothing, and the way back from
// another change brings back.
func (r Rollout) Progress() string {
	what := "replaced"
	switch r.Operation {
	case OpScale:
		what = "there"
	case OpAbort:
		what = "back"
	}
	return fmt.Sprintf("%d of %d %s", r.Done, r.Total, what)
}

// Variant finds a variant by name.
func (d Deployment) Variant(name string) (Variant, bool) {
	i := slices.IndexFunc(d.Variants, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return Variant{}, false
	}
	return d.Variants[i], true
}

// ModelSHA256 is the sha256 of the model file that a variant serves, as hex; ""
// where its digest is that of an image.
func (d Deployment) ModelSHA256(v Variant) string {
	if d.Backend != "local" {
		return ""
	}
	return strings.TrimPrefix(v.Digest, "sha256:")
}

// Split returns the configured split, without the variants whose weight is missing.
func (d Deployment) Split() Split {
	s := make(Split, len(d.Variants))
	for _, v := range d.Variants {
		if !Missing(v.Weight) {
			s[v.Name] = v.Weight
		}
	}
	return s
}

// SplitKnown reports whether no weight is missing.
func (d Deployment) SplitKnown() bool {
	return !slices.ContainsFunc(d.Variants, func(v Variant) bool { return Missing(v.Weight) })
}

// Stable is the name of the stable variant.
const Stable = "A"
