package docker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
)

// MutableBackend is a Backend that can also change deployments. Rollouts go on
// in goroutines of its own until Close.
type MutableBackend struct {
	*Backend
	owner    string
	applying sync.Mutex  // one change of this process at a time
	atWork   atomic.Bool // from the intent of a change to its end

	ctx  context.Context // of the rollouts
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu    sync.Mutex
	rolls map[string]*roll // by deployment
}

// roll is the goroutine of a rollout.
type roll struct {
	cancel context.CancelFunc
	done   chan struct{}
	waits  string // what it waits for, "" while it goes on
}

var (
	_ backends.Changer     = (*MutableBackend)(nil)
	_ backends.SmokeTester = (*MutableBackend)(nil)
)

// Mutable gives the backend with the capabilities that change deployments.
func (b *Backend) Mutable() *MutableBackend {
	host, _ := os.Hostname()
	m := &MutableBackend{Backend: b, owner: fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:8]), rolls: make(map[string]*roll)}
	m.ctx, m.stop = context.WithCancel(context.Background())
	b.carries = m.carries
	b.idle = func(owner string) bool { return owner == m.owner && !m.atWork.Load() }
	return m
}

// carries reports whether the work of that owner goes on here, and what it waits
// for: a rollout runs, or is about to after its intent was written. On a busy
// engine the sign of life in the ledger may be late; its own process knows better.
func (m *MutableBackend) carries(deployment, owner string) (waits string, carries bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if owner != m.owner {
		return "", false
	}
	if r := m.rolls[deployment]; r != nil {
		return r.waits, true
	}
	return "", m.atWork.Load()
}

// Close stops the rollouts between two steps. What they leave half done stays
// in the ledger, where everybody sees it and resume goes on with it.
func (m *MutableBackend) Close() {
	m.stop()
	m.wg.Wait()
	m.Backend.Close()
}

// Rolling lists the deployments whose rollout this process carries out.
func (m *MutableBackend) Rolling() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.rolls))
}

// begin carries out the rollout that the ledger has.
func (m *MutableBackend) begin(s scene) {
	deployment := s.Found.Name
	m.interrupt(deployment)
	ctx, cancel := context.WithCancel(m.ctx)
	r := &roll{cancel: cancel, done: make(chan struct{})}
	m.mu.Lock()
	m.rolls[deployment] = r
	m.mu.Unlock()
	m.wg.Go(func() {
		defer close(r.done)
		defer cancel()
		roller := m.roller(s)
		roller.Waits = func(why string) {
			m.mu.Lock()
			defer m.mu.Unlock()
			r.waits = why
		}
		err := roller.Run(ctx)
		m.leave(s, err) // before it is said to run here no longer: who waits for that quits
		m.mu.Lock()
		if m.rolls[deployment] == r {
			delete(m.rolls, deployment)
		}
		m.mu.Unlock()
	})
}

// leave tells in the ledger how a rollout of this process ended before its end.
func (m *MutableBackend) leave(s scene, err error) {
	if err == nil || errors.Is(err, rollout.ErrSuperseded) {
		return
	}
	ctx, cancel := backends.Within(context.Background(), doorTimeout)
	defer cancel()
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "the pitwall that carried it out was quit"
	}
	_ = m.site(s).Commit(ctx, func(e *ledger.Entry) error { // else its silence tells, a little later
		if e.Work == nil || e.Work.Owner != m.owner {
			return rollout.ErrSuperseded
		}
		e.Work.Beat, e.Work.Left = time.Time{}, text
		e.Say(backends.Event{At: m.now(), Kind: "note", State: backends.Warn, By: e.Work.By,
			Text: e.Work.Text + " was left half done: " + text})
		return nil
	})
}

// interrupt ends the rollout of this process, wherever it is.
func (m *MutableBackend) interrupt(deployment string) {
	m.mu.Lock()
	r := m.rolls[deployment]
	m.mu.Unlock()
	if r != nil {
		r.cancel()
		<-r.done
	}
}

func (m *MutableBackend) roller(s scene) *rollout.Roller {
	return &rollout.Roller{Site: m.site(s), Containers: containers{m.engine, m.Backend}, Owner: m.owner,
		Probe: m.probe, LastLine: m.lastLine, Now: m.now,
		Start: rollout.DefaultStart, Drain: rollout.DefaultDrain, Grace: rollout.DefaultGrace}
}

// site gives the deployment of a scene to a rollout.
func (b *Backend) site(s scene) *site { return &site{b, s.Found.Name, keyOf(s.Found)} }

// commitFrom is commit for a deployment that may have no entry yet: its first
// one is what a scene shows.
func (b *Backend) commitFrom(ctx context.Context, s scene, change func(*ledger.Entry) error) error {
	if s.Entry.Seq > 0 {
		return b.site(s).Commit(ctx, change)
	}
	e := s.Entry.Clone()
	if err := change(&e); err != nil {
		return err
	}
	_, err := b.ledger.Swap(ctx, e)
	return err
}

// site is a deployment for a rollout.
type site struct {
	*Backend
	name string
	key  string // of its entry in the ledger
}

// Look implements rollout.Site.
func (s *site) Look(ctx context.Context) (rollout.Scene, error) {
	found, err := s.scene(ctx, s.name)
	if err == nil {
		err = found.ledger
	}
	return found.Scene, err
}

// Commit implements rollout.Site.
func (s *site) Commit(ctx context.Context, change func(*ledger.Entry) error) error {
	for {
		all, err := s.ledger.Load(ctx)
		if err != nil {
			return err
		}
		e := all[s.key].Clone()
		if e.Seq == 0 {
			return fmt.Errorf("the ledger of %s is gone: somebody removed its volume", s.name)
		}
		if err := change(&e); err != nil {
			return err
		}
		if _, err = s.ledger.Swap(ctx, e); !errors.Is(err, ledger.ErrLost) {
			return err
		}
	}
}

// maxTells bounds how often a front door that others change is told anew.
const maxTells = 3

// Tell implements rollout.Site.
func (s *site) Tell(ctx context.Context, edit func(rollout.Scene) (frontdoor.Want, error)) error {
	for attempt := 0; ; attempt++ {
		found, err := s.scene(ctx, s.name)
		if err == nil {
			err = errors.Join(found.doorErr, found.ledger)
		}
		if err != nil {
			return err
		}
		// The ledger's weights are what is wanted here, not the door's of now.
		for _, v := range found.recorded.Variants {
			if mine := found.Entry.Conf.Variant(v.Name); mine != nil {
				mine.Weight = v.Weight
			}
		}
		want, err := edit(found.Scene)
		if err != nil {
			return err
		}
		conf := labelled(found.Scene)
		if serves(found.Door, want) && tells(found.Door, conf) {
			return nil
		}
		door, err := s.door(found.Found, conf)
		if err != nil {
			return err
		}
		err = door.Set(ctx, want, found.Door.Hash)
		if !errors.Is(err, frontdoor.ErrChanged) || attempt == maxTells {
			return err
		}
	}
}
