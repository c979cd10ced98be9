package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/moby/moby/client"
)

const (
	firstRetry = 250 * time.Millisecond
	maxRetry   = 5 * time.Second
)

// errStreamEnded says that the engine ended the stream without a reason, as it
// does when it stops.
var errStreamEnded = errors.New("the engine ended the stream of events")

// follower is one stream of events over all the connections that it takes.
type follower struct {
	client *Client
	out    chan<- Event
	place  place
}

// Events follows what happens to containers, from since on (zero: from now on)
// until ctx ends, when the channel is closed. When the stream breaks it sends
// one event with Err, tries again after 250 ms, 500 ms … 5 s, sends one with
// Resumed, and goes on where it was: no event is lost that the engine still
// remembers, and none comes twice. The engine drops events for a reader that
// lags about a thousand of them behind.
func (c *Client) Events(ctx context.Context, since time.Time) <-chan Event {
	out := make(chan Event, 64)
	f := &follower{client: c, out: out, place: place{at: since}}
	go func() {
		defer close(out)
		f.run(ctx)
	}()
	return out
}

func (f *follower) run(ctx context.Context) {
	wait, broken := firstRetry, false
	for ctx.Err() == nil {
		opened, err := f.once(ctx, broken)
		if ctx.Err() != nil {
			return
		}
		if opened {
			wait, broken = firstRetry, false
		}
		if !broken && !f.send(ctx, Event{At: time.Now(), Err: err}) {
			return
		}
		broken = true
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		wait = min(2*wait, maxRetry)
	}
}

// once follows one connection to its end, and tells whether it came about.
func (f *follower) once(ctx context.Context, broken bool) (opened bool, err error) {
	const doing = "follow the engine's events"
	if f.place.at.IsZero() {
		now, err := f.client.now(ctx)
		if err != nil {
			return false, err
		}
		f.place.at = now
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := f.client.api.Events(ctx, client.EventsListOptions{Since: unixNano(f.place.at), Filters: eventFilters()})
	select {
	case err := <-r.Err: // it could not be opened, or ended at once
		return false, f.client.fail(ctx, doing, reasonOf(err))
	default:
	}
	if broken && !f.send(ctx, Event{At: time.Now(), Resumed: true}) {
		return true, ctx.Err()
	}
	for {
		select {
		case m := <-r.Messages:
			e := decodeEvent(m)
			if f.place.pass(e) {
				f.client.cache.changed(e.ID)
				if !f.send(ctx, e) {
					return true, ctx.Err()
				}
			}
		case err := <-r.Err:
			return true, f.client.fail(ctx, doing, reasonOf(err))
		}
	}
}

func reasonOf(err error) error {
	if err == nil || err == io.EOF {
		return errors.Join(errStreamEnded, io.EOF)
	}
	return err
}

func (f *follower) send(ctx context.Context, e Event) bool {
	select {
	case f.out <- e:
		return true
	case <-ctx.Done():
		return false
	}
}

// place is how far a stream of events came: its last time and the events of
// exactly that time, which the engine sends again when asked from there.
type place struct {
	at   time.Time
	seen map[key]bool
}

// key tells events of one time apart.
type key struct{ id, action, health string }

// pass reports whether the event is a new one, and moves the place to it. An
// event that is older than the place is new all the same: the engine stamps
// before it sends, so two may overtake each other.
func (p *place) pass(e Event) bool {
	k := key{e.ID, e.Action, e.Health}
	switch {
	case e.At.After(p.at):
		p.at, p.seen = e.At, map[key]bool{k: true}
	case e.At.Equal(p.at):
		if p.seen[k] {
			return false
		}
		if p.seen == nil {
			p.seen = make(map[key]bool)
		}
		p.seen[k] = true
	}
	return true
}
