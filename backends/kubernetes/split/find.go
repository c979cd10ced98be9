package split

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// Find gives every front door of a namespace, in the order of their names. An
// object that cannot be read is listed too, Fixed with what is wrong with it.
func Find(space *objects.Space) []Door {
	r := &reader{space: space, index: newIndex(space), claims: claims(space)}
	var doors []Door
	for _, read := range []func() []Door{r.gateway, r.istio, r.traefik, r.nginx, r.alb, r.experiments, r.knative, r.inferences, r.rollouts} {
		doors = append(doors, read()...)
	}
	doors = append(doors, r.canaries(doors)...)
	doors = append(doors, r.services(doors)...)
	slices.SortStableFunc(doors, func(a, b Door) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Mechanism, b.Mechanism), cmp.Compare(a.Kind, b.Kind))
	})
	return doors
}

// reader reads the doors of one namespace.
type reader struct {
	space  *objects.Space
	index  index
	claims map[claimed]api.Ref
}

// claimed names an object that a controller writes without owning it.
type claimed struct {
	resource schema.GroupResource
	name     string
}

// customs are the objects of a kind.
func (r *reader) customs(k kind) []*objects.Custom { return r.space.Customs[k.groupResource()] }

// door is a door at an object: everything but its sides.
func (r *reader) door(k kind, c *objects.Custom, m Mechanism) Door {
	return r.opened(Door{Ref: refOf(k, c), Mechanism: m}, c.Meta)
}

// opened fills in what the metadata of a door's object tells.
func (r *reader) opened(d Door, m objects.Meta) Door {
	d.Version, d.Generation = m.ResourceVersion, m.Generation
	for _, manager := range m.Managers { // the last writer stands first
		if manager.Subresource == "" {
			d.SetBy, d.SetAt = manager.Name, manager.At
			break
		}
	}
	d.Parent = r.parent(d.Resource.GroupResource(), m)
	switch {
	case !m.Deleted.IsZero():
		d.gone, d.Fixed = true, "it is being deleted"
	case d.Parent != nil:
		d.Fixed = fmt.Sprintf("the %s writes it and would undo a change: change the split there", *d.Parent)
	}
	return d
}

// parent finds the topmost controller that writes an object: its owner, or one
// that names it in its own spec.
func (r *reader) parent(resource schema.GroupResource, m objects.Meta) *api.Ref {
	var top *api.Ref
	for range 8 { // owners that own each other end it
		ref, ok := r.claims[claimed{resource, m.Name}]
		if m.Owner.Name != "" {
			ref, ok = refOfOwner(m.Namespace, m.Owner), true
		}
		if !ok {
			break
		}
		top = &ref
		owner := r.space.Custom(ref.Resource.GroupResource(), ref.Name)
		if owner == nil {
			break
		}
		resource, m = ref.Resource.GroupResource(), owner.Meta
	}
	return top
}

// fix says why a door cannot be changed; the first reason stands.
func (d *Door) fix(format string, args ...any) {
	if d.Fixed == "" {
		d.Fixed = fmt.Sprintf(format, args...)
	}
}

func (d *Door) warn(format string, args ...any) {
	d.Warnings = append(d.Warnings, fmt.Sprintf(format, args...))
}
