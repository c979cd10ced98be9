// Package journal keeps the record of operations, attestations and notes: one
// JSON object a line in an append-only file, chained by hashes.
//
// Every operation writes two lines: an intent, on disk before the backend is
// called, and a result. An intent without a result is an operation whose
// outcome nobody saw.
//
// The chain (prev is the sha256 of the line before, as hex) makes edits
// evident, not impossible, and the actor is what the process said of itself:
// the journal is no proof against its own user. The format is
// reference/registry.md §5.3.
package journal

import (
	"time"

	"pitwall/backends"
)

// Version is the number of the record format, the field v.
const Version = 1

// OpNote is the op of a note: something worth keeping that changed nothing.
// The other ops are those of package backends.
const OpNote = "note"

// Registry is the backend of a target in a model registry. Its context is the
// registry, its name the model.
const Registry = "mlflow"

// Ops on a model registry.
const (
	OpAlias    = "alias"
	OpRegister = "register"
)

// OpChampion is the op of a version that is rolled out and made champion: its
// target is the deployment, and the rollout within it has records of its own.
const OpChampion = "champion"

// Phases of a record.
const (
	PhaseIntent = "intent" // about to be done
	PhaseResult = "result" // how the intent named by Intent ended
	PhaseNote   = "note"   // neither
)

// Results of an operation.
const (
	ResultOK          = "ok"          // accepted, and observed unless Text says otherwise
	ResultFailed      = "failed"      // not done
	ResultUnknown     = "unknown"     // may or may not have been done: look
	ResultRunning     = "running"     // never written: an intent whose process lives, as Records returns it
	ResultCompensated = "compensated" // done, and taken back by a later operation
)

// Actor says who acts, as far as the process knows. Unknown names are "".
type Actor struct {
	OSUser       string `json:"os_user,omitempty"`
	Host         string `json:"-"` // written as the record's host
	KubeUser     string `json:"kube_user,omitempty"`
	GitEmail     string `json:"git_email,omitempty"`
	RegistryUser string `json:"registry_user,omitempty"`
}

// String gives user@host, the form of backends.Change.By.
func (a Actor) String() string {
	if a.Host == "" {
		return a.OSUser
	}
	return a.OSUser + "@" + a.Host
}

// Target names what a record is about.
type Target struct {
	Backend   string `json:"backend,omitempty"`
	Context   string `json:"context,omitempty"`   // Kubernetes context, Docker host
	Namespace string `json:"namespace,omitempty"` // Kubernetes only
	Name      string `json:"name"`                // deployment
	Variant   string `json:"variant,omitempty"`
}

// In reports whether a target is of a place: a target without a name. What
// either does not say fits anything: earlier versions did not write it. A model
// registry is of no place: what was done to a model is told wherever the journal
// is that it was written to.
func (t Target) In(place Target) bool {
	if t.Backend == Registry {
		return true
	}
	fits := func(a, b string) bool { return a == "" || b == "" || a == b }
	return fits(t.Backend, place.Backend) && fits(t.Context, place.Context) && fits(t.Namespace, place.Namespace)
}

// Subject is the part of a deployment's state that an operation concerns.
type Subject struct {
	Image        string         `json:"image,omitempty"`
	Digest       string         `json:"digest,omitempty"`
	ModelVersion string         `json:"model_version,omitempty"`
	Weights      backends.Split `json:"weights,omitempty"` // percent
	Replicas     int            `json:"replicas,omitempty"`
	Revision     int            `json:"revision,omitempty"`
}

// Record is one line of the journal. Append fills V, ID, Prev, TS, Host and Actor.
type Record struct {
	V           int       `json:"v"`
	ID          string    `json:"id"`             // ULID, sorts by time
	Prev        string    `json:"prev,omitempty"` // sha256 of the line before without its newline, hex; "" starts a journal
	TS          time.Time `json:"ts"`             // UTC, milliseconds
	Host        string    `json:"host,omitempty"`
	Actor       Actor     `json:"actor"`
	Op          string    `json:"op"`
	Target      Target    `json:"target"`
	From        Subject   `json:"from,omitzero"`
	To          Subject   `json:"to,omitzero"`
	Reason      string    `json:"reason,omitempty"`  // the person's words
	Confirm     string    `json:"confirm,omitempty"` // what was typed to confirm
	Phase       string    `json:"phase"`             // one of the Phase constants
	Intent      string    `json:"intent,omitempty"`  // ID of the intent that a result or note belongs to
	Result      string    `json:"result,omitempty"`  // one of the Result constants, on results; ResultRunning on intents, see Records
	Error       string    `json:"error,omitempty"`   // at most 500 characters
	TookMS      int64     `json:"took_ms,omitempty"` // from intent to result
	EvidenceIDs []string  `json:"evidence_ids,omitempty"`
	Text        string    `json:"text,omitempty"` // one sentence: what was to change, how it ended
}
