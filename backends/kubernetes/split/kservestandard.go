package split

import (
	"maps"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// standard reads the canaries of an InferenceService without Knative (0.20 and
// later). KServe writes the route's weights itself from their percents.
func (r *reader) standard(d *Door, c *objects.Custom) {
	canaries := list(c.Object, "spec", "canary")
	name := text(c.Object, "spec", "predictor", "name")
	stable := Side{Name: name, Service: predictorOf(c.Name), Stable: true, Ready: r.ready(predictorOf(c.Name), nil)}
	if stable.Name == "" {
		stable.Name = predictorOf(c.Name)
	}
	d.Sides = []Side{stable}
	left := int64(100)
	seen := map[string]bool{stable.Name: true}
	for i, item := range canaries {
		side := Side{Name: text(item, "predictor", "name"), Ready: -1}
		if side.Name == "" || seen[side.Name] {
			d.fix("its canary %d has no name of its own", i+1)
		}
		side.Name = distinct(seen, side.Name, i)
		weight, err := weightOf(item, "trafficPercent", 0)
		if err != nil {
			d.fix("the percent of %s %s", side.Name, err)
		}
		side.Weight, side.Share = weight, float64(weight)
		left -= weight
		for _, status := range list(c.Object, "status", "canaryStatuses") {
			if text(status, "name") == side.Name && at(status, "ready") == false {
				side.Ready = 0
				if weight > 0 {
					d.warn("%s is not ready and gets %d %% of the requests: KServe 0.20.0-rc1 sends them to nobody", side.Name, weight)
				}
			}
		}
		d.Sides = append(d.Sides, side)
	}
	d.Sides[0].Weight, d.Sides[0].Share = left, float64(left)
	if left < 0 {
		d.fix("its canaries get %d %% together", 100-left)
	}
	d.own = 100
	d.how = kserveCanaries{canaries, members(c.Object, "spec", "predictor")}
}

// kserveCanaries are the entries of spec.canary, and the stable predictor.
type kserveCanaries struct {
	entries   []any
	predictor map[string]any
}

func (kserveCanaries) sums() ([]int64, int64) { return nil, 100 }

func (k kserveCanaries) weigh(d Door, weights []int64) ([]Write, []string, error) {
	ops := []api.Op{api.Test("/spec/canary", k.entries)}
	for i, w := range weights[1:] {
		if w != d.Sides[i+1].Weight {
			ops = append(ops, api.Add(api.Pointer("spec", "canary", i, "trafficPercent"), w))
		}
	}
	writes, err := one(api.JSONPatch(d.Ref, ops...))
	return writes, nil, err
}

func (k kserveCanaries) act(d Door, op backends.Op) (Plan, error) {
	switch op {
	case backends.OpPromote:
		return k.promote(d)
	case backends.OpAbort:
		weights := make([]int64, len(d.Sides))
		if weights[0] = 100; d.Sides[0].Weight == 100 {
			return Plan{}, refuse(op, "no canary gets anything")
		}
		shares := make([]float64, len(d.Sides))
		shares[0] = 100
		plan := d.outline(shares)
		var err error
		plan.Patches, plan.Notes, err = k.weigh(d, weights)
		return plan, err
	}
	return Plan{}, refuse(op, "KServe can be asked to promote a canary or to give it nothing")
}

// promote makes the canary's predictor the stable one and takes its entry away
// in one patch, which restarts no pod. How many replicas there may be stays as
// the stable predictor has it: a canary cannot say.
func (k kserveCanaries) promote(d Door) (Plan, error) {
	if len(k.entries) != 1 {
		return Plan{}, refuse(backends.OpPromote, "there are %d canaries: take away those that should not win first", len(k.entries))
	}
	if d.Sides[1].Ready == 0 {
		return Plan{}, refuse(backends.OpPromote, "%s is not ready", d.Sides[1].Name)
	}
	predictor := maps.Clone(members(k.entries, 0, "predictor"))
	if predictor == nil {
		return Plan{}, refuse(backends.OpPromote, "the canary has no predictor")
	}
	for _, name := range []string{"minReplicas", "maxReplicas", "scaleTarget", "scaleMetric", "autoScaling"} {
		if value, ok := k.predictor[name]; ok {
			predictor[name] = value
		}
	}
	writes, err := one(api.JSONPatch(d.Ref, api.Test("/spec/canary", k.entries), api.Test("/spec/predictor", k.predictor),
		api.Replace("/spec/predictor", predictor), api.Remove("/spec/canary")))
	plan := d.outline([]float64{0, 100})
	plan.Patches = writes
	return plan, err
}
