package backends

import "fmt"

// Op is the kind of a change to the world.
type Op string

// The operations, with the words of the CLI and the screens.
const (
	OpSplit    Op = "split"    // change the weights
	OpRollback Op = "rollback" // restore an earlier revision of a variant
	OpDeploy   Op = "deploy"   // run another version as a variant
	OpScale    Op = "scale"    // change the number of replicas
	OpRestart  Op = "restart"  // replace every replica by a fresh one of the same version
	OpPause    Op = "pause"    // hold the rollout in progress
	OpResume   Op = "resume"   // let a held rollout go on
	OpCutover  Op = "cutover"  // all traffic to a candidate at once (blue-green)
	OpPromote  Op = "promote"  // the candidate's version becomes the stable one
	OpAbort    Op = "abort"    // all traffic to stable, rollout stopped
)

// Ops lists every operation in the order in which help shows them.
func Ops() []Op {
	return []Op{OpSplit, OpRollback, OpDeploy, OpScale, OpRestart, OpPause, OpResume, OpCutover, OpPromote, OpAbort}
}

// Change is one operation asked of a backend. Which fields count depends on Op.
type Change struct {
	Op         Op     `json:"op"`
	Deployment string `json:"deployment"`
	Variant    string `json:"variant,omitempty"`  // rollback, deploy, scale, restart, cutover, promote
	Split      Split  `json:"split,omitempty"`    // split: the weights wanted
	Revision   int    `json:"revision,omitempty"` // rollback: the revision to restore
	Version    string `json:"version,omitempty"`  // deploy: model version
	Image      string `json:"image,omitempty"`    // deploy: image, or path of a model file for the local backend
	Replicas   int    `json:"replicas,omitempty"` // scale
	By         string `json:"by"`                 // who asks: user@host
	Reason     string `json:"reason,omitempty"`

	// Token is that of the Deployment the plan was made from.
	Token string `json:"token"`
}

// Effect is one line of what a change would do: a thing, before and after.
type Effect struct {
	What   string `json:"what"`   // "weight of B", "replicas of A", "version of A"
	Before string `json:"before"` // "30 %"
	After  string `json:"after"`  // "50 %"
}

// ConflictError says that the deployment changed since it was read. Nothing
// was applied. It is shown to the person, never retried.
type ConflictError struct {
	Deployment string
	Now        Deployment // as it is now
}

func (e *ConflictError) Error() string {
	by := "" // of the split: who made another change is not known
	if e.Now.SplitBy != "" {
		by = ", set by " + e.Now.SplitBy
	}
	return fmt.Sprintf("%s was changed since you looked (now %s%s): review again", e.Deployment, e.Now.Split(), by)
}

// UnsentError says that a change never reached what it was meant for: nothing
// was applied.
type UnsentError struct{ Err error }

func (e *UnsentError) Error() string { return "nothing was sent: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *UnsentError) Unwrap() error { return e.Err }

// UnsupportedError says that a backend cannot do an operation here and why.
type UnsupportedError struct {
	Op     Op
	Reason string

	Overridable bool   // a change that says why it is made (Change.Reason) is made all the same
	Commit      string // text to commit in its place, which Reason holds too; "" when there is none
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s is not possible: %s", e.Op, e.Reason)
}

// NotFoundError names a thing that is not there and what there is instead.
type NotFoundError struct {
	Kind string   // "deployment", "variant", "revision", "version", "scenario"
	Name string   // what was asked for
	Have []string // what exists, may be empty
}

func (e *NotFoundError) Error() string {
	if len(e.Have) == 0 {
		return fmt.Sprintf("no %s %q", e.Kind, e.Name)
	}
	return fmt.Sprintf("no %s %q: there is %s", e.Kind, e.Name, join(e.Have))
}

func join(names []string) string {
	const most = 8
	out := ""
	for i, n := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", out, len(names)-most)
		}
		if i > 0 {
			out += ", "
		}
		out += n
	}
	return out
}
