package docker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
)

// relay stands between a backend and the real engine. While it is cut the
// engine is away, as far as anybody behind it can tell.
type relay struct {
	path string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{path: filepath.Join(t.TempDir(), "engine.sock"), conns: map[net.Conn]bool{}}
	listen(t, r.path, r.serve)
	return r
}

// listen serves a socket until the test ends.
func listen(t *testing.T, path string, serve func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
}

func (r *relay) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	r.mu.Lock()
	up, err := net.Conn(nil), errors.New("cut")
	if !r.cut {
		up, err = net.Dial("unix", "/var/run/docker.sock")
	}
	if err != nil {
		r.mu.Unlock()
		return
	}
	r.conns[c], r.conns[up] = true, true
	r.mu.Unlock()
	defer func() { _ = up.Close() }()
	go func() { _, _ = io.Copy(up, c); _ = up.(*net.UnixConn).CloseWrite() }()
	_, _ = io.Copy(c, up)
}

// outage takes the engine away for a while, in the middle of whatever goes on.
func (r *relay) outage(d time.Duration) {
	r.set(true)
	time.Sleep(d)
	r.set(false)
}

func (r *relay) set(cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
	if cut {
		for c := range r.conns {
			_ = c.Close()
		}
		r.conns = map[net.Conn]bool{}
	}
}

// TestDockerEngineAway takes the engine away while a console watches, and again
// and again in the middle of a rollout.
func TestDockerEngineAway(t *testing.T) {
	t.Parallel()
	p := open(t, frontdoor.Gateway)
	r := newRelay(t)
	c, err := engine.Open(engine.Options{Host: "unix://" + r.path, Env: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	b := docker.Attach(docker.Options{Engine: c, Stack: p.name}).Mutable()
	t.Cleanup(b.Close)
	behind := &place{engine: p.engine, backend: b, name: p.name, url: p.url, models: p.models}

	t.Run("a watch goes on", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		listings := b.Watch(ctx)
		next := func(what string, holds func(backends.Listing) bool) {
			t.Helper()
			for end := time.After(30 * time.Second); ; {
				select {
				case l := <-listings:
					if holds(l) {
						return
					}
				case <-end:
					t.Fatal(what)
				}
			}
		}
		next("no listing comes", func(l backends.Listing) bool { return l.Err == nil })
		r.set(true)
		var down *engine.DownError
		next("the outage is not told", func(l backends.Listing) bool { return errors.As(l.Err, &down) })
		r.set(false)
		next("it does not go on", func(l backends.Listing) bool { return l.Err == nil })
	})
	t.Run("a rollout goes on", func(t *testing.T) {
		stop := load(t, p.url, 2)
		behind.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "1.2.0"})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range 8 {
				time.Sleep(1500 * time.Millisecond)
				r.outage(700 * time.Millisecond)
			}
		}()
		d := p.await(t, "the rollout is done", func(d backends.Deployment) bool {
			return d.Rollout == nil && d.Variants[0].Version == "1.2.0" && d.Variants[0].Ready == 3
		})
		<-ended
		if len(d.Variants[0].Replicas) != 3 {
			t.Errorf("afterwards A has %+v", d.Variants[0].Replicas)
		}
		if lost := stop(); lost.lost > 0 {
			t.Errorf("%d of %d requests were lost: %v", lost.lost, lost.requests, lost.first)
		}
	})
}

// TestDockerStaleAddress gives the address of a member of nginx to another
// container, which nginx does not notice. A console that keeps watch mends it.
func TestDockerStaleAddress(t *testing.T) {
	t.Parallel()
	p := open(t, frontdoor.NGINX)
	a := p.name + "-model-api-a-r1-1"
	before, err := p.engine.Container(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.engine.Stop(t.Context(), a, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	intruder := ""
	for i := range 10 { // the engine gives the lowest address that is free
		intruder = dockertest.Run(t, p.engine, p.name, engine.Spec{Name: "intruder-" + string(rune('a'+i)), Image: dockertest.Image(t, p.engine), Network: p.name})
		c, err := p.engine.Container(t.Context(), intruder)
		if err != nil {
			t.Fatal(err)
		}
		if c.Address(p.name) == before.Address(p.name) {
			break
		}
	}
	if err := p.engine.Start(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	p.await(t, "the stale address is told", func(d backends.Deployment) bool {
		return slices.ContainsFunc(d.Variants[0].Replicas, func(r backends.Replica) bool { return r.Cause == backends.CauseStaleAddress })
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go p.backend.Keep(ctx)
	p.await(t, "it is mended", func(d backends.Deployment) bool { return d.State == backends.OK })
	dockertest.Eventually(t, "an event tells that it was mended", func() bool {
		events, err := p.backend.Events(t.Context(), p.models, time.Time{})
		return err == nil && slices.ContainsFunc(events, func(e backends.Event) bool { return strings.HasPrefix(e.Text, "mended: ") })
	})
}
