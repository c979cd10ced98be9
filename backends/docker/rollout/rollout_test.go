package rollout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

func check(t *testing.T, f *fakeEngine, versions ...string) {
	t.Helper()
	if got := f.running(); !slices.Equal(got, versions) {
		t.Errorf("versions %v run, want %v", got, versions)
	}
	if len(f.lost) > 0 {
		t.Errorf("requests would have been lost: %v", f.lost)
	}
	served := 0
	for _, m := range f.door.Members["A"] {
		if c := f.containers[m.Name]; c == nil || c.Status != "running" {
			t.Errorf("the front door sends to %s, which does not run", m.Name)
		}
		served++
	}
	if served != len(versions) {
		t.Errorf("the front door sends to %d of %d", served, len(versions))
	}
	if f.entry.Work != nil {
		t.Errorf("work is left: %+v", f.entry.Work)
	}
}

func TestDeployAndRollbackWithoutLoss(t *testing.T) {
	for _, replicas := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(replicas)
			f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
			if err := f.roller().Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			check(t, f, slices.Repeat([]string{"2"}, replicas)...)
			if f.entry.Conf.Active() != nil || f.entry.Conf.Variant("A").Revision != 3 {
				t.Errorf("afterwards the ledger has %+v", f.entry.Conf)
			}
			kept := len(f.containers) - replicas
			if kept != replicas {
				t.Errorf("%d containers of before are kept, want %d", kept, replicas)
			}

			made := f.next
			f.begin(t, backends.Change{Op: backends.OpRollback, Variant: "A", Revision: 1})
			if err := f.roller().Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			check(t, f, slices.Repeat([]string{"1"}, replicas)...)
			if f.next != made {
				t.Errorf("a rollback made %d containers instead of starting the kept ones", f.next-made)
			}
		})
	}
}

// TestContainersEndInTheirOwnTime: one that was made with more than the usual
// grace has it, and the work stays this process's meanwhile.
func TestContainersEndInTheirOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(1)
		for _, c := range f.containers {
			c.StopTimeout = 90 * time.Second
		}
		f.takes = time.Minute
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
		start, stalled := f.now(), false
		watching, stop := context.WithCancel(t.Context())
		go func() {
			for watching.Err() == nil {
				f.mu.Lock()
				stalled = stalled || f.entry.Work.Stalled(f.now())
				f.mu.Unlock()
				time.Sleep(time.Second)
			}
		}()
		err := f.roller().Run(t.Context())
		took := f.now().Sub(start)
		stop()
		time.Sleep(2 * time.Second) // until who watches has ended
		if err != nil || took < time.Minute {
			t.Errorf("after %v: %v; the container needs a minute to end", took, err)
		}
		if stalled {
			t.Error("the work counted as nobody's while the container ended")
		}
		check(t, f, "2")
	})
}

// TestJammedContainerIsMadeAnew: a container that the engine cannot start any
// more, new or kept, is replaced by another; one too many ends the rollout.
func TestJammedContainerIsMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(1)
		for _, c := range []backends.Change{{Op: backends.OpDeploy, Variant: "A", Version: "2"}, {Op: backends.OpRollback, Variant: "A", Revision: 1}} {
			f.jammed = 2
			f.begin(t, c)
			if err := f.roller().Run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		check(t, f, "1")
		f.jammed = 100
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_ = f.roller().Run(ctx)
		if ro := f.entry.Conf.Rollout; ro == nil || !ro.Failed || !strings.Contains(ro.Message, "the engine died in the middle of starting it") {
			t.Errorf("the rollout is %+v", ro)
		}
	})
}

// TestFullDiskIsWaitedFor: what has to be written down is written when there is
// room, and meanwhile it is told what is waited for.
func TestFullDiskIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(1)
		f.full = 100
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
		r, told, now := f.roller(), "", ""
		r.Waits = func(why string) { told, now = cmp.Or(why, told), why }
		if err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "2")
		if !strings.Contains(told, "is full") || now != "" {
			t.Errorf("it was said to wait for %q, and in the end for %q", told, now)
		}
	})
}

func TestFailedStartIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(2)
		f.broken["sha256:img2"] = true
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "1", "1")
		ro := f.entry.Conf.Rollout
		if ro == nil || !ro.Failed || !strings.Contains(ro.Message, "ended with status 3") || !strings.Contains(ro.Message, "no model") {
			t.Errorf("what is left of the rollout: %+v", ro)
		}
		if len(f.containers) != 2 {
			t.Errorf("%d containers, the failed one was not removed", len(f.containers))
		}
	})
}

// TestEngineAwayAtEveryStep takes the engine away at each call in turn.
func TestEngineAwayAtEveryStep(t *testing.T) {
	steps := 0
	synctest.Test(t, func(t *testing.T) {
		f := newFake(2)
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		steps = len(f.calls)
	})
	for step := 0; step < steps; step += 3 {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(2)
			f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
			r := f.roller()
			site := &failing{fakeEngine: f, at: step}
			r.Site, r.Containers = site, site
			if err := r.Run(t.Context()); err != nil {
				t.Fatalf("engine away at call %d: %v", step, err)
			}
			check(t, f, "2", "2")
		})
	}
}

// failing takes the engine away once, for a while.
type failing struct {
	*fakeEngine
	at int
}

func (f *failing) Look(ctx context.Context) (Scene, error) {
	f.mu.Lock()
	if len(f.calls) >= f.at && f.at >= 0 {
		f.at, f.down = -1, 7
	}
	f.mu.Unlock()
	return f.fakeEngine.Look(ctx)
}

// TestAnotherGoesOn stops a rollout in the middle, as a process does that dies,
// and lets another process resume it.
func TestAnotherGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(3)
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		if err := f.roller().Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if got := f.running(); !slices.Contains(got, "1") || !slices.Contains(got, "2") {
			t.Fatalf("in the middle %v run", got)
		}
		time.Sleep(ledger.StaleAfter + 1)
		if !f.entry.Work.Stalled(time.Now()) || f.entry.Conf.Active() == nil {
			t.Fatalf("the ledger does not tell: %+v", f.entry)
		}
		f.entry.Work.Owner = "other"
		old := f.roller()
		if err := old.Run(t.Context()); !errors.Is(err, ErrSuperseded) {
			t.Errorf("the first process goes on: %v", err)
		}
		next := f.roller()
		next.Owner = "other"
		if err := next.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "2", "2", "2")
	})
}

// TestAnotherGoesOnFromAnywhere ends the first process at every moment.
func TestAnotherGoesOnFromAnywhere(t *testing.T) {
	for cut := 100 * time.Millisecond; cut < 15*time.Second; cut += 230 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(3)
			f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Version: "2"})
			ctx, cancel := context.WithTimeout(t.Context(), cut)
			defer cancel()
			if err := f.roller().Run(ctx); err == nil {
				return // it was over before
			}
			if err := f.roller().Run(t.Context()); err != nil {
				t.Fatalf("after %v: %v", cut, err)
			}
			check(t, f, "2", "2", "2")
			if t.Failed() {
				t.Fatalf("the first process ended after %v", cut)
			}
		})
	}
}

func TestPauseHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(2)
		f.begin(t, backends.Change{Op: backends.OpRestart, Variant: "A"})
		f.entry.Conf.Rollout.Paused = true
		done := make(chan error, 1)
		go func() { done <- f.roller().Run(t.Context()) }()
		time.Sleep(5 * time.Minute)
		f.mu.Lock()
		if len(f.containers) != 2 || f.entry.Work.Stalled(time.Now()) {
			t.Errorf("while held: %d containers, work %+v", len(f.containers), f.entry.Work)
		}
		f.entry.Conf.Rollout.Paused = false
		f.mu.Unlock()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		check(t, f, "1", "1")
	})
}

func TestScaleAndPromote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(2)
		f.begin(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 4})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "1", "1", "1", "1")
		f.begin(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 1})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "1")
		f.begin(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "2"})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := f.running(); !slices.Equal(got, []string{"1", "2"}) || len(f.door.Members["B"]) != 1 || f.door.Split["B"] != 0 {
			t.Fatalf("a new candidate: %v run, the door has %+v", got, f.door)
		}
		f.begin(t, backends.Change{Op: backends.OpPromote, Variant: "B"})
		if err := f.roller().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(t, f, "2")
		if f.entry.Conf.Variant("B") != nil || f.entry.Conf.Variant("A").Weight != 100 {
			t.Errorf("after promote the ledger has %+v", f.entry.Conf.Variants)
		}
	})
}

// TestAddressesAreBroughtUpToDate: a container that came back elsewhere.
func TestAddressesAreBroughtUpToDate(t *testing.T) {
	f := newFake(1)
	f.door.Kind = "nginx"
	f.door.Members["A"][0].Host = "172.18.0.99"
	w := Want(f.scene(), nil, nil)
	if got := w.Members["A"]; len(got) != 1 || got[0].Host != f.containers["m-a-r1-1"].Networks["net"] {
		t.Errorf("members %+v", got)
	}
	f.door.Split, f.door.Members = nil, nil
	if got := Want(f.scene(), nil, nil).Members["A"]; len(got) != 1 {
		t.Errorf("a door that lost its split gets %+v", got)
	}
}

var _ Containers = (*fakeEngine)(nil)

func TestNames(t *testing.T) {
	member := func(name, variant string) world.Member {
		return world.Member{Container: engine.Container{Name: name}, Variant: variant}
	}
	for _, test := range []struct{ name, variant, want string }{
		{"model-api-a-r1-1", "A", "model-api-a"},
		{"model-api-a-r12-3-2", "A", "model-api-a"},
		{"model-api-a-r1-1", "C", "model-api-c"},
		{"shop_churn-a_1", "B", "shop_churn-b"},
		{"shop-churn_a-2", "A", "shop-churn_a"},
		{"scorer", "A", "scorer-a"},
	} {
		if got := baseName(member(test.name, "A"), test.variant); got != test.want {
			t.Errorf("%s as %s: %s, want %s", test.name, test.variant, got, test.want)
		}
	}
	s := newFake(2).scene()
	for attempt, want := range []string{"m-a-r1-1-2", "m-a-r1-1-3"} {
		if got := freeName(s, "m-a-r1-1", attempt+1); got != want {
			t.Errorf("attempt %d: %s, want %s", attempt+1, got, want)
		}
	}
	if got := freeName(s, "x", 1) + freeName(s, "x", 3); got != "xx-3" {
		t.Errorf("free names %s", got)
	}
}
