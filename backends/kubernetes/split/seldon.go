package split

import (
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// experiments reads Experiments of Seldon Core 2. The default is the stable
// side where one is named.
func (r *reader) experiments() []Door {
	var doors []Door
	for _, c := range r.customs(experiment) {
		d := r.door(experiment, c, Seldon)
		d.Step = 0.01
		d.Accepted = conditionLamp(c, "ExperimentReady", "CandidatesReady")
		if members(c.Object, "spec", "mirror") != nil {
			d.warn("requests are mirrored to %s, which no weight changes", text(c.Object, "spec", "mirror", "name"))
			d.Accepted = conditionLamp(c, "ExperimentReady", "CandidatesReady", "MirrorReady")
		}
		candidates := list(c.Object, "spec", "candidates")
		r.targets(&d, candidates, 0, func(item any) target { return target{name: text(item, "name"), outside: true} })
		byDefault := text(c.Object, "spec", "default")
		for i, side := range d.Sides {
			d.Sides[i].Stable = side.Name == byDefault
			d.Sides[i].Ready = r.modelReady(c, side.Name)
		}
		d.share(false)
		d.warn("clients that send x-seldon-route back stay with the model that answered them first")
		d.how = seldonWeights{candidates}
		doors = append(doors, d)
	}
	return doors
}

// modelReady tells how many replicas of an experiment's model get requests, -1
// when nothing says: its pods are the server's, which serves many models.
func (r *reader) modelReady(c *objects.Custom, name string) int {
	model := r.space.Custom(seldonModel.groupResource(), name)
	if model == nil || text(c.Object, "spec", "resourceType") == "pipeline" {
		return -1
	}
	if text(conditionOf(model, "ModelReady"), "status") == "False" {
		return 0
	}
	if n, ok := number(model.Object, "status", "availableReplicas"); ok && n > 0 && n < heaviest {
		return int(n)
	}
	return -1
}

// seldonWeights are the candidates of an Experiment.
type seldonWeights struct{ candidates []any }

func (seldonWeights) sums() ([]int64, int64) { return []int64{100, 10000}, heaviest }

func (s seldonWeights) weigh(d Door, weights []int64) ([]Write, []string, error) {
	writes, err := one(api.JSONPatch(d.Ref, reweigh([]any{"spec", "candidates"}, s.candidates, weights)...))
	return writes, nil, err
}
