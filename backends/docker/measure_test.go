package docker_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
)

// tally counts what the clients of a front door met.
type tally struct {
	mu             sync.Mutex
	requests, lost int
	first          error
}

func (c *tally) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if err != nil {
		if c.lost++; c.first == nil {
			c.first = err
		}
	}
}

// load sends keep-alive POST requests of several clients, each set up as the
// caller likes, until the returned function ends it.
func load(t testing.TB, url string, clients int, setUp ...func(*sender)) (stop func() *tally) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &tally{}
	var wg sync.WaitGroup
	for range clients {
		s := newSender(t, url)
		for _, set := range setUp {
			set(s)
		}
		wg.Go(func() {
			for ctx.Err() == nil {
				c.note(s.steadily(context.Background()))
			}
		})
	}
	stop = sync.OnceValue(func() *tally {
		cancel()
		wg.Wait()
		return c
	})
	t.Cleanup(func() { stop() })
	return stop
}

// TestDockerSplitChanges measures, for each front door, what 20 changes of the
// split cost clients that keep their connections and repeat nothing, and how
// long a change takes.
func TestDockerSplitChanges(t *testing.T) {
	for _, door := range []string{frontdoor.Gateway, frontdoor.HAProxy, frontdoor.NGINX} {
		t.Run(door, func(t *testing.T) {
			p := open(t, door)
			stop := load(t, p.url, 4)
			var took []time.Duration
			for i := range 20 {
				want := backends.Split{"A": 70 - 20*float64(i%2), "B": 30 + 20*float64(i%2)}
				if i == 0 {
					want = backends.Split{"A": 60, "B": 40}
				}
				began := time.Now()
				p.apply(t, backends.Change{Op: backends.OpSplit, Split: want})
				took = append(took, time.Since(began))
				if got := p.read(t).Split(); !got.Equal(want) {
					t.Fatalf("change %d: the split is %s, want %s", i, got, want)
				}
			}
			c := stop()
			slices.Sort(took)
			t.Logf("| door | changes | requests | failed | apply to serving: median | max |")
			t.Logf("| %s | %d | %d | %d | %v | %v |", door, len(took), c.requests, c.lost, took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
			switch {
			case door == frontdoor.NGINX && c.lost > 20*10:
				t.Errorf("nginx lost %d requests in 20 changes, more than its screens say: %v", c.lost, c.first)
			case door != frontdoor.NGINX && c.lost > 0:
				t.Errorf("%d requests were lost: %v", c.lost, c.first)
			}
			if door == frontdoor.NGINX && !slices.ContainsFunc(notes(t, p), func(s string) bool { return strings.Contains(s, "a change takes") }) {
				t.Errorf("the plan does not say what a change costs: %q", notes(t, p))
			}
		})
	}
}

// notes is what the plan of a split says of the front door.
func notes(t testing.TB, p *place) []string {
	t.Helper()
	d := p.read(t)
	effects, err := p.backend.DryRun(t.Context(), backends.Change{Op: backends.OpSplit, Deployment: d.Name, Token: d.Token, By: "alice",
		Split: backends.Split{"A": 99, "B": 1}})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range effects {
		out = append(out, e.After)
	}
	return out
}

// TestDockerRollingReplacement measures what a deploy and its rollback cost,
// with one replica and with three.
func TestDockerRollingReplacement(t *testing.T) {
	p := open(t, frontdoor.Gateway)
	for _, test := range []struct {
		variant, version string
	}{{"B", "1.2.0"}, {"A", "0.9.0"}} {
		before, _ := p.read(t).Variant(test.variant)
		for _, c := range []backends.Change{
			{Op: backends.OpDeploy, Variant: test.variant, Version: test.version},
			{Op: backends.OpRollback, Variant: test.variant, Revision: before.Revision},
		} {
			stop := load(t, p.url, 4)
			began := time.Now()
			p.apply(t, c)
			d := p.settled(t)
			took := time.Since(began)
			lost := stop()
			t.Logf("| %s of %s, %d replicas | %d requests | %d failed | %v |", c.Op, test.variant, before.Desired, lost.requests, lost.lost, took.Round(100*time.Millisecond))
			if lost.lost > 0 {
				t.Errorf("%d requests were lost: %v", lost.lost, lost.first)
			}
			after, _ := d.Variant(test.variant)
			want := test.version
			if c.Op == backends.OpRollback {
				want = before.Version
			}
			if after.Version != want || after.Ready != before.Desired {
				t.Fatalf("after the %s: %+v", c.Op, after)
			}
		}
	}
}

// TestDockerFaults breaks things around operations. After each nothing is left
// half done without a word.
func TestDockerFaults(t *testing.T) {
	t.Parallel()
	p := open(t, frontdoor.Gateway)
	t.Run("a container is killed", func(t *testing.T) {
		victim := p.read(t).Variants[0].Replicas[0].Name
		if err := p.engine.Kill(t.Context(), victim, "KILL"); err != nil {
			t.Fatal(err)
		}
		p.await(t, "its end is told", func(d backends.Deployment) bool { return d.Variants[0].Ready < d.Variants[0].Desired && d.Reason != "" })
		if err := p.engine.Start(t.Context(), victim); err != nil {
			t.Fatal(err)
		}
		p.settled(t)
	})
	t.Run("the front door restarts with its split", func(t *testing.T) {
		door := p.name + "-model-api-door"
		before := p.read(t).Split()
		if err := p.engine.Stop(t.Context(), door, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		p.await(t, "its end is told", func(d backends.Deployment) bool {
			return d.State == backends.Fail && strings.Contains(d.Reason, "does not run")
		})
		if err := p.engine.Start(t.Context(), door); err != nil {
			t.Fatal(err)
		}
		if after := p.settled(t).Split(); !after.Equal(before) {
			t.Errorf("it came back with %s, had %s", after, before)
		}
		c, err := p.engine.Container(t.Context(), door)
		i := slices.IndexFunc(c.Ports, func(p engine.Port) bool { return p.Container == 8080 && p.Host > 0 })
		if err != nil || i < 0 {
			t.Fatalf("the front door is %+v, %v", c, err)
		}
		p.url = fmt.Sprintf("http://127.0.0.1:%d", c.Ports[i].Host) // the engine may have given another one
	})
	t.Run("two consoles change one split", func(t *testing.T) {
		d := p.read(t)
		results := make(chan error, 2)
		for i, b := range []*place{p, p.another(t)} {
			go func() {
				results <- b.backend.Apply(context.Background(), backends.Change{Op: backends.OpSplit, Deployment: d.Name, Token: d.Token,
					By: fmt.Sprintf("person-%d", i), Split: backends.Split{"A": 80 + float64(i), "B": 20 - float64(i)}})
			}()
		}
		first, second := <-results, <-results
		if (first == nil) == (second == nil) {
			t.Errorf("of two changes: %v, %v", first, second)
		}
		p.settled(t)
	})
	t.Run("a console dies in the middle of a rollout", func(t *testing.T) {
		other := p.another(t)
		other.apply(t, backends.Change{Op: backends.OpRestart, Variant: "A"})
		p.await(t, "it has begun", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Done > 0 })
		other.backend.Close()
		held := p.await(t, "it is shown as left half done", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Paused })
		if !strings.Contains(held.Rollout.Message, "resume") {
			t.Errorf("the rollout says %q", held.Rollout.Message)
		}
		stop := load(t, p.url, 2)
		p.apply(t, backends.Change{Op: backends.OpResume})
		p.settled(t)
		if lost := stop(); lost.lost > 0 {
			t.Errorf("%d of %d requests were lost: %v", lost.lost, lost.requests, lost.first)
		}
	})
}
