package docker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
	"pitwall/backends/internal/flow"
)

// keepEvery is how often Keep looks without an event of the engine.
const keepEvery = 5 * time.Second

// Keep mends front doors until ctx ends: one whose members came back at other
// addresses or were made anew, one that lost its split with its process, and one
// whose file is behind what it does. It changes no weight and no membership that
// somebody asked for, and tells what it did in the ledger. Only one of several pitwalls that see the same does it.
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
			flow.Sleep(ctx, 2*gather)
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
	return s.behind() || len(s.replaced()) > 0 || len(s.misnamed()) > 0 || len(s.lacking()) > 0 || slices.ContainsFunc(s.Entry.Conf.Names(), func(name string) bool { return len(s.stale(name)) > 0 })
}

// replaced are the variants whose containers somebody else made anew and of
// which one is ready to be sent to.
func (s scene) replaced() []string {
	var out []string
	for _, v := range s.Found.Variants {
		well := func(m world.Member) bool { return world.Replica(m, "").State == backends.OK }
		if rollout.Replaced(s.Scene, v) && slices.ContainsFunc(v.Members, well) {
			out = append(out, v.Name)
		}
	}
	return out
}

// misnamed tells which containers have the address of one that is gone and
// that the front door still names.
func (s scene) misnamed() []string {
	var out []string
	for _, v := range s.Found.Variants {
		for _, d := range s.Door.Members[v.Name] {
			for _, m := range v.Members {
				if rollout.Took(s.Scene, d, m) {
					out = append(out, fmt.Sprintf("the front door named %s, which is gone, where %s is now", d.Name, m.Container.Name))
				}
			}
		}
	}
	return out
}

// lacking tells which containers that are well the front door lacks.
func (s scene) lacking() []string {
	var out []string
	for _, v := range s.Found.Variants {
		for _, m := range v.Members {
			if rollout.Lacks(s.Scene, v, m) && world.Replica(m, "").State == backends.OK {
				out = append(out, m.Container.Name+" was made anew without pitwall, and the front door did not send to it")
			}
		}
	}
	return out
}

// behind reports whether the file of a front door is as pitwall left it earlier,
// while the door does what was asked for last: it was not written then.
func (s scene) behind() bool {
	return s.doorErr == nil && s.Door.Apart != nil && s.Door.Apart.Behind && s.asked()
}

// asked reports whether the weights of the front door are those that somebody
// asked pitwall for, as near as whole weights of servers come to them.
func (s scene) asked() bool {
	const near = 0.5
	for _, v := range s.recorded.Variants {
		if math.Abs(s.Door.Split[v.Name]-v.Weight) > near {
			return false
		}
	}
	return len(s.recorded.Variants) > 0
}

// remembered gives a scene the weights that somebody asked for, where the door
// has them as near as it can.
func (s scene) remembered() scene {
	if !s.asked() {
		return s
	}
	s.Entry = s.Entry.Clone()
	s.Entry.Conf.SplitBy, s.Entry.Conf.SplitAt = s.recorded.SplitBy, s.recorded.SplitAt
	for _, v := range s.recorded.Variants {
		if mine := s.Entry.Conf.Variant(v.Name); mine != nil {
			mine.Weight = v.Weight
		}
	}
	return s
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
		found = append(append(found, s.misnamed()...), s.lacking()...)
		for _, name := range s.replaced() {
			found = append(found, "the containers of "+name+" were made anew without pitwall, and the front door did not send to them")
		}
		if s.behind() {
			found = append(found, "the front door's file was behind what it does and was written: "+s.Door.Apart.Text)
		}
		slices.Sort(found)
		text = "mended: " + strings.Join(found, "; ")
	}
	replaced := s.replaced()
	for _, v := range s.Found.Variants {
		all := slices.Contains(replaced, v.Name)
		unready := func(member world.Member) bool {
			return (all || rollout.Lacks(s.Scene, v, member)) && m.probe(ctx, member) != nil
		}
		if slices.ContainsFunc(v.Members, unready) {
			return // not yet
		}
	}
	want := rollout.Want(s.remembered().Scene, nil, nil)
	if serves(s.Door, want) && !s.behind() {
		return // nothing else can be told it
	}
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
