package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/events"
	"github.com/moby/moby/client"
)

// Event is something that happened to a container, or to the stream of events:
// then Err or Resumed is set and nothing else but At.
type Event struct {
	At       time.Time // by the engine's clock
	Action   string    // create, start, die, stop, kill, oom, destroy, rename, pause, unpause, health_status, update, disconnect
	ID       string
	Name     string            // a rename's is the new one
	Labels   map[string]string // the container's, and the attributes of the event itself
	ExitCode int               // of a die
	Signal   string            // of a kill, a number
	Health   string            // of a health_status: healthy, unhealthy

	Err     error // the stream broke, for this reason
	Resumed bool  // it goes on; what was missed comes next, as far as the engine remembers it (256 events)
}

// actions are those that tell about a container. Every health probe makes
// three exec_ events, which are none of them.
var actions = []string{"create", "start", "die", "stop", "kill", "oom", "destroy", "rename", "pause", "unpause", "health_status", "update"}

func eventFilters() client.Filters {
	return make(client.Filters).Add("type", "container").Add("event", actions...)
}

// PastEvents gives the events of a span of time by the engine's clock, oldest
// first; until is at most now, zero means now. An engine remembers 256 events,
// and none of before its own start.
func (c *Client) PastEvents(ctx context.Context, since, until time.Time) ([]Event, error) {
	return c.pastEvents(ctx, since, until, eventFilters())
}

// Disconnections gives the events, of a time until now, of containers that were
// taken off a network, as far as the engine remembers them. One that ends is as well.
func (c *Client) Disconnections(ctx context.Context, since time.Time) ([]Event, error) {
	past, err := c.pastEvents(ctx, since, time.Time{}, make(client.Filters).Add("type", "network").Add("event", "disconnect"))
	for i := range past {
		past[i].ID, past[i].Name = past[i].Labels["container"], "" // they were the network's
	}
	return past, err
}

func (c *Client) pastEvents(ctx context.Context, since, until time.Time, filters client.Filters) ([]Event, error) {
	now, err := c.now(ctx)
	if err != nil {
		return nil, err
	}
	if until.IsZero() || until.After(now) {
		until = now // the engine would wait for it
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := c.api.Events(ctx, client.EventsListOptions{Since: unixNano(since), Until: unixNano(until), Filters: filters})
	var past []Event
	for {
		select {
		case m := <-r.Messages:
			past = append(past, decodeEvent(m))
		case err := <-r.Err:
			if errors.Is(err, io.EOF) {
				return past, nil
			}
			return nil, c.fail(ctx, "list past events", err)
		}
	}
}

// unixNano is a time as the API takes it, without loss. The zero time is the
// beginning of all.
func unixNano(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond())
}

func decodeEvent(m events.Message) Event {
	e := Event{At: time.Unix(0, m.TimeNano), Action: string(m.Action), ID: m.Actor.ID, Labels: m.Actor.Attributes, Name: m.Actor.Attributes["name"]}
	if status, ok := strings.CutPrefix(e.Action, "health_status"); ok {
		e.Action, e.Health = "health_status", strings.TrimPrefix(status, ": ")
	}
	switch e.Action {
	case "die":
		e.ExitCode, _ = strconv.Atoi(e.Labels["exitCode"])
	case "kill":
		e.Signal = e.Labels["signal"]
	}
	return e
}
