package split

import (
	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// inferences reads InferenceServices of KServe. How their traffic is divided
// depends on how they are deployed: by revisions of Knative, by the canaries of
// spec.canary (Standard since 0.20), or not at all.
func (r *reader) inferences() []Door {
	var doors []Door
	for _, c := range r.customs(inference) {
		d := r.door(inference, c, KServe)
		d.Step, d.Hosts = 1, hostOf(text(c.Object, "status", "url"))
		d.Accepted = conditionLamp(c, "PredictorReady", "IngressReady")
		switch {
		case serverless(c):
			r.serverless(&d, c)
		case len(list(c.Object, "spec", "canary")) > 0:
			r.standard(&d, c)
		default:
			d.Sides = []Side{{Name: c.Name, Service: predictorOf(c.Name), Share: 100, Stable: true, Ready: r.ready(predictorOf(c.Name), nil)}}
			if at(c.Object, "spec", "predictor", "canaryTrafficPercent") != nil {
				d.warn("canaryTrafficPercent is set and ignored: without Knative every change of the model is a full rollout")
			}
			d.fix("it has no canary: before KServe 0.20 a deployment without Knative ignores canaryTrafficPercent and rolls out to everybody; since 0.20 spec.canary makes one")
		}
		if d.Parent == nil { // one that is written by another object is asked nothing
			d.offer(backends.OpPromote, backends.OpAbort)
		}
		doors = append(doors, d)
	}
	return doors
}

// predictorOf is the Service of an InferenceService's predictor.
func predictorOf(name string) string { return name + "-predictor" }

// serverless reports whether an InferenceService is deployed on Knative.
func serverless(c *objects.Custom) bool {
	mode := text(c.Object, "status", "deploymentMode")
	if mode == "" {
		mode = c.Annotations["serving.kserve.io/deploymentMode"]
	}
	switch mode {
	case "Serverless", "Knative":
		return true
	case "":
		return at(c.Object, "status", "components", "predictor", "latestReadyRevision") != nil
	}
	return false
}

// serverless reads the two revisions between which KServe divides: the last
// that had everything, and the latest that is ready.
func (r *reader) serverless(d *Door, c *objects.Custom) {
	predictor := members(c.Object, "status", "components", "predictor")
	stable, latest := text(predictor, "latestRolledoutRevision"), text(predictor, "latestReadyRevision")
	percents := map[string]int64{}
	for _, t := range list(predictor, "traffic") {
		name := text(t, "revisionName")
		if name == "" {
			name = latest
		}
		if n, ok := number(t, "percent"); ok {
			percents[name] += n
		}
	}
	add := func(name string, stable bool) {
		w := percents[name]
		d.Sides = append(d.Sides, Side{Name: name, Service: name, Weight: w, Share: float64(w), Stable: stable, Ready: r.revisionReady(name)})
	}
	switch {
	case latest == "":
		d.fix("no revision of it is ready yet")
	case stable == "":
		add(latest, false)
		d.fix("its first revision gets everything: KServe ignores canaryTrafficPercent until one was rolled out")
	case stable == latest:
		add(latest, true)
		d.fix("%s has taken over: a percent brings nothing back, only deploying the earlier model again does", latest)
	default:
		add(stable, true)
		add(latest, false)
		d.own = 100
		d.how = kservePercent{inCanary: at(c.Object, "spec", "predictor", "canaryTrafficPercent") != nil}
		if created := text(predictor, "latestCreatedRevision"); created != "" && created != latest {
			d.warn("%s is newer and not ready: it gets the canary's share once it is", created)
		}
	}
	for _, side := range d.Sides {
		if side.Weight < 0 || side.Weight > 100 {
			d.fix("the percent of %s is %d", side.Name, side.Weight)
		}
	}
}

// revisionReady counts the ready pods of a Knative revision. None need be there
// when nobody asks: Knative starts one then, so that 0 is not known to be bad.
func (r *reader) revisionReady(name string) int {
	if n := r.readyPods(map[string]string{"serving.knative.dev/revision": name}); n > 0 {
		return n
	}
	return -1
}

// kservePercent is the percent of an InferenceService on Knative.
type kservePercent struct{ inCanary bool }

func (kservePercent) sums() ([]int64, int64) { return nil, 100 }

func (kservePercent) weigh(d Door, weights []int64) ([]Write, []string, error) {
	writes, err := predictorPatch(d, weights[1])
	var notes []string
	if weights[1] == 100 {
		notes = []string{"with 100 % the revision takes over: a percent of 0 brings nothing back afterwards"}
	}
	return writes, notes, err
}

func (k kservePercent) act(d Door, op backends.Op) (Plan, error) {
	var value any
	shares := []float64{0, 100}
	switch op {
	case backends.OpPromote:
		if d.Sides[1].Ready == 0 {
			return Plan{}, refuse(op, "%s has no ready pod", d.Sides[1].Name)
		}
	case backends.OpAbort:
		if d.Sides[1].Weight == 0 && k.inCanary {
			return Plan{}, refuse(op, "%s gets nothing already", d.Sides[1].Name)
		}
		value, shares = 0, []float64{100, 0}
	default:
		return Plan{}, refuse(op, "KServe can be asked to promote a canary or to give it nothing")
	}
	writes, err := predictorPatch(d, value)
	plan := d.outline(shares)
	plan.Patches = writes
	return plan, err
}

func predictorPatch(d Door, percent any) ([]Write, error) {
	predictor := map[string]any{"canaryTrafficPercent": percent}
	return one(api.MergePatch(d.Ref, d.Version, map[string]any{"spec": map[string]any{"predictor": predictor}}))
}
