package kubernetes

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"pitwall/backends"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// Deployments implements backends.Lister.
func (b *Backend) Deployments(ctx context.Context) ([]backends.Deployment, error) {
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	list := slices.Clone(b.listing())
	return list, b.nowhere.check(ctx, b, list)
}

// listing is every deployment as it is known now, in name order. It may be that
// of the call before: nobody changes it.
func (b *Backend) listing() []backends.Deployment {
	blind := b.blind()
	spaces, turn := b.refresh()
	if list := b.held(turn); list != nil && len(blind) == 0 {
		return list
	}
	out, lasting := []backends.Deployment{}, len(blind) == 0
	for _, s := range spaces {
		for i := range s.found {
			out = append(out, b.shown(s, i, blind.in(s.objects.Name)))
			lasting = lasting && s.well[i].Load() != nil
		}
	}
	slices.SortFunc(out, func(a, b backends.Deployment) int { return strings.Compare(a.Name, b.Name) })
	if lasting {
		b.hold(turn, out)
	}
	return out
}

// held is the listing that was made of the grouping of a turn and holds since,
// nil when there is none.
func (b *Backend) held(turn uint64) []backends.Deployment {
	b.mu.Lock()
	defer b.mu.Unlock()
	if turn != b.turn {
		return nil
	}
	return b.steady
}

// hold keeps a listing that was made of the grouping of a turn.
func (b *Backend) hold(turn uint64, list []backends.Deployment) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if turn == b.turn {
		b.steady = list
	}
}

// systems are namespaces that no model is served in. They are looked at when
// somebody names them.
var systems = []string{"kube-system", "kube-public", "kube-node-lease"}

// refresh groups anew what changed, and gives all namespaces with the turn of
// the newest grouping.
func (b *Backend) refresh() ([]*space, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range b.store.Take() {
		if name == "" || b.client.All() && slices.Contains(systems, name) {
			continue
		}
		b.turn++
		b.steady = nil
		objects := b.store.Space(name)
		found := world.Group(objects, split.Find(objects), b.options.World)
		b.spaces[name] = &space{objects, found, world.Hidden(objects, found), world.Workloads(objects, found, b.name), make([]atomic.Pointer[backends.Deployment], len(found))}
	}
	out := make([]*space, 0, len(b.spaces))
	for _, s := range b.spaces {
		out = append(out, s)
	}
	return out, b.turn
}
