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
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
)

// MutableBackend is a Backend that can also change deployments. Rollouts go on
// in goroutines of its own until Close.
type MutableBackend struct {
	*Backend
	owner    string
	applying sync.Mutex // one change of this process at a time

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
	return m
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
		err := m.roller(s).Run(ctx)
		m.mu.Lock()
		if m.rolls[deployment] == r {
			delete(m.rolls, deployment)
		}
		m.mu.Unlock()
		m.leave(s, err)
	})
}

// leave tells in the ledger how a rollout of this process ended before its end.
func (m *MutableBackend) leave(s scene, err error) {
	if err == nil || errors.Is(err, rollout.ErrSuperseded) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), doorTimeout)
	defer cancel()
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "the pitwall that carried it out was quit"
	}
	_ = m.site(s).Commit(ctx, func(e *ledger.Entry) error { // else its silence tells, a little later
		if e.Work == nil || e.Work.Owner != m.owner {
			return rollout.ErrSuperseded
		}
		e.Work.Beat = time.Time{}
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
	return &rollout.Roller{Site: m.site(s), Containers: containers{m.engine}, Owner: m.owner,
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
		if all, err := s.ledger.Load(ctx); err == nil && all[s.key].Seq > 0 {
			for _, v := range all[s.key].Conf.Variants {
				if mine := found.Entry.Conf.Variant(v.Name); mine != nil {
					mine.Weight = v.Weight
				}
			}
		}
		want, err := edit(found.Scene)
		if err != nil {
			return err
		}
		if serves(found.Door, want) {
			return nil
		}
		door, err := s.door(found.Found, found.Entry.Conf)
		if err != nil {
			return err
		}
		err = door.Set(ctx, want, found.Door.Hash)
		if !errors.Is(err, frontdoor.ErrChanged) || attempt == maxTells {
			return err
		}
	}
}

// containers is the engine for a rollout. An image that is named by its id gets
// the name that it has, for people.
type containers struct{ *engine.Client }

// Clone implements rollout.Containers.
func (c containers) Clone(ctx context.Context, from string, spec engine.CloneSpec) (string, error) {
	if image, err := c.Image(ctx, spec.Image); err == nil && len(image.Tags) > 0 {
		spec.Image = image.Tags[0]
	}
	return c.Client.Clone(ctx, from, spec)
}
