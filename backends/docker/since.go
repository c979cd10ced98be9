package docker

import (
	"context"
	"maps"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// shown is a deployment as a listing shows it. A state that this process did
// not see begin is as old as its containers and the engine tell, and has no age
// where they do not: when pitwall began to look tells nobody anything.
func (b *Backend) shown(ctx context.Context, s scene) backends.Deployment {
	d := join(s)
	b.mu.Lock()
	was, known := b.since[d.Name]
	b.mu.Unlock()
	now := entered{d.State, s.at}
	switch same := was.state == d.State; {
	case known && same && !was.at.IsZero():
		now = was
	case !known || same:
		now.at = b.turned(ctx, s, d)
	}
	b.mu.Lock()
	b.since[d.Name] = now
	b.mu.Unlock()
	d.Since = now.at
	return d
}

// turned is when a deployment came into its state, zero when nobody knows.
func (b *Backend) turned(ctx context.Context, s scene, d backends.Deployment) time.Time {
	if r, amiss := s.doorTrouble(); amiss && r.State == d.State {
		return r.Since
	}
	switch d.State {
	case backends.OK:
		return s.renewed()
	case backends.Warn, backends.Fail:
		return b.worsened(ctx, s, d)
	}
	if d.Rollout != nil {
		return d.Rollout.StartedAt
	}
	return s.renewed()
}

// renewed is when the newest of what runs was started.
func (s scene) renewed() time.Time {
	var last time.Time
	note := func(at time.Time) {
		if at.After(last) {
			last = at
		}
	}
	if s.Found.Door != nil {
		note(s.Found.Door.StartedAt)
	}
	for _, v := range s.Found.Variants {
		for _, m := range v.Members {
			note(m.Container.StartedAt)
		}
	}
	return last
}

// worsened is when the newest of the replicas' troubles began, zero when it is
// not known of every one.
func (b *Backend) worsened(ctx context.Context, s scene, d backends.Deployment) time.Time {
	var last time.Time
	for _, v := range d.Variants {
		for _, r := range v.Replicas {
			if r.State != backends.Fail && r.State != backends.Warn && r.State != backends.Paused {
				continue
			}
			at, asks := s.beginning(v.Name, r)
			if asks.action != "" {
				at = b.traced(ctx, asks)
			}
			if at.IsZero() {
				return at
			}
			if at.After(last) {
				last = at
			}
		}
	}
	if ro := s.Entry.Conf.Rollout; last.IsZero() && ro != nil && ro.Failed {
		return ro.EndedAt
	}
	return last
}

// trace is an event of the engine that tells when a trouble began.
type trace struct {
	action string // "" for none
	whose  string // ID of the container, or its name when it is gone
}

// beginning is when a replica's trouble began, or the event that tells.
func (s scene) beginning(variant string, r backends.Replica) (time.Time, trace) {
	i := slices.IndexFunc(s.containers, func(c engine.Container) bool { return c.Name == r.Name })
	if r.Cause == backends.CauseRemoved || i < 0 {
		return time.Time{}, trace{"destroy", r.Name}
	}
	c := s.containers[i]
	switch {
	case c.Status == "paused":
		found, _ := s.Found.Variant(variant)
		for _, m := range found.Members {
			if m.Container.ID == c.ID {
				return m.End.Paused, trace{}
			}
		}
	case c.Status == "created":
		return c.Created, trace{}
	case !c.Running():
		if c.FinishedAt.Year() > 1970 {
			return c.FinishedAt, trace{}
		}
	case r.Cause == backends.CauseStaleAddress:
		return s.misled(variant, c), trace{}
	case r.Cause == backends.CauseUnhealthy:
		return time.Time{}, trace{"health_status", c.ID}
	case s.Found.Door != nil && world.Apart(*s.Found.Door, c):
		return time.Time{}, trace{"disconnect", c.ID}
	}
	return time.Time{}, trace{}
}

// misled is when the address that the front door has of a container came to be
// another's or nobody's: when either was started.
func (s scene) misled(variant string, c engine.Container) time.Time {
	at := c.StartedAt
	for _, m := range s.Door.Members[variant] {
		if m.Name != c.Name {
			continue
		}
		for _, holder := range s.containers {
			if slices.Contains(slices.Collect(maps.Values(holder.Networks)), m.Host) && holder.StartedAt.After(at) {
				at = holder.StartedAt
			}
		}
	}
	return at
}

// turn is what was found out about when a trouble began.
type turn struct {
	at    time.Time // zero while nobody knows
	first time.Time // when that was asked for first
}

// traced finds the newest event of a kind. The engine tells it for as long as it
// remembers, and may do so a moment after the listing.
func (b *Backend) traced(ctx context.Context, t trace) time.Time {
	b.learning.Lock()
	defer b.learning.Unlock()
	now := b.now()
	maps.DeleteFunc(b.turns, func(_ trace, old turn) bool { return now.Sub(old.first) > endsBack })
	found, known := b.turns[t]
	if !known {
		found.first = now
	}
	if !found.at.IsZero() || now.Sub(found.first) > eventLag {
		return found.at
	}
	ask := func(ctx context.Context, since time.Time) ([]engine.Event, error) {
		return b.engine.PastEvents(ctx, since, time.Time{})
	}
	if t.action == "disconnect" {
		ask = b.engine.Disconnections
	}
	past, err := ask(ctx, now.Add(-endsBack))
	if err != nil {
		return time.Time{} // a listing is worth more than that
	}
	for _, e := range past {
		if e.Action == t.action && (e.ID == t.whose || e.Name == t.whose) && e.Health != "healthy" {
			found.at = e.At
		}
	}
	b.turns[t] = found
	return found.at
}
