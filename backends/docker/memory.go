package docker

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// Memory is what is remembered of a deployment that has no container any more.
type Memory struct {
	Deployment string
	Scope      string    // its Compose project or stack, "" none
	At         time.Time // when it was changed last, zero unknown
	key        string
}

// Memories lists what is remembered of deployments that are gone, in the order
// of their scopes and names. One whose project or stack still has a container is
// not gone: it may be found again with another configuration.
func (m *MutableBackend) Memories(ctx context.Context) ([]Memory, error) {
	found, containers, err := m.find(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := m.ledger.Load(ctx)
	if err != nil {
		return nil, err
	}
	return memories(entries, found, containers), nil
}

func memories(entries map[string]ledger.Entry, found []world.Deployment, containers []engine.Container) []Memory {
	there := make(map[string]bool)
	for _, d := range found {
		there[keyOf(d)] = true
	}
	scopes := make(map[string]bool)
	for _, c := range containers {
		scopes[c.Labels[world.ComposeProject]], scopes[c.Labels[world.LabelStack]] = true, true
	}
	out := []Memory{}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		e := entries[key]
		if there[key] || e.Scope != "" && scopes[e.Scope] {
			continue
		}
		mem := Memory{Deployment: e.Conf.Name, Scope: e.Scope, At: e.Conf.SplitAt, key: key}
		if n := len(e.Events); n > 0 && e.Events[n-1].At.After(mem.At) {
			mem.At = e.Events[n-1].At
		}
		out = append(out, mem)
	}
	slices.SortFunc(out, func(a, b Memory) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Deployment, b.Deployment))
	})
	return out
}

// Forget removes what is remembered of a deployment.
func (m *MutableBackend) Forget(ctx context.Context, memory Memory) error {
	return m.ledger.Forget(ctx, memory.key)
}
