package docker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// Events implements backends.Eventer: what the ledger tells of changes, and what
// the engine still knows of the containers (it forgets all but the last few
// hundred events).
func (b *Backend) Events(ctx context.Context, deployment string, since time.Time) ([]backends.Event, error) {
	found, _, err := b.find(ctx)
	if err != nil {
		return nil, err
	}
	if deployment != "" {
		if _, err := pick(found, deployment); err != nil {
			return nil, err
		}
	}
	entries, err := b.ledger.Load(ctx)
	if err != nil {
		return nil, err
	}
	out := []backends.Event{}
	for _, d := range found {
		if deployment == "" || d.Name == deployment {
			out = append(out, entries[keyOf(d)].Events...)
		}
	}
	var past []engine.Event
	if now := b.now(); since.Before(now) {
		if past, err = b.engine.PastEvents(ctx, since, now); err != nil {
			return nil, err
		}
	}
	whose := membersByID(found)
	for _, e := range past {
		m, known := whose[e.ID]
		if event, tells := eventOf(e, m); known && tells && (deployment == "" || event.Deployment == deployment) {
			out = append(out, event)
		}
	}
	out = slices.DeleteFunc(out, func(e backends.Event) bool { return e.At.Before(since) })
	slices.SortStableFunc(out, func(a, b backends.Event) int { return a.At.Compare(b.At) })
	return out, nil
}

// owned is a container with the deployment that it belongs to.
type owned struct {
	world.Member
	deployment string
}

func membersByID(found []world.Deployment) map[string]owned {
	out := make(map[string]owned)
	for _, d := range found {
		for _, v := range d.Variants {
			for _, m := range append(slices.Clone(v.Members), v.Kept...) {
				out[m.Container.ID] = owned{m, d.Name}
			}
		}
		if d.Door != nil {
			out[d.Door.ID] = owned{world.Member{Container: *d.Door}, d.Name}
		}
	}
	return out
}

// eventOf puts an event of the engine into pitwall's words; false for one that
// tells nobody anything.
func eventOf(e engine.Event, m owned) (backends.Event, bool) {
	out := backends.Event{At: e.At, Deployment: m.deployment, Variant: m.Variant, Replica: m.Container.Name, State: backends.OK}
	name := m.Container.Name
	switch {
	case e.Action == "start":
		out.Kind, out.Text = "start", name+" started"
	case e.Action == "die":
		out.Kind, out.State, out.Text = "exit", backends.Fail, fmt.Sprintf("%s ended with status %d", name, e.ExitCode)
		if e.ExitCode == 0 {
			out.State, out.Text = backends.OK, name+" ended"
		}
	case e.Action == "oom":
		out.Kind, out.State, out.Text = "exit", backends.Fail, name+" came to its memory limit"
	case strings.HasPrefix(e.Action, "health_status"):
		out.Kind, out.Text = "ready", name+" is healthy"
		if e.Health != "healthy" {
			out.Kind, out.State, out.Text = "unready", backends.Fail, name+" is unhealthy: its health probe fails"
		}
	case e.Action == "pause":
		out.Kind, out.State, out.Text = "note", backends.Warn, name+" was paused"
	case e.Action == "unpause":
		out.Kind, out.Text = "note", name+" goes on"
	default:
		return out, false
	}
	return out, true
}
