package split

import (
	"fmt"
	"math"
	"slices"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

// full is a promotion without the steps that are left: a split of everything.
const full backends.Op = "promote-full"

// move goes to a stop: back to nothing by an abort, to everything by a full
// promotion, and forward to a step by its index.
func (a argo) move(d Door, shares []float64) ([]Write, []string, error) {
	to := shares[1]
	i := a.stop(to)
	switch {
	case math.Abs(to) < alike:
		plan, err := a.act(d, backends.OpAbort)
		return plan.Patches, plan.Notes, err
	case a.held:
		return nil, nil, refuse(backends.OpSplit, "%s", heldFirst)
	case i < 0 && a.blueGreen && a.waits:
		plan, err := a.act(d, backends.OpPromote)
		return plan.Patches, plan.Notes, err
	case i < 0 && math.Abs(to-100) < alike:
		plan, err := a.act(d, full)
		return plan.Patches, plan.Notes, err
	case i < 0:
		return nil, nil, refuse(backends.OpSplit, "only %s can be had here", d.describeStops())
	}
	var notes []string
	if i == a.index && !a.waits {
		return nil, []string{"the rollout is on its way there"}, nil
	}
	if out := a.skipped(a.index+1, i); out != "" {
		notes = append(notes, out)
	}
	if i+1 >= len(a.steps) || at(a.steps[i+1], "pause") == nil {
		notes = append(notes, "no pause follows this step: the rollout goes on from it")
	}
	writes, err := a.release(d, i)
	return writes, notes, err
}

// act asks the controller by the patches that its own plugin sends, each with
// the version that was read.
func (a argo) act(d Door, op backends.Op) (Plan, error) {
	var plan Plan
	var err error
	switch op {
	case backends.OpPromote:
		return a.promote(d)
	case full:
		if !a.moving() || a.full || a.aborted {
			return Plan{}, refuse(op, "no new version is on its way")
		}
		if d.Sides[1].Ready == 0 {
			return Plan{}, refuse(op, "the new version has no ready pod: everything would go to nobody")
		}
		plan.Notes = append(plan.Notes, a.skippedSteps()...)
		plan.Patches, err = a.patchStatus(d, map[string]any{"promoteFull": true})
	case backends.OpAbort:
		switch {
		case !a.moving():
			return Plan{}, refuse(op, "no new version is being rolled out")
		case a.aborted:
			return Plan{}, refuse(op, "it is aborted already")
		case a.full:
			return Plan{}, refuse(op, "Argo Rollouts ignores an abort during a full promotion: undo it")
		}
		plan.Notes = []string{"the spec keeps the new version, and the Rollout shows Degraded though users are well: undo it afterwards to stay with the stable one"}
		plan.Patches, err = a.patchStatus(d, map[string]any{"abort": true})
	case backends.OpPause:
		if a.held {
			return Plan{}, refuse(op, "it is paused already")
		}
		plan.Patches, err = one(api.MergePatch(d.Ref, d.Version, map[string]any{"spec": map[string]any{"paused": true}}))
	case backends.OpResume:
		switch {
		case a.held:
			plan.Notes = a.afterHold()
			plan.Patches, err = one(api.JSONPatch(d.Ref, api.Test("/spec/paused", true), api.Replace("/spec/paused", false)))
		case a.aborted:
			plan.Notes = []string{"the version that was aborted is tried again, from the first step"}
			plan.Patches, err = a.patchStatus(d, map[string]any{"abort": false})
		case !a.waits:
			return Plan{}, refuse(op, "it is not paused")
		default:
			plan.Patches, err = a.release(d, -1)
		}
	case backends.OpRollback:
		return Plan{}, refuse(op, "an undo needs the revision to go back to")
	default:
		return Plan{}, refuse(op, "Argo Rollouts has no such request")
	}
	plan.Effects = append(plan.Effects, a.effects(d, op)...)
	return plan, err
}

// promote goes on to the next step.
func (a argo) promote(d Door) (Plan, error) {
	switch {
	case !a.moving():
		return Plan{}, refuse(backends.OpPromote, "no new version is being rolled out")
	case a.aborted:
		return Plan{}, refuse(backends.OpPromote, "it was aborted: resume tries it again")
	case a.full:
		return Plan{}, refuse(backends.OpPromote, "it is being promoted in full already")
	case a.held:
		return Plan{}, refuse(backends.OpPromote, "%s", heldFirst)
	case d.Sides[1].Ready == 0:
		return Plan{}, refuse(backends.OpPromote, "the new version has no ready pod")
	case a.blueGreen && !a.waits:
		return Plan{}, refuse(backends.OpPromote, "it does not wait for anybody: Argo Rollouts switches by itself once the new version is ready")
	}
	next := -1
	if !a.blueGreen && (a.inconclusive || !a.waits) {
		if next = a.index + 1; a.index >= len(a.steps) {
			return Plan{}, refuse(backends.OpPromote, "it is past its last step")
		}
	}
	writes, err := a.release(d, next)
	return Plan{Patches: writes, Effects: a.effects(d, backends.OpPromote)}, err
}

// heldFirst refuses what goes on while the spec holds the Rollout: the
// controller would put the pause back that a step has ended.
const heldFirst = "it is held (spec.paused): resume it first"

// afterHold tells what a Rollout does when it is no longer held.
func (a argo) afterHold() []string {
	if !a.waits {
		return nil
	}
	return []string{"it then waits at step " + a.stepAt(a.index) + ", as before: promote it, or resume once more, to go on"}
}

// release ends what a Rollout waits for and, from 0 on, sets the step that it
// goes on with.
func (a argo) release(d Door, step int) ([]Write, error) {
	status := map[string]any{"pauseConditions": nil}
	if next := a.index + 1; step >= 0 && (step != next || !a.waits || a.inconclusive) {
		status["currentStepIndex"] = step
		if a.waits {
			status["controllerPause"] = false
		}
	}
	return a.patchStatus(d, status)
}

// patchStatus is one patch of the status.
func (a argo) patchStatus(d Door, status map[string]any) ([]Write, error) {
	patch, err := api.MergePatch(d.Ref, d.Version, map[string]any{"status": status})
	patch.Subresource = "status"
	return one(patch, err)
}

func (a argo) skippedSteps() []string {
	if out := a.skipped(a.index, len(a.steps)); out != "" {
		return []string{out}
	}
	return nil
}

// stepAt names a step by its place, from 0.
func (a argo) stepAt(i int) string {
	if i >= len(a.steps) {
		return "all steps done"
	}
	return fmt.Sprintf("%d of %d: %s", i+1, len(a.steps), describeStep(a.steps[i]).Text)
}

func (a argo) effects(d Door, op backends.Op) []backends.Effect {
	switch {
	case op == backends.OpAbort && len(d.Sides) > 1, op == full && len(d.Sides) > 1:
		shares := []float64{100, 0}
		if op == full {
			slices.Reverse(shares)
		}
		return d.outline(shares).Effects
	case op == backends.OpPause:
		return []backends.Effect{{What: "rollout", Before: text(a.status, "phase"), After: "paused"}}
	case op == backends.OpResume && a.held && a.waits:
		return []backends.Effect{{What: "rollout", Before: "held", After: "waits at its step"}}
	case op == backends.OpResume && a.held:
		return []backends.Effect{{What: "rollout", Before: "held", After: "goes on"}}
	case op == backends.OpResume && a.aborted:
		return []backends.Effect{{What: "rollout", Before: "aborted", After: "starts again"}}
	case a.blueGreen:
		return d.outline([]float64{0, 100}).Effects
	}
	return []backends.Effect{{What: "step", Before: a.stepAt(a.index), After: a.stepAt(a.index + 1)}}
}
