package supervisor

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
)

// facts are what a change is planned from.
type facts struct {
	conf  state.Deployment
	ready map[string]int // replicas ready to serve, by variant
	model *state.Model   // of the file that deploy --image names, nil without one
	now   time.Time
}

// plan is what a change would do. Nothing was done yet.
type plan struct {
	conf       state.Deployment // afterwards
	effects    []backends.Effect
	event      backends.Event // what to say once it is accepted
	interrupts bool           // what runs now ends: unless rolls, the replicas go back to conf
	rolls      bool           // conf.Rollout begins
}

// planners make the plan of each operation. They are pure: the configuration
// in the facts is their own to change.
var planners = map[backends.Op]func(facts, backends.Change) (plan, error){
	backends.OpSplit:    planSplit,
	backends.OpCutover:  planCutover,
	backends.OpAbort:    planAbort,
	backends.OpDeploy:   planDeploy,
	backends.OpRollback: planRollback,
	backends.OpPromote:  planPromote,
	backends.OpScale:    planScale,
	backends.OpRestart:  planRestart,
	backends.OpPause:    planPause,
	backends.OpResume:   planResume,
}

// planChange plans a change. Errors are typed as backends.Changer says:
// whoever gets one knows that nothing was changed.
func planChange(f facts, c backends.Change) (plan, error) {
	planner, ok := planners[c.Op]
	if !ok {
		return plan{}, &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf("there is no such operation, there is %v", backends.Ops())}
	}
	f.conf = f.conf.Clone()
	p, err := planner(f, c)
	if err != nil {
		return plan{}, err
	}
	p.event.Deployment, p.event.Kind, p.event.By = f.conf.Name, eventKind(c.Op), c.By
	if c.Reason != "" {
		p.event.Text += " (" + c.Reason + ")"
	}
	return p, nil
}

// eventKind is the word that marks the operation among the events.
func eventKind(op backends.Op) string {
	switch op {
	case backends.OpCutover, backends.OpAbort:
		return "split"
	case backends.OpPromote:
		return "deploy"
	case backends.OpPause, backends.OpResume:
		return "note"
	}
	return string(op)
}

// refuse says that an operation is not possible now.
func refuse(c backends.Change, format string, args ...any) error {
	return &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf(format, args...)}
}

// active is the rollout in progress, nil when there is none.
func active(conf state.Deployment) *state.Rollout {
	if conf.Rollout == nil || conf.Rollout.Failed {
		return nil
	}
	return conf.Rollout
}

// refuseDuring refuses what must not meet a rollout in progress.
func refuseDuring(conf state.Deployment, c backends.Change) error {
	if ro := active(conf); ro != nil {
		return refuse(c, "a %s of %s is in progress: wait, abort it or roll back", ro.Operation, ro.Variant)
	}
	return nil
}

// variantOf finds the variant that a change means: the named one, or the only one.
func variantOf(conf *state.Deployment, c backends.Change) (*state.Variant, error) {
	name := c.Variant
	if name == "" && len(conf.Variants) == 1 {
		name = conf.Variants[0].Name
	}
	if name == "" {
		return nil, refuse(c, "name the variant: there is %v", conf.Names())
	}
	v := conf.Variant(name)
	if v == nil {
		return nil, &backends.NotFoundError{Kind: "variant", Name: name, Have: conf.Names()}
	}
	return v, nil
}

// candidateOf finds the candidate that a change means: the named one, or the only one.
func candidateOf(conf *state.Deployment, c backends.Change) (*state.Variant, error) {
	candidates := slices.DeleteFunc(conf.Names(), func(n string) bool { return n == backends.Stable })
	switch {
	case len(candidates) == 0:
		return nil, refuse(c, "there is no candidate: only variant %s", backends.Stable)
	case c.Variant == backends.Stable:
		return nil, refuse(c, "%s is the stable variant: name a candidate of %v", backends.Stable, candidates)
	case c.Variant == "" && len(candidates) == 1:
		c.Variant = candidates[0]
	}
	return variantOf(conf, c)
}

// changed lists an effect if something changes.
func changed(effects []backends.Effect, what, before, after string) []backends.Effect {
	if before == after {
		return effects
	}
	return append(effects, backends.Effect{What: what, Before: before, After: after})
}

func percent(w float64) string { return backends.FormatWeight(w) + " %" }

func replicasEffect(effects []backends.Effect, variant string, before, after int) []backends.Effect {
	return changed(effects, "replicas of "+variant, strconv.Itoa(before), strconv.Itoa(after))
}

func digestEffect(effects []backends.Effect, variant string, before, after state.Model) []backends.Effect {
	effects = changed(effects, "version of "+variant, orNone(before.Version), after.Version)
	effects = changed(effects, "model file of "+variant, orNone(before.File), after.File)
	effects = changed(effects, "sha256 of "+variant, orNone(short(before.SHA256)), short(after.SHA256))
	return changed(effects, "drift baseline of "+variant, orNone(short(before.Baseline)), orNone(short(after.Baseline)))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// short cuts a digest for people.
func short(digest string) string { return digest[:min(12, len(digest))] }
