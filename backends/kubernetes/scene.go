package kubernetes

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// shown is a deployment as a listing shows it.
func (b *Backend) shown(s *space, i int, blind []string) backends.Deployment {
	if d := s.well[i].Load(); d != nil && len(blind) == 0 {
		return *d
	}
	now, found := b.options.Now(), s.found[i]
	d := join(s.objects, found, now)
	d.Name = b.name(found)
	b.attend(&d)
	d.State, d.Reason = judge(d, found, blind)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch was, known := b.since[d.Name]; {
	case !known: // nobody looked before: the pods tell
		b.since[d.Name] = entered{d.State, turned(found)}
	case was.state != d.State:
		b.since[d.Name] = entered{d.State, now}
	}
	d.Since = b.since[d.Name].at
	if len(blind) == 0 && timeless(d) {
		s.well[i].Store(&d)
	}
	return d
}

// timeless reports whether a deployment looks the same until an object of it
// changes: what is not well gets worse by waiting.
func timeless(d backends.Deployment) bool {
	return d.State == backends.OK && d.Rollout == nil && !slices.ContainsFunc(d.Variants, func(v backends.Variant) bool {
		return slices.ContainsFunc(v.Replicas, func(r backends.Replica) bool { return r.State != backends.OK })
	})
}

// turned is when a pod of a deployment became ready, or stopped to be, last.
func turned(d world.Deployment) time.Time {
	var last time.Time
	for _, v := range d.Variants {
		for _, p := range v.Pods {
			if at := cmp.Or(p.ReadySince, p.Created); at.After(last) {
				last = at
			}
		}
	}
	return last
}

// name is unique among all that are looked at.
func (b *Backend) name(d world.Deployment) string {
	if len(b.client.Namespaces) == 1 && !b.client.All() {
		return d.Name
	}
	return d.Namespace + "/" + d.Name
}

// scene is one deployment with everything of its namespace.
type scene struct {
	space *objects.Space
	found world.Deployment
	shown backends.Deployment
}

// all are the scenes of every deployment, in no order.
func (b *Backend) all() []scene {
	var out []scene
	blind := b.blind()
	spaces, _ := b.refresh()
	for _, s := range spaces {
		for i, d := range s.found {
			out = append(out, scene{s.objects, d, b.shown(s, i, blind.in(s.objects.Name))})
		}
	}
	return out
}

// scene reads one deployment.
func (b *Backend) scene(ctx context.Context, name string) (scene, error) {
	if err := b.settle(ctx); err != nil {
		return scene{}, err
	}
	blind, names := b.blind(), []string{}
	spaces, _ := b.refresh()
	for _, s := range spaces {
		for i, d := range s.found {
			if b.name(d) == name {
				return scene{s.objects, d, b.shown(s, i, blind.in(s.objects.Name))}, nil
			}
			names = append(names, b.name(d))
		}
	}
	slices.Sort(names)
	return scene{}, &backends.NotFoundError{Kind: "deployment", Name: name, Have: names}
}
