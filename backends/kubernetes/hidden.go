package kubernetes

import (
	"slices"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

var _ backends.Hider = (*Backend)(nil)

// Hidden implements backends.Hider: the workloads that are not taken for model
// servers, as of the last listing.
func (b *Backend) Hidden() backends.Hidden {
	out := backends.Hidden{Why: "they do not look like model servers", Next: "The label " + world.LabelDeployment + " shows one, kubernetes.selector in the configuration chooses others"}
	if selector := b.options.World.Selector; len(selector) > 0 {
		out.Why, out.Next = "they have not the labels "+objects.FormatSelector(selector), "The kubernetes.selector of the configuration chooses others"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for space, s := range b.spaces {
		for _, name := range s.hidden {
			out.Names = append(out.Names, b.name(world.Deployment{Namespace: space, Name: name}))
		}
	}
	slices.Sort(out.Names)
	return out
}
