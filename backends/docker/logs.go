package docker

import (
	"context"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// tailLines is how many lines of each container come first when no time is given.
const tailLines = 300

// Logs implements backends.LogStreamer.
func (b *Backend) Logs(ctx context.Context, q backends.LogQuery) (<-chan backends.LogLine, error) {
	found, _, err := b.find(ctx)
	if err != nil {
		return nil, err
	}
	d, err := pick(found, q.Deployment)
	if err != nil {
		return nil, err
	}
	whose := make(map[string]world.Member)
	eq := engine.LogQuery{Since: q.Since, Follow: q.Follow}
	if q.Since.IsZero() {
		eq.Tail = tailLines
	}
	var names []string
	for _, v := range d.Variants {
		for _, m := range append(slices.Clone(v.Members), v.Kept...) {
			names = append(names, m.Container.Name)
			stopped := slices.ContainsFunc(v.Kept, func(k world.Member) bool { return k.Container.ID == m.Container.ID })
			if q.Variant != "" && q.Variant != v.Name || q.Replica != "" && q.Replica != m.Container.Name || stopped && q.Replica == "" {
				continue
			}
			whose[m.Container.ID] = m
			eq.IDs = append(eq.IDs, m.Container.ID)
		}
	}
	if len(eq.IDs) == 0 {
		if q.Replica != "" {
			return nil, &backends.NotFoundError{Kind: "replica", Name: q.Replica, Have: names}
		}
		return nil, &backends.NotFoundError{Kind: "variant", Name: q.Variant, Have: variantNames(d)}
	}
	lines, err := b.engine.Logs(ctx, eq)
	if err != nil {
		return nil, err
	}
	out := make(chan backends.LogLine)
	go func() {
		defer close(out)
		for l := range lines {
			m := whose[l.ID]
			line := backends.LogLine{At: l.At, Deployment: d.Name, Variant: m.Variant, Replica: m.Container.Name, Text: l.Text}
			select {
			case out <- line:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// lastLine is the end of a container's log, "" when there is none.
func (b *Backend) lastLine(ctx context.Context, id string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	lines, err := b.engine.Logs(ctx, engine.LogQuery{IDs: []string{id}, Tail: 1})
	if err != nil {
		return ""
	}
	last := ""
	for l := range lines {
		last = l.Text
	}
	return last
}

// pick finds a deployment by name.
func pick(found []world.Deployment, name string) (world.Deployment, error) {
	have := make([]string, len(found))
	for i, d := range found {
		if d.Name == name {
			return d, nil
		}
		have[i] = d.Name
	}
	return world.Deployment{}, &backends.NotFoundError{Kind: "deployment", Name: name, Have: have}
}

func variantNames(d world.Deployment) []string {
	names := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		names[i] = v.Name
	}
	return names
}
