package split

import "pitwall/backends/kubernetes/api"

// traefik reads weighted TraefikServices. A weight that is missing is 1.
func (r *reader) traefik() []Door {
	var doors []Door
	for _, k := range []kind{traefikService, traefikOld} {
		for _, c := range r.customs(k) {
			if members(c.Object, "spec", "mirroring") != nil {
				continue // it copies requests and divides none
			}
			d := r.door(k, c, Traefik)
			d.Step = 0.01
			d.Accepted = Lamp{Text: "Traefik does not say whether it has the weights: traffic shows it"}
			services := list(c.Object, "spec", "weighted", "services")
			r.targets(&d, services, 1, func(item any) target {
				name, kind := text(item, "name"), text(item, "kind")
				outside := kind != "" && kind != "Service"
				return target{name: name, service: name, namespace: text(item, "namespace"), port: word(item, "port"), outside: outside}
			})
			d.share(false)
			if at(c.Object, "spec", "weighted", "sticky") != nil {
				d.warn("a sticky cookie keeps users where they are, whatever the weights")
			}
			d.how = traefikWeights{services}
			doors = append(doors, d)
		}
	}
	return doors
}

// traefikWeights is the list of a weighted TraefikService.
type traefikWeights struct{ services []any }

func (traefikWeights) sums() ([]int64, int64) { return []int64{100, 10000}, heaviest }

func (t traefikWeights) weigh(d Door, weights []int64) ([]Write, []string, error) {
	writes, err := one(api.JSONPatch(d.Ref, reweigh([]any{"spec", "weighted", "services"}, t.services, weights)...))
	return writes, nil, err
}
