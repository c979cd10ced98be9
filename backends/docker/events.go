package docker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
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
	for _, event := range told(past, found) {
		if deployment == "" || event.Deployment == deployment {
			out = append(out, event)
		}
	}
	out = slices.DeleteFunc(out, func(e backends.Event) bool { return e.At.Before(since) })
	slices.SortStableFunc(out, func(a, b backends.Event) int { return a.At.Compare(b.At) })
	return out, nil
}

// told puts the events of the engine that concern deployments into pitwall's
// words; they are in the order of time. An end is told with what came before it.
func told(past []engine.Event, found []world.Deployment) []backends.Event {
	whose := membersByID(found)
	asked, full := make(map[string]syscall.Signal), make(map[string]time.Time)
	var out []backends.Event
	for _, e := range past {
		m, known := whose[e.ID]
		if !known {
			m, known = ownedBefore(e, found)
		}
		event, tells := eventOf(e, m)
		switch e.Action {
		case "kill":
			if asked[e.ID] == 0 {
				asked[e.ID] = ends(e.Signal)
			}
		case "oom":
			full[e.ID] = e.At
		case "start":
			delete(asked, e.ID)
		case "die":
			switch signal := asked[e.ID]; {
			case signal == syscall.SIGTERM:
				event.State, event.Text = backends.OK, fmt.Sprintf("%s was stopped through the engine, status %d", event.Replica, e.ExitCode)
			case signal != 0:
				event.State, event.Text = backends.Warn, fmt.Sprintf("%s was ended through the engine with signal %s", event.Replica, signal)
			case e.At.Sub(full[e.ID]) < eventLag:
				event.Text = event.Replica + " was killed at its memory limit"
			}
		}
		if known && tells {
			out = append(out, event)
		}
	}
	return out
}

// ownedBefore tells by its labels whose a container was that is gone.
func ownedBefore(e engine.Event, found []world.Deployment) (owned, bool) {
	for _, d := range found {
		if e.Labels[world.LabelDeployment] == d.Name && e.Labels[world.LabelStack] == d.Stack {
			return owned{world.Member{Container: engine.Container{ID: e.ID, Name: e.Name}, Variant: e.Labels[world.LabelVariant]}, d.Name}, true
		}
		if service := e.Labels[world.ComposeService]; service == "" || e.Labels[world.ComposeProject] != d.Project {
			continue
		}
		for _, v := range d.Variants {
			for _, m := range append(slices.Clone(v.Members), v.Kept...) {
				if m.Container.Labels[world.ComposeService] == e.Labels[world.ComposeService] {
					return owned{world.Member{Container: engine.Container{ID: e.ID, Name: e.Name}, Variant: v.Name}, d.Name}, true
				}
			}
		}
	}
	return owned{}, false
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
	case e.Action == "destroy":
		out.Kind, out.State, out.Text = "exit", backends.Warn, name+" was removed from the engine"
	case e.Action == "pause":
		out.Kind, out.State, out.Text = "note", backends.Warn, name+" was paused"
	case e.Action == "unpause":
		out.Kind, out.Text = "note", name+" goes on"
	default:
		return out, false
	}
	return out, true
}
