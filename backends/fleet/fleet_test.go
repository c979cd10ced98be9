package fleet

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
)

// world is a backend and its metrics; the functions answer the readings.
type world struct {
	mu     sync.Mutex
	list   func(ctx context.Context) ([]backends.Deployment, error)
	signal func(ctx context.Context) (map[string]map[string]backends.Signals, error)
	alerts func(ctx context.Context) ([]backends.Alert, error)
	lists  []time.Time // when the backend was read
	reads  []time.Time // when the signals were read
	lines  int         // how often the sparkline was read
}

func (w *world) Deployments(ctx context.Context) ([]backends.Deployment, error) {
	w.mu.Lock()
	w.lists = append(w.lists, time.Now())
	list := w.list
	w.mu.Unlock()
	return list(ctx)
}

func (w *world) Signals(ctx context.Context) (map[string]map[string]backends.Signals, error) {
	w.mu.Lock()
	w.reads = append(w.reads, time.Now())
	signal := w.signal
	w.mu.Unlock()
	return signal(ctx)
}

func (w *world) Alerts(ctx context.Context) ([]backends.Alert, error) {
	w.mu.Lock()
	alerts := w.alerts
	w.mu.Unlock()
	return alerts(ctx)
}

func (w *world) Recent(context.Context, time.Duration, time.Duration) (map[string][]float64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines++
	return map[string][]float64{"api": {1, 2, 3}}, nil
}

// change replaces answers while the fleet runs.
func (w *world) change(how func(w *world)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	how(w)
}

func signalsOf(rps, p95 float64) map[string]map[string]backends.Signals {
	s := backends.NoSignals()
	s.RPS, s.P95 = rps, p95
	return map[string]map[string]backends.Signals{"api": {"": s, "A": s}}
}

func calm() *world {
	return &world{
		list: func(context.Context) ([]backends.Deployment, error) {
			return []backends.Deployment{{Name: "api", State: backends.OK, Variants: []backends.Variant{{Name: "A", Weight: 100}}}}, nil
		},
		signal: func(context.Context) (map[string]map[string]backends.Signals, error) { return signalsOf(10, .05), nil },
		alerts: func(context.Context) ([]backends.Alert, error) { return nil, nil },
	}
}

// run starts a fleet over w and waits until its first readings are joined.
func run(t *testing.T, w *world, backend backends.Lister) *Fleet {
	t.Helper()
	f := New(Options{Backend: backend, BackendName: "local", Metrics: w, Random: func() float64 { return .5 }})
	if s := f.Snapshot(); s == nil || s.Sources[0].State != Connecting || s.Sources[1].State != Connecting {
		t.Fatalf("before Run: %+v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	})
	pass(500 * time.Millisecond)
	return f
}

// pass lets time go by and everything that is due happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestJoinsWhatTheSourcesSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		w.alerts = func(context.Context) ([]backends.Alert, error) {
			return []backends.Alert{{Name: "Slow", Deployment: "api", Severity: "warning", State: "firing", Summary: "It is slow."}, {Name: "Watchdog", State: "firing"}}, nil
		}
		s := run(t, w, w).Snapshot()
		row, found := s.Row("api")
		if !found || row.State != backends.Warn || row.Reason != "It is slow." || row.Signal("A").RPS != 10 || len(row.Spark) != 3 ||
			len(row.Alerts) != 1 || len(s.Alerts) != 2 || row.ListedAt.IsZero() || row.SignalsAt.IsZero() {
			t.Errorf("row %+v", row)
		}
		if !backends.Missing(row.Signal("B").RPS) {
			t.Error("a variant without signals is not missing")
		}
		if _, found := s.Row("nobody"); found {
			t.Error("found what is not there")
		}
		for _, source := range s.Sources {
			if source.State != Live || source.Err != nil || source.At.IsZero() || !source.RetryAt.IsZero() {
				t.Errorf("source %+v", source)
			}
		}
	})
}

func TestNoNewVersionWhenNothingVisibleChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		f := run(t, w, w)
		before := f.Snapshot()
		sent := 0
		for range 600 {
			pass(100 * time.Millisecond)
			select {
			case s := <-f.Updates():
				sent++
				if age := time.Since(s.Sources[0].At); age > 1500*time.Millisecond {
					t.Fatalf("a live source is %v old", age)
				}
			default:
			}
		}
		after := f.Snapshot()
		if after.Version != before.Version || !after.Sources[1].At.After(before.Sources[1].At) {
			t.Errorf("versions %d and %d", before.Version, after.Version)
		}
		if sent > 61 {
			t.Errorf("%d snapshots in a minute of calm", sent)
		}
		w.change(func(w *world) {
			w.signal = func(context.Context) (map[string]map[string]backends.Signals, error) { return signalsOf(11, .05), nil }
		})
		pass(2 * time.Second)
		if v := f.Snapshot().Version; v != before.Version+1 {
			t.Errorf("version %d after one change to %d", v, before.Version)
		}
		if w.lines > 8 {
			t.Errorf("sparkline read %d times in a minute", w.lines)
		}
	})
}

func TestADeadSourceKeepsItsDataAndBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		f := run(t, w, w)
		w.change(func(w *world) {
			w.signal = func(ctx context.Context) (map[string]map[string]backends.Signals, error) {
				<-ctx.Done() // hangs
				return nil, ctx.Err()
			}
			w.list = func(context.Context) ([]backends.Deployment, error) {
				return []backends.Deployment{{Name: "api", State: backends.OK, Reason: time.Now().String()}}, nil
			}
		})
		pass(7 * time.Second)
		s := f.Snapshot()
		if s.Sources[0].State != Live || s.Sources[1].State != Stale || !strings.Contains(s.Sources[1].Err.Error(), "no answer within 5s") {
			t.Errorf("sources %+v", s.Sources)
		}
		pass(30 * time.Second)
		s = f.Snapshot()
		if s.Sources[1].State != Offline || s.Sources[1].RetryAt.Before(time.Now()) && time.Since(s.Sources[1].RetryAt) > readTimeout {
			t.Errorf("metrics %+v", s.Sources[1])
		}
		if s.Rows[0].Signal("A").RPS != 10 || s.Rows[0].State != backends.OK || time.Since(s.Rows[0].ListedAt) > 2*time.Second {
			t.Errorf("row %+v", s.Rows[0])
		}

		w.change(func(w *world) {
			w.signal = func(context.Context) (map[string]map[string]backends.Signals, error) { return signalsOf(12, .05), nil }
		})
		pass(readTimeout) // whatever hangs has ended
		f.Refresh()
		pass(200 * time.Millisecond)
		if s := f.Snapshot(); s.Sources[1].State != Live || s.Sources[1].Err != nil || s.Rows[0].Signal("A").RPS != 12 {
			t.Errorf("after Refresh: %+v", s.Sources[1])
		}
	})
}

func TestRetriesSlowDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		w.signal = func(context.Context) (map[string]map[string]backends.Signals, error) {
			return nil, errors.New("refused")
		}
		f := run(t, w, w)
		if s := f.Snapshot().Sources[1]; s.State != Offline || !s.At.IsZero() || s.RetryAt.IsZero() {
			t.Errorf("never reached: %+v", s)
		}
		pass(2 * time.Minute)
		var pauses []time.Duration
		for i := range w.reads[1:] {
			pauses = append(pauses, w.reads[i+1].Sub(w.reads[i]).Round(time.Second))
		}
		if len(pauses) < 5 || pauses[0] != 2*time.Second || pauses[1] != 4*time.Second || pauses[len(pauses)-1] != longestPause {
			t.Errorf("pauses %v", pauses)
		}
	})
}

func TestMissingAlertsLeaveTheSignalsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		w.alerts = func(context.Context) ([]backends.Alert, error) {
			return []backends.Alert{{Name: "X", Deployment: "api", State: "firing", Severity: "critical"}}, nil
		}
		f := run(t, w, w)
		w.change(func(w *world) {
			w.alerts = func(context.Context) ([]backends.Alert, error) { return nil, errors.New("no alerts here") }
		})
		pass(10 * time.Second)
		s := f.Snapshot()
		if m := s.Sources[1]; m.State != Live || m.Err == nil || len(s.Alerts) != 1 || s.Rows[0].State != backends.Fail || s.Rows[0].Reason != "X fires." {
			t.Errorf("metrics %+v, rows %+v", m, s.Rows)
		}
	})
}

func TestAnOfflineBackendMakesHealthyRowsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		w.list = func(context.Context) ([]backends.Deployment, error) {
			return []backends.Deployment{{Name: "b", State: backends.Fail, Reason: "no replica"}, {Name: "a", State: backends.OK}}, nil
		}
		f := run(t, w, w)
		w.change(func(w *world) {
			w.list = func(context.Context) ([]backends.Deployment, error) { return nil, errors.New("socket closed") }
		})
		pass(time.Minute)
		rows := f.Snapshot().Rows
		if len(rows) != 2 || rows[0].State != backends.Unknown || rows[0].Reason != "local does not answer: socket closed" || rows[1].State != backends.Fail {
			t.Errorf("rows %+v", rows)
		}
	})
}

// watched is a backend that tells about its changes itself.
type watched struct {
	*world
	channels chan chan backends.Listing // handed out by Watch, in order
}

func (w watched) Watch(context.Context) <-chan backends.Listing { return <-w.channels }

func TestWatchesWhatCanBeWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watched{calm(), make(chan chan backends.Listing, 2)}
		first, second := make(chan backends.Listing), make(chan backends.Listing)
		w.channels <- first
		f := run(t, w.world, w)
		tell := func(to chan backends.Listing, name string) {
			to <- backends.Listing{Deployments: []backends.Deployment{{Name: name}}, At: time.Now()}
			pass(300 * time.Millisecond)
		}
		tell(first, "one")
		if s := f.Snapshot(); len(w.lists) != 0 || s.Rows[0].Deployment.Name != "one" || s.Sources[0].State != Live {
			t.Errorf("%d readings, %+v", len(w.lists), s)
		}
		first <- backends.Listing{Err: errors.New("away")}
		pass(300 * time.Millisecond)
		if s := f.Snapshot(); s.Sources[0].State != Stale || s.Sources[0].Err.Error() != "away" || len(s.Rows) != 1 {
			t.Errorf("while away: %+v", s.Sources[0])
		}
		tell(first, "two")
		pass(resyncEvery + time.Second) // it says nothing, so it is read
		if s := f.Snapshot(); len(w.lists) != 1 || s.Sources[0].State != Live || s.Rows[0].Deployment.Name != "api" {
			t.Errorf("after silence: %d readings, %+v", len(w.lists), s.Sources[0])
		}
		close(first)
		w.channels <- second
		pass(10 * time.Second)
		tell(second, "three")
		if s := f.Snapshot(); s.Rows[0].Deployment.Name != "three" || s.Sources[0].State != Live {
			t.Errorf("after the watch ended: %+v", s)
		}
	})
}

func TestAtMostTenSnapshotsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := watched{calm(), make(chan chan backends.Listing, 1)}
		listings := make(chan backends.Listing)
		w.channels <- listings
		f := run(t, w.world, w)
		stop := make(chan struct{})
		var last *Snapshot
		sent := 0
		go func() {
			for s := range f.Updates() {
				last = s
				sent++
			}
			close(stop)
		}()
		for i := range 3000 {
			listings <- backends.Listing{Deployments: []backends.Deployment{{Name: "api", Reason: time.Duration(i).String()}}, At: time.Now()}
			time.Sleep(time.Millisecond)
		}
		pass(time.Second)
		if sent > 35 || sent < 20 {
			t.Errorf("%d snapshots in 3 s of 1000 changes each", sent)
		}
		if want := time.Duration(2999).String(); last.Rows[0].Reason != want {
			t.Errorf("the last snapshot says %s, want %s", last.Rows[0].Reason, want)
		}
	})
}

func TestObservedShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b uint64 = 1_000_000, 5
		counted := true
		w := calm()
		w.signal = func(context.Context) (map[string]map[string]backends.Signals, error) { return nil, nil }
		w.list = func(context.Context) ([]backends.Deployment, error) {
			return []backends.Deployment{{Name: "api", Variants: []backends.Variant{
				{Name: "A", Requests: a, Counted: counted}, {Name: "B", Requests: b, Counted: counted}}}}, nil
		}
		f := run(t, w, w)
		expect := func(what string, want backends.Split) {
			t.Helper()
			pass(2 * time.Second)
			if got := f.Snapshot().Rows[0].Observed; !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		expect("no requests yet", nil)
		w.change(func(*world) { a, b = a+70, b+30 })
		expect("since it is known", backends.Split{"A": 70, "B": 30})
		w.change(func(*world) { a, b = 100, 0 }) // the front door began again
		expect("after a restart", backends.Split{"A": 85, "B": 15})
		pass(2 * time.Minute)
		expect("a minute without requests", nil)
		w.change(func(*world) { a, b = a+1, b+2 })
		expect("a third", backends.Split{"A": 33.3, "B": 66.7})
		w.change(func(w *world) {
			counted = false
			w.signal = func(context.Context) (map[string]map[string]backends.Signals, error) {
				s, u := backends.NoSignals(), backends.NoSignals()
				s.RPS, u.RPS = 30, 10
				return map[string]map[string]backends.Signals{"api": {"A": s, "B": u}}, nil
			}
		})
		expect("measured where it is not counted", backends.Split{"A": 75, "B": 25})
	})
}
