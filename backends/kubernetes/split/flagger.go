package split

import (
	"fmt"
	"math"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// canaries reads Canaries of Flagger, which moves the weights itself, by the
// routes that were read before. The Deployment X is the canary there, and
// X-primary is production.
func (r *reader) canaries(routes []Door) []Door {
	written := map[string][]Door{}
	for _, route := range routes {
		if route.Parent != nil && route.Parent.Kind == flaggerCanary.name {
			written[route.Parent.Name] = append(written[route.Parent.Name], route)
		}
	}
	var doors []Door
	for _, c := range r.customs(flaggerCanary) {
		d := r.door(flaggerCanary, c, Flagger)
		name := flaggerService(c)
		weight, _ := number(c.Object, "status", "canaryWeight")
		share := math.Max(0, math.Min(100, float64(weight)))
		d.Hosts = texts(c.Object, "spec", "service", "hosts")
		d.Sides = []Side{
			{Name: "primary", Service: name + "-primary", Share: 100 - share, Stable: true, Ready: r.ready(name+"-primary", nil)},
			{Name: "canary", Service: name + "-canary", Share: share, Ready: r.ready(name+"-canary", nil)},
		}
		d.takeWeights(written[c.Name], name+"-canary")
		d.fix("Flagger moves the weights itself, by its analysis: hold them, let them go on, or skip the analysis")
		d.Rollout = flaggerRollout(c)
		d.Accepted = flaggerLamp(c)
		if at(c.Object, "spec", "analysis", "sessionAffinity") != nil {
			d.warn("only users of the canary stick to their side: its share creeps up while its weight is held")
		}
		d.how = flaggerSpec{suspended: flag(c.Object, "spec", "suspend"), skips: flag(c.Object, "spec", "skipAnalysis"), phase: text(c.Object, "status", "phase")}
		if d.Parent == nil {
			d.offer(backends.OpPause, backends.OpResume, backends.OpPromote)
		}
		doors = append(doors, d)
	}
	return doors
}

// flaggerService is the name that Flagger derives its Services from.
func flaggerService(c *objects.Custom) string {
	if name := text(c.Object, "spec", "service", "name"); name != "" {
		return name
	}
	return text(c.Object, "spec", "targetRef", "name")
}

// takeWeights takes the weights from the route that Flagger writes: its status
// may say 0 while the route still divides (flagger#1819).
func (d *Door) takeWeights(routes []Door, canary string) {
	for _, route := range routes {
		for _, side := range route.Sides {
			if side.Service != canary || len(route.Sides) < 2 {
				continue
			}
			if math.Abs(side.Share-d.Sides[1].Share) >= 1 {
				d.warn("the status says %s for the canary, the %s gives it %s", percent(d.Sides[1].Share), route.Ref, percent(side.Share))
			}
			d.Sides[1].Weight, d.Sides[1].Share = side.Weight, side.Share
			d.Sides[0].Weight, d.Sides[0].Share = route.own-side.Weight, 100-side.Share
			d.SetBy, d.SetAt = route.SetBy, route.SetAt
			return
		}
	}
}

func flaggerRollout(c *objects.Custom) *Rollout {
	phase := text(c.Object, "status", "phase")
	out := &Rollout{Phase: phase, Since: moment(c.Object, "status", "lastTransitionTime"),
		Message: text(conditionOf(c, "Promoted"), "message"), Aborted: phase == "Failed",
		Paused: flag(c.Object, "spec", "suspend") || phase == "Waiting" || phase == "WaitingPromotion"}
	iterations, _ := number(c.Object, "status", "iterations")
	out.Step = int(max(0, min(iterations, heaviest)))
	if failed, _ := number(c.Object, "status", "failedChecks"); failed > 0 {
		out.Message = fmt.Sprintf("%d failed checks. %s", failed, out.Message)
	}
	return out
}

func flaggerLamp(c *objects.Custom) Lamp {
	switch phase := text(c.Object, "status", "phase"); phase {
	case "":
		return Lamp{Text: "Flagger has not said anything of it"}
	case "Failed":
		return Lamp{backends.Warn, "Flagger gave the canary up and sends everything to the primary"}
	case "Initialized", "Succeeded":
		return Lamp{backends.OK, "Flagger waits for a new version"}
	case "Waiting", "WaitingPromotion":
		return Lamp{backends.Paused, "Flagger waits for a gate to open"}
	default:
		return Lamp{backends.Progressing, "Flagger is " + phase}
	}
}

// flaggerSpec is what can be asked of Flagger through its Canary.
type flaggerSpec struct {
	suspended, skips bool
	phase            string
}

func (f flaggerSpec) act(d Door, op backends.Op) (Plan, error) {
	var name string
	var value bool
	var note string
	switch op {
	case backends.OpPause:
		if f.suspended {
			return Plan{}, refuse(op, "Flagger is suspended already")
		}
		name, value, note = "suspend", true, "the weights stay as they are until it is resumed"
	case backends.OpResume:
		if !f.suspended {
			return Plan{}, refuse(op, "Flagger is not suspended; a gate opens by its webhook only")
		}
		name, note = "suspend", "Flagger goes on with its next tick"
	case backends.OpPromote:
		if f.skips {
			return Plan{}, refuse(op, "the analysis is skipped already")
		}
		name, value, note = "skipAnalysis", true, "this and every later version is promoted without an analysis until skipAnalysis is taken back"
	case backends.OpAbort:
		return Plan{}, refuse(op, "Flagger has no abort: only its analysis or a rollback webhook gives a canary up. Pause it to hold the weights")
	default:
		return Plan{}, refuse(op, "Flagger can be paused, resumed, or told to skip its analysis")
	}
	writes, err := one(api.MergePatch(d.Ref, d.Version, map[string]any{"spec": map[string]any{name: value}}))
	effect := backends.Effect{What: name + " of the canary", Before: fmt.Sprint(!value), After: fmt.Sprint(value)}
	return Plan{Patches: writes, Effects: []backends.Effect{effect}, Notes: []string{note}}, err
}
