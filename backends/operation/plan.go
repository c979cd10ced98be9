package operation

import (
	"time"

	"pitwall/backends"
)

// Plan says what an operation would do, what follows from it and what speaks
// against it. Making one changes nothing. A plan is plain data and is never
// changed after it was made.
type Plan struct {
	Change       backends.Change   // complete: defaults chosen, Token and By filled
	Title        string            // "Move model-api to A=50 B=50"
	Effects      []backends.Effect // in the backend's words when its dry run gave any
	Consequences []string          // sentences: requests, users, capacity, what does not come back
	Guards       []Guard           // every rule that applied, passed ones too, worst first
	Danger       Danger
	WantsReason  bool             // denied only as long as the change does not say why: to be planned anew with a Reason
	Commit       string           // denied: text to commit in its place, which a guard says too; "" when there is none
	Confirm      string           // what must be typed; "" means that a yes is enough
	Undo         *backends.Change // what takes it back, to be planned anew; nil when nothing can
	UndoText     string           // the undo in words, or why there is none

	Before   backends.Deployment // as it was read
	ReadAt   time.Time           // when Before was true
	Revision *backends.Revision  // rollback: what is restored
}

// Guard is the verdict of one rule on a plan.
type Guard struct {
	Rule    string  `json:"rule"` // short name: "step", "replicas", "drift"…
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"` // one sentence with the figures
}

// Verdict is what a guard demands. The order is by severity.
type Verdict int

// The verdicts.
const (
	Pass Verdict = iota // nothing speaks against it
	Warn                // worth reading
	Ask                 // the deployment's name must be typed
	Deny                // not possible
)

var verdictNames = [...]string{"pass", "warn", "ask", "deny"}

// String gives the word for a verdict.
func (v Verdict) String() string { return verdictNames[v] }

// MarshalText writes the word.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Danger says how much confirmation a plan needs.
type Danger int

// The confirm ladder (reference/terminal.md §6.1).
const (
	Reversible Danger = iota // L0: needs no confirmation
	Confirm                  // L1: a yes
	Typed                    // L2: the deployment's name, typed
	Denied                   // L3: cannot be confirmed
)

var dangerNames = [...]string{"reversible", "confirm", "typed", "denied"}

// String gives the word for a danger.
func (d Danger) String() string { return dangerNames[d] }

// MarshalText writes the word.
func (d Danger) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Confirmation is a person's answer to a plan.
type Confirmation struct {
	Typed  string // what was typed; counts as a yes when it is what the plan asks for
	Yes    bool   // enough for plans whose Danger is Confirm
	Reason string // why, in the person's words; kept in the journal
}

// Stage is how far a running operation has come.
type Stage int

// The stages, in order. The last of a run is Observed, Failed, Unknown, or
// Accepted when the world did not show the change in time.
const (
	Recorded  Stage = iota // the intent is in the journal
	Applying               // the backend was asked
	Accepted               // the backend said yes
	Observing              // waiting for the world to show it
	Observed               // the world shows it
	Failed                 // not done
	Unknown                // may or may not be done
)

var stageNames = [...]string{"recorded", "applying", "accepted", "observing", "observed", "failed", "unknown"}

// String gives the word for a stage.
func (s Stage) String() string { return stageNames[s] }

// MarshalText writes the word.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Progress is one report of a running operation.
type Progress struct {
	Stage Stage
	Text  string // one sentence
	At    time.Time

	Observed backends.Split // share of the requests since the change took effect, percent; nil until known
	Requests uint64         // requests that Observed is made of
	Ready    int            // replicas that run what is wanted and are ready
	Total    int            // replicas wanted; 0 when the operation is not about replicas
}

// Outcome is how an operation ended.
type Outcome struct {
	Result   string           // "ok", "failed" or "unknown", as in the journal
	Observed bool             // the world showed it; false with "ok" means accepted only, Text says why
	Took     time.Duration    // from the intent to the result
	IntentID string           // of the journal; "" when nothing was recorded
	Text     string           // one sentence
	Undo     *backends.Change // set when it is done, or was begun and does not end
}
