package backends

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Lister reads every deployment of a backend as it is now, in name order.
// Every backend implements it.
type Lister interface {
	Deployments(ctx context.Context) ([]Deployment, error)
}

// Listing is one reading of all deployments, or the error that prevented it.
// After an error the previous Deployments stand, with their age.
type Listing struct {
	Deployments []Deployment
	At          time.Time
	Err         error
}

// Watcher tells about changes as they happen. The channel carries the newest
// listing (a slow reader misses intermediate ones), survives outages by
// sending listings with Err while it reconnects, and is closed when ctx ends.
type Watcher interface {
	Watch(ctx context.Context) <-chan Listing
}

// Changer changes deployments. A backend opened read-only has no Changer.
type Changer interface {
	// DryRun checks a change against the world without doing it and returns
	// the effects in the backend's own words.
	// Errors: *ConflictError, *UnsupportedError, *NotFoundError, or a sentence.
	DryRun(ctx context.Context, c Change) ([]Effect, error)
	// Apply does it and returns when the backend accepted it, which may be
	// before it is in effect. Nothing was changed when the error is a
	// *ConflictError, *UnsupportedError or *NotFoundError; after any other
	// error the state of the world is unknown and has to be read.
	Apply(ctx context.Context, c Change) error
}

// Reviser lists the revisions of a deployment, newest first.
type Reviser interface {
	Revisions(ctx context.Context, deployment string) ([]Revision, error)
}

// Versioner lists the model versions that a deployment could run, newest first.
type Versioner interface {
	Versions(ctx context.Context, deployment string) ([]Version, error)
}

// Version is a model version that deploy can name.
type Version struct {
	Version string `json:"version"`
	Image   string `json:"image"`
	Digest  string `json:"digest"`
	Note    string `json:"note,omitempty"`
}

// LogStreamer streams the log lines of a deployment's replicas, merged by
// time. A variant or replica of "" means all. Lines from Since on come first
// (zero: the last few hundred lines); with Follow the channel stays open until
// ctx ends, otherwise it is closed at the end. It is also closed when the
// stream breaks: a Watcher tells why.
type LogStreamer interface {
	Logs(ctx context.Context, q LogQuery) (<-chan LogLine, error)
}

// LogQuery selects log lines.
type LogQuery struct {
	Deployment, Variant, Replica string
	Since                        time.Time
	Follow                       bool
}

// Eventer lists events since a time, oldest first. A deployment of "" means all.
type Eventer interface {
	Events(ctx context.Context, deployment string, since time.Time) ([]Event, error)
}

// Practicer runs incident scenarios (the local backend only). Starting one
// replaces the one that runs; "calm" ends it.
type Practicer interface {
	Scenarios(ctx context.Context) ([]Scenario, error)
	StartScenario(ctx context.Context, name string) error
}

// Scenario is an incident that can be practised.
type Scenario struct {
	Name    string    `json:"name"`
	Title   string    `json:"title"`
	About   string    `json:"about"` // what is broken, and what the practice is
	Running bool      `json:"running"`
	Since   time.Time `json:"since,omitzero"`
}

// SignalSource tells where the backend's own Prometheus listens, as a URL.
type SignalSource interface {
	Prometheus(ctx context.Context) (string, error)
}

// Measurer tells what each replica of a deployment uses now, by name. It is
// asked only while somebody looks.
type Measurer interface {
	Usage(ctx context.Context, deployment string) (map[string]Usage, error)
}

// Usage is what a replica uses and may use. What is missing is NaN.
type Usage struct {
	CPU         float64 // cores
	CPULimit    float64 // cores
	Memory      float64 // bytes
	MemoryLimit float64 // bytes
}

// Inspector tells everything that the backend knows of a replica, secrets
// masked. A replica of "" is the front door.
type Inspector interface {
	Inspect(ctx context.Context, deployment, replica string) (Node, error)
}

// Node is a name with a value, with nodes below it, or both. Texts are foreign.
type Node struct {
	Name  string `json:"name"`
	Value string `json:"value,omitempty"`
	Nodes []Node `json:"nodes,omitempty"`
}

// Explainer tells what a backend itself knows to keep a deployment from being
// well, beyond what a listing shows, the most telling reason first; nothing when
// it knows of nothing.
type Explainer interface {
	Reasons(ctx context.Context, deployment string) ([]Reason, error)
}

// ReasonFrontDoor is the kind of a reason that is about the front door: without
// that no request gets anywhere, so it comes before what follows from it.
const ReasonFrontDoor = "front door"

// ReasonTakenBack is the kind of a reason that tells of somebody who wrote over
// what pitwall had written, at Since. Without a variant it was the split.
const ReasonTakenBack = "taken back"

// Reason is one thing that keeps a deployment from being well. Texts are foreign.
type Reason struct {
	Kind     string    `json:"kind"`              // a word for it: "quota", "node", "autoscaler", ReasonFrontDoor
	Variant  string    `json:"variant,omitempty"` // "" when it is about all of them
	Cause    Cause     `json:"cause,omitempty"`   // that replicas of a listing have from it, "" for none
	State    State     `json:"state"`             // Fail: replicas are missing for it; Warn; Paused; OK: worth knowing beside another
	Text     string    `json:"text"`              // one sentence
	Evidence []string  `json:"evidence,omitempty"`
	Next     string    `json:"next"`           // what to do
	Since    time.Time `json:"since,omitzero"` // zero unknown
	Rollout  bool      `json:"rollout"`        // it holds up the rollout that is in progress
}

// Hider tells what a backend sees and does not list, as it is known now. It asks
// nobody.
type Hider interface {
	Hidden() Hidden
}

// Hidden is what is not listed.
type Hidden struct {
	Names []string // as a listing would name them, in order; foreign
	Why   string   // "they do not look like model servers"
	Next  string   // a sentence: how they are shown
}

// String is two sentences, "" when nothing is hidden.
func (h Hidden) String() string {
	switch n := len(h.Names); n {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("1 other workload is not shown: %s. %s.", h.Why, h.Next)
	default:
		return fmt.Sprintf("%d other workloads are not shown: %s. %s.", n, h.Why, h.Next)
	}
}

// Has reports whether something of a name is hidden.
func (h Hidden) Has(name string) bool { return slices.Contains(h.Names, name) }

// Forwarder opens a way to a replica that cannot be reached from this machine.
type Forwarder interface {
	// Forward listens at a loopback port, 0 for any, and passes every
	// connection to a port of the replica, 0 for the one at which it serves,
	// until ctx ends: then it returns nil. ready is called once, with the
	// address, when connections are taken.
	Forward(ctx context.Context, deployment, replica string, local, remote int, ready func(address string)) error
}

// SmokeTester runs the smoke test that a replica declares. An error says that
// the test could not be run, not that it failed.
type SmokeTester interface {
	SmokeTest(ctx context.Context, deployment, replica string) (SmokeResult, error)
}

// SmokeResult is how a smoke test went.
type SmokeResult struct {
	Replica string        `json:"replica"`
	Passed  bool          `json:"passed"`
	Test    string        `json:"test"`   // what was run
	Output  string        `json:"output"` // foreign text
	Took    time.Duration `json:"took"`
}
