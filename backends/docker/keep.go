package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
)

// keepEvery is how often Keep looks without an event of the engine.
const keepEvery = 5 * time.Second

// Keep mends front doors until ctx ends: one whose members came back at other
// addresses, and one that lost its split with its process. It changes no weight
// and no membership that somebody asked for, and tells what it did in the
// ledger. Only one of several pitwalls that see the same does it.
func (m *MutableBackend) Keep(ctx context.Context) {
	events := m.engine.Events(ctx, m.now())
	for ctx.Err() == nil {
		scenes, err := m.scenes(ctx)
		for _, s := range scenes {
			if err == nil && s.mendable() {
				m.mend(ctx, s)
			}
		}
		timer := time.NewTimer(keepEvery)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case _, open := <-events:
			if !open {
				events = nil
			}
			pause(ctx, 2*gather)
			for len(events) > 0 {
				<-events
			}
		}
		timer.Stop()
	}
}

// mendable reports whether a front door is to be mended: nobody is at work, and
// it sends requests where they do not belong or nowhere.
func (s scene) mendable() bool {
	if s.Found.Door == nil || !s.Found.Door.Running() || s.doorErr != nil || s.ledger != nil || s.Entry.Work != nil {
		return false
	}
	if s.lost() {
		return s.Entry.Seq > 0
	}
	return slices.ContainsFunc(s.Entry.Conf.Names(), func(name string) bool { return len(s.stale(name)) > 0 })
}

// lost reports whether a front door has forgotten its split.
func (s scene) lost() bool { return s.doorErr == nil && s.Door.Split == nil }

func (m *MutableBackend) mend(ctx context.Context, s scene) {
	text := "the front door had lost its split and was told it again: " + splitOf(s.Entry.Conf).String()
	if !s.lost() {
		var found []string
		for _, name := range s.Entry.Conf.Names() {
			for _, sentence := range s.stale(name) {
				found = append(found, sentence)
			}
		}
		slices.Sort(found)
		text = "mended: " + strings.Join(found, "; ")
	}
	want := rollout.Want(s.Scene, nil, nil)
	door, err := m.door(s.Found, s.Entry.Conf)
	if err == nil {
		err = door.Set(ctx, want, s.Door.Hash)
	}
	if errors.Is(err, frontdoor.ErrChanged) || ctx.Err() != nil {
		return // somebody else was faster
	}
	event := backends.Event{At: m.now(), Deployment: s.Found.Name, Kind: "note", State: backends.OK, Text: text}
	if err != nil {
		event.State, event.Text = backends.Fail, fmt.Sprintf("the front door could not be mended: %v", err)
	}
	// The listing goes on to show what is amiss when this cannot be told.
	_ = m.tellOnce(ctx, s, event)
}

// tellOnce records an event, unless the last one says the same.
func (m *MutableBackend) tellOnce(ctx context.Context, s scene, event backends.Event) error {
	return m.commitFrom(ctx, s, func(e *ledger.Entry) error {
		if n := len(e.Events); n > 0 && e.Events[n-1].Text == event.Text && event.State != backends.OK {
			return errSaid
		}
		e.Say(event)
		return nil
	})
}

var errSaid = errors.New("said already")
