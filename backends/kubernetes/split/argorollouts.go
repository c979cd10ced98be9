package split

import (
	"math"
	"slices"
	"strconv"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// podHash is the label by which Argo Rollouts tells its ReplicaSets apart.
const podHash = "rollouts-pod-template-hash"

// rollouts reads Rollouts of Argo Rollouts, which go through steps: the weights
// of the steps that are left are the only ones that can be had.
func (r *reader) rollouts() []Door {
	var doors []Door
	for _, c := range r.customs(argoRollout) {
		d := r.door(argoRollout, c, ArgoRollouts)
		argo := readArgo(c)
		argo.workload = r.space.Workload(objects.Deployment, text(c.Object, "spec", "workloadRef", "name"))
		r.argoSides(&d, argo)
		d.Stops = argo.stops(d)
		d.Rollout = argo.rollout()
		d.Accepted = argo.lamp()
		d.how = argo
		if d.Parent == nil {
			d.offer(backends.OpPromote, backends.OpAbort, backends.OpPause, backends.OpResume)
			if r.earlier(c, argo) {
				d.Verbs = append(d.Verbs, backends.OpRollback)
			}
		}
		doors = append(doors, d)
	}
	return doors
}

// argo is what a Rollout says of itself.
type argo struct {
	object         *objects.Custom
	workload       *objects.Workload // whose template it takes (workloadRef), nil when it has its own
	status         map[string]any
	stable, newest string // pod template hashes
	steps          []any
	index          int // of the step that it is at
	blueGreen      bool
	held           bool // spec.paused
	waits          bool // pauseConditions
	inconclusive   bool
	aborted, full  bool
	seen           bool // the controller has seen the newest generation
}

func readArgo(c *objects.Custom) argo {
	status := members(c.Object, "status")
	a := argo{object: c, status: status, stable: text(status, "stableRS"), newest: text(status, "currentPodHash"),
		steps: list(c.Object, "spec", "strategy", "canary", "steps"), blueGreen: members(c.Object, "spec", "strategy", "blueGreen") != nil,
		held: flag(c.Object, "spec", "paused"), aborted: flag(status, "abort"), full: flag(status, "promoteFull")}
	for _, p := range list(status, "pauseConditions") {
		a.waits = true
		reason := text(p, "reason")
		a.inconclusive = a.inconclusive || reason == "InconclusiveAnalysisRun" || reason == "InconclusiveExperiment"
	}
	index, _ := number(status, "currentStepIndex")
	a.index = int(max(0, min(index, int64(len(a.steps)))))
	a.seen = word(status, "observedGeneration") == strconv.FormatInt(c.Generation, 10) // a string, other than everywhere
	return a
}

// moving reports whether a new version is being rolled out, or was and failed.
func (a argo) moving() bool { return a.newest != "" && a.stable != "" && a.newest != a.stable }

func (r *reader) argoSides(d *Door, a argo) {
	c := a.object
	stable, canary := text(c.Object, "spec", "strategy", "canary", "stableService"), text(c.Object, "spec", "strategy", "canary", "canaryService")
	if a.blueGreen {
		stable, canary = text(c.Object, "spec", "strategy", "blueGreen", "activeService"), text(c.Object, "spec", "strategy", "blueGreen", "previewService")
	}
	side := func(name, service, hash string) Side {
		s := Side{Name: name, Service: service, Ready: -1}
		if hash != "" {
			s.Selector = joined(labels(c.Object, "spec", "selector", "matchLabels"), map[string]string{podHash: hash})
			s.Ready = r.readyPods(s.Selector)
		}
		return s
	}
	d.Sides = []Side{side("stable", stable, a.stable)}
	d.Sides[0].Stable, d.Sides[0].Share, d.Sides[0].Weight = true, 100, 100
	switch {
	case a.newest == "":
		d.fix("Argo Rollouts has not said anything of it yet")
	case !a.moving():
		d.fix("no new version is being rolled out")
	}
	if !a.moving() {
		return
	}
	weight := a.weight()
	second := side("canary", canary, a.newest)
	second.Weight, second.Share = int64(math.Round(weight)), weight
	d.Sides[0].Weight, d.Sides[0].Share = 100-second.Weight, 100-weight
	d.Sides = append(d.Sides, second)
	if a.aborted {
		d.fix("it was aborted: everything goes to the stable version until it is tried again or undone")
		d.warn("the spec still names the new version: the next change of it goes forward again. Undo it to stay")
	}
	if a.full {
		d.fix("it is being promoted in full")
	}
	if !a.blueGreen && members(c.Object, "spec", "strategy", "canary", "trafficRouting") == nil {
		d.warn("no router divides its traffic: the share follows the number of pods, only about as the steps say")
	}
}

// weight is the percent of the new version.
func (a argo) weight() float64 {
	if a.aborted || a.blueGreen {
		return 0
	}
	if n, ok := number(a.status, "canary", "weights", "canary", "weight"); ok && n >= 0 && n <= 100 {
		return float64(n)
	}
	weight := 0.0
	for _, step := range a.steps[:min(a.index+1, len(a.steps))] {
		if w, ok := stepWeight(step); ok {
			weight = w
		}
	}
	return weight
}

// stepWeight is the weight that a step sets, false for any other step.
func stepWeight(step any) (float64, bool) {
	n, ok := number(step, "setWeight")
	return float64(n), ok && n >= 0 && n <= 100
}

// stops are the weights that can be had from here: nothing (abort), the present
// one, those of the steps that are left, and everything.
func (a argo) stops(d Door) []float64 {
	if d.Fixed != "" || !a.moving() {
		return nil
	}
	out := []float64{0, a.weight(), 100}
	if !a.blueGreen {
		for _, step := range a.steps[a.index:] {
			if w, ok := stepWeight(step); ok {
				out = append(out, w)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stop is the index of the first step from here that sets a weight, -1 when
// none does.
func (a argo) stop(weight float64) int {
	for i := a.index; i < len(a.steps); i++ {
		if w, ok := stepWeight(a.steps[i]); ok && math.Abs(w-weight) < alike {
			return i
		}
	}
	return -1
}

// earlier reports whether a ReplicaSet of an earlier template is there to go
// back to.
func (r *reader) earlier(c *objects.Custom, a argo) bool {
	return slices.ContainsFunc(r.space.Sets, func(w *objects.Workload) bool {
		return w.Owner.UID == c.UID && c.UID != "" && w.Labels[podHash] != a.newest
	})
}

func (a argo) lamp() Lamp {
	phase, message := text(a.status, "phase"), text(a.status, "message")
	switch {
	case len(a.status) == 0:
		return Lamp{Text: "Argo Rollouts has not said anything of it yet"}
	case !a.seen:
		return Lamp{backends.Progressing, "Argo Rollouts has not seen the newest change yet"}
	case text(conditionOf(a.object, "InvalidSpec"), "status") == "True":
		return Lamp{backends.Fail, "its spec is not valid: " + text(conditionOf(a.object, "InvalidSpec"), "message")}
	case a.aborted:
		return Lamp{backends.Warn, "aborted: the stable version serves everything"}
	case phase == "Degraded":
		return Lamp{backends.Warn, "degraded: " + message}
	}
	return Lamp{backends.OK, "Argo Rollouts has taken it"}
}
