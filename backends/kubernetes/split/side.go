package split

import (
	"fmt"
	"maps"
)

// heaviest is the greatest weight that is believed: that of Istio.
const heaviest = 1<<31 - 1

// target is one target of a list of weights, as it is read.
type target struct {
	name, service, namespace string
	port                     string            // told apart by it when names are the same
	selector                 map[string]string // beside the Service's
	outside                  bool              // no Service that pitwall could know
}

// targets reads the sides of a door out of a list with weights. A weight that
// is missing counts as absent.
func (r *reader) targets(d *Door, read []any, absent int64, of func(any) target) {
	seen := map[string]bool{}
	for i, item := range read {
		if members(item) == nil {
			d.fix("its target %d is no object", i+1)
		}
		t := of(item)
		side := Side{Name: t.name, Selector: t.selector, Ready: -1}
		if side.Name == "" {
			side.Name = fmt.Sprintf("target %d", i+1)
			d.fix("its target %d has no name", i+1)
		}
		if seen[side.Name] && t.port != "" {
			side.Name += ":" + t.port
		}
		side.Name = distinct(seen, side.Name, i)
		switch {
		case t.outside:
		case t.namespace != "" && t.namespace != d.Namespace:
			side.Elsewhere = t.namespace
		default:
			side.Service = t.service
			side.Ready = r.ready(t.service, t.selector)
		}
		weight, err := weightOf(item, "weight", absent)
		if err != nil {
			d.fix("the weight of %s %s", side.Name, err)
		}
		side.Weight = weight
		d.Sides = append(d.Sides, side)
	}
}

// distinct gives a side a name that no side before it has: splits are given by
// name.
func distinct(seen map[string]bool, name string, index int) string {
	for seen[name] {
		name += fmt.Sprintf(" (%d)", index+1)
	}
	seen[name] = true
	return name
}

// weightOf reads a weight; what cannot be one is an error and counts as 0.
func weightOf(item any, name string, absent int64) (int64, error) {
	if at(item, name) == nil {
		return absent, nil
	}
	n, ok := number(item, name)
	switch {
	case !ok:
		return 0, fmt.Errorf("is no whole number: %.40v", at(item, name))
	case n < 0:
		return 0, fmt.Errorf("is negative: %d", n)
	case n > heaviest:
		return 0, fmt.Errorf("is too great: %d", n)
	}
	return n, nil
}

// share sets the share of each side of a door with relative weights. A lone
// side gets everything whatever its weight where the mechanism says so.
func (d *Door) share(lone bool) {
	d.own = 0
	for _, side := range d.Sides {
		d.own += side.Weight
	}
	for i := range d.Sides {
		if d.own > 0 {
			d.Sides[i].Share = 100 * float64(d.Sides[i].Weight) / float64(d.own)
		}
	}
	switch {
	case len(d.Sides) == 0:
		d.fix("it sends the requests nowhere")
	case len(d.Sides) == 1:
		if lone {
			d.Sides[0].Share = 100
		}
		d.fix("it has one target only: there is nothing to divide")
	case d.own == 0:
		d.warn("no side gets a request: all weights are 0")
	}
}

// ready counts the pods behind a Service, of those that a selector chooses,
// that get requests; -1 when nothing that was read tells.
func (r *reader) ready(name string, selector map[string]string) int {
	s := r.space.Service(name)
	if s == nil {
		if len(r.space.Services) == 0 {
			return -1 // Services cannot be seen
		}
		return 0
	}
	endpoints, ok := r.index.endpoints[name]
	switch {
	case s.Type == "ExternalName":
		return -1
	case !ok && len(s.Selector) == 0:
		return -1
	case !ok:
		return r.readyPods(joined(s.Selector, selector))
	}
	n := 0
	if len(selector) == 0 {
		for _, ready := range endpoints {
			if ready {
				n++
			}
		}
		return n
	}
	if len(r.space.Pods) == 0 {
		return -1
	}
	for _, p := range r.space.Chosen(selector) {
		if endpoints[p.Name] {
			n++
		}
	}
	return n
}

// readyPods counts the ready pods that a selector chooses; -1 when no pod can
// be seen.
func (r *reader) readyPods(selector map[string]string) int {
	if len(r.space.Pods) == 0 {
		return -1
	}
	n := 0
	for _, p := range r.space.Chosen(selector) {
		if p.Ready && p.Deleted.IsZero() {
			n++
		}
	}
	return n
}

// joined is a selector with the labels of both.
func joined(a, b map[string]string) map[string]string {
	out := make(map[string]string, len(a)+len(b))
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}
