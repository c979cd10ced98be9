package desired

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"pitwall/backends"
)

// Facts are what a change is planned from.
type Facts struct {
	Conf  Deployment
	Ready map[string]int // replicas ready to serve, by variant
	Lost  map[string]int // replicas that are gone and that nothing makes anew unasked, by variant
	Model *Model         // of what deploy brings along (a model file, an image), nil without one
	Now   time.Time

	MaxReplicas int    // that a variant may have on this backend
	Artifact    string // what the backend deploys: "model file", "image"
}

// Plan is what a change would do. Nothing was done yet.
type Plan struct {
	Conf       Deployment // afterwards; its Generation is for the caller to raise
	Effects    []backends.Effect
	Event      backends.Event // what to say once it is accepted
	Interrupts bool           // what runs now ends: unless Rolls, the replicas go back to Conf
	Rolls      bool           // Conf.Rollout begins
}

// planners make the plan of each operation. They are pure: the configuration
// in the Facts is their own to change.
var planners = map[backends.Op]func(Facts, backends.Change) (Plan, error){
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

// Make plans a change. Errors are typed as backends.Changer says:
// whoever gets one knows that nothing was changed.
func Make(f Facts, c backends.Change) (Plan, error) {
	planner, ok := planners[c.Op]
	if !ok {
		return Plan{}, &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf("there is no such operation, there is %v", backends.Ops())}
	}
	f.Conf = f.Conf.Clone()
	p, err := planner(f, c)
	if err != nil {
		return Plan{}, err
	}
	p.Event.Deployment, p.Event.Kind, p.Event.By = f.Conf.Name, EventKind(c.Op), c.By
	if c.Reason != "" {
		p.Event.Text += " (" + c.Reason + ")"
	}
	return p, nil
}

// EventKind is the word that marks the operation among the events.
func EventKind(op backends.Op) string {
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

// Refuse says that an operation is not possible now.
func Refuse(c backends.Change, format string, args ...any) error {
	return &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf(format, args...)}
}

// refuseDuring refuses what must not meet a rollout in progress.
func refuseDuring(conf Deployment, c backends.Change) error {
	if ro := conf.Active(); ro != nil {
		return Refuse(c, "a %s of %s is in progress: wait, abort it or roll back", ro.Operation, ro.Variant)
	}
	return nil
}

// variantOf finds the variant that a change means: the named one, or the only one.
func variantOf(conf *Deployment, c backends.Change) (*Variant, error) {
	name := c.Variant
	if name == "" && len(conf.Variants) == 1 {
		name = conf.Variants[0].Name
	}
	if name == "" {
		return nil, Refuse(c, "name the variant: there is %v", conf.Names())
	}
	v := conf.Variant(name)
	if v == nil {
		return nil, &backends.NotFoundError{Kind: "variant", Name: name, Have: conf.Names()}
	}
	return v, nil
}

// candidateOf finds the candidate that a change means: the named one, or the only one.
func candidateOf(conf *Deployment, c backends.Change) (*Variant, error) {
	candidates := slices.DeleteFunc(conf.Names(), func(n string) bool { return n == backends.Stable })
	switch {
	case len(candidates) == 0:
		return nil, Refuse(c, "there is no candidate: only variant %s", backends.Stable)
	case c.Variant == backends.Stable:
		return nil, Refuse(c, "%s is the stable variant: name a candidate of %v", backends.Stable, candidates)
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

// artifactEffects lists how two models of a variant differ.
func (f Facts) artifactEffects(variant string, before, after Model) []backends.Effect {
	effects := changed(nil, "version of "+variant, orNone(before.Version), after.Version)
	effects = changed(effects, f.Artifact+" of "+variant, orNone(before.File), after.File)
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
