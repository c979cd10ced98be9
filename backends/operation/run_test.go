package operation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

var yes = Confirmation{Yes: true, Reason: "B looks good"}

// inBubble runs a test with fake time and traffic at rps.
func inBubble(t *testing.T, rps float64, edit func(*Options), test func(t *testing.T, ctx context.Context, b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := newBench(edit)
		go b.world.traffic(ctx, rps)
		test(t, ctx, b)
	})
}

func stages(into *[]Stage) func(Progress) {
	return func(p Progress) {
		if n := len(*into); n == 0 || (*into)[n-1] != p.Stage {
			*into = append(*into, p.Stage)
		}
	}
}

func TestRunSplitIsObserved(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		var seen []Stage
		o, err := b.Run(ctx, b.plan(t, splitTo("A=50", "B=50")), yes, stages(&seen))
		if err != nil || o.Result != journal.ResultOK || !o.Observed || o.Undo == nil {
			t.Fatalf("outcome %+v, %v", o, err)
		}
		if !strings.Contains(o.Text, "B 50.0 %") || o.Took < time.Second || o.Took > 20*time.Second {
			t.Errorf("outcome %+v", o)
		}
		if want := []Stage{Recorded, Applying, Accepted, Observing, Observed}; len(seen) != len(want) || seen[4] != Observed {
			t.Errorf("stages %v, want %v", seen, want)
		}
		if len(b.journal.records) != 2 {
			t.Fatalf("records %+v", b.journal.records)
		}
		intent, result := b.journal.records[0], b.journal.records[1]
		if intent.Phase != "intent" || intent.Reason != "B looks good" || intent.Confirm != "y" || intent.From.Weights.String() != "A=70 B=30" || intent.To.Weights.String() != "A=50 B=50" {
			t.Errorf("intent %+v", intent)
		}
		if result.Phase != "result" || result.Intent != intent.ID || result.Result != "ok" || result.TookMS != o.Took.Milliseconds() {
			t.Errorf("result %+v", result)
		}
		if b.world.applied[0].Reason != "B looks good" || b.world.applied[0].Token != "t1" {
			t.Errorf("applied %+v", b.world.applied[0])
		}
		// The undo is a plan of its own and restores the weights.
		undo := b.plan(t, *o.Undo)
		if o, err := b.Run(ctx, undo, yes, nil); err != nil || !o.Observed || b.world.split().String() != "A=70 B=30" {
			t.Errorf("undo %+v, %v, now %s", o, err, b.world.split())
		}
	})
}

func TestRunSplitToStableWaitsForStragglers(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		time.AfterFunc(500*time.Millisecond, func() {
			b.world.change(func(d *backends.Deployment) { d.Variants[1].Requests += 2 })
		})
		o, err := b.Run(ctx, b.plan(t, splitTo("A=100")), yes, nil)
		if err != nil || !o.Observed || !strings.Contains(o.Text, "B 0.0 %") || o.Took < 2*time.Second {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}

func TestRunSplitNotObserved(t *testing.T) {
	tests := map[string]struct {
		rps  float64
		edit func(d *backends.Deployment, c backends.Change)
		want string
	}{
		"too little traffic": {0.05, nil, "too little traffic"},
		"counters away": {40, func(d *backends.Deployment, c backends.Change) {
			setWeights(d, c.Split)
			d.Variants[1].Counted = false
		}, "counters cannot be read"},
		"no controller has taken it": {40, taken(backends.Unknown, "no controller has taken it yet"), "accepted by the API (no controller has taken it yet), not observed"},
		"the controller is behind":   {40, taken(backends.Progressing, "public has not seen it"), "accepted by the API, not yet by the controller (public has not seen it), not observed"},
		"the controller has it":      {40, taken(backends.OK, "public has taken it"), "accepted by the API and by the controller (public has taken it), not observed"},
		"changed again":              {0.05, nil, "changed again to A=60 B=40 by bob@x"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, test.rps, nil, func(t *testing.T, ctx context.Context, b *bench) {
				b.world.effect = test.edit
				if name == "changed again" {
					time.AfterFunc(10*time.Second, func() {
						b.world.change(func(d *backends.Deployment) { setWeights(d, backends.Split{"A": 60, "B": 40}); d.SplitBy = "bob@x" })
					})
				}
				var seen []Stage
				o, err := b.Run(ctx, b.plan(t, splitTo("A=50", "B=50")), yes, stages(&seen))
				if err != nil || o.Result != "ok" || o.Observed || !strings.Contains(o.Text, test.want) {
					t.Errorf("outcome %+v, %v; want %q", o, err, test.want)
				}
				if seen[len(seen)-1] != Accepted || b.journal.last().Result != "ok" {
					t.Errorf("stages %v, record %+v", seen, b.journal.last())
				}
			})
		})
	}
}

// TestDenialSaysEachReasonOnce: the guards judge the plan and again what is there when it is carried out.
func TestDenialSaysEachReasonOnce(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		_, err := b.Run(ctx, b.plan(t, splitTo("A=70", "B=30")), yes, nil)
		denied, ok := errors.AsType[*DeniedError](err)
		if !ok || len(denied.Guards) != 1 {
			t.Errorf("got %v", err)
		}
	})
}

func setWeights(d *backends.Deployment, s backends.Split) {
	for i, v := range d.Variants {
		d.Variants[i].Weight = s[v.Name]
	}
}

func TestSplitThatTrafficDoesNotFollow(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.world.effect = func(d *backends.Deployment, c backends.Change) {
			setWeights(d, c.Split)
			go func() { // every request goes to A whatever the weights say
				for tick := time.Tick(time.Second); ; {
					select {
					case <-ctx.Done():
						return
					case <-tick:
						b.world.change(func(d *backends.Deployment) { d.Variants[0].Requests += 500 })
					}
				}
			}()
		}
		o, err := b.Run(ctx, b.plan(t, splitTo("A=50", "B=50")), yes, nil)
		if err != nil || o.Observed || !strings.Contains(o.Text, "not as configured (A=50 B=50)") {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}

func TestRunRefusals(t *testing.T) {
	conflict := &backends.ConflictError{Deployment: "model-api", Now: modelAPI()}
	tests := map[string]struct {
		prepare func(*bench)
		answer  Confirmation
		check   func(error) bool
		result  string // of the last record; "" means none
		text    string
	}{
		"not confirmed": {func(*bench) {}, Confirmation{}, is[*NotConfirmedError], "", ""},
		"no disk": {func(b *bench) { b.journal.fail = "intent" }, yes, func(err error) bool {
			j, ok := errors.AsType[*JournalError](err)
			return ok && !j.Changed
		}, "", ""},
		"replica died": {func(b *bench) { b.world.d.Variants[1].Ready = 0 }, yes, is[*DeniedError], "", ""},
		"now asks":     {func(b *bench) { b.world.d.State = backends.Fail }, yes, is[*NotConfirmedError], "", ""},
		"lost race":    {func(b *bench) { b.world.applyErr = conflict }, yes, is[*backends.ConflictError], "failed", "changed by someone else"},
		"token moved":  {func(b *bench) { b.world.d.Token = "t2" }, yes, is[*backends.ConflictError], "failed", "changed by someone else"},
		"unsupported": {func(b *bench) { b.world.applyErr = &backends.UnsupportedError{Op: "split", Reason: "x"} }, yes,
			is[*backends.UnsupportedError], "failed", "nothing was applied"},
		"broken": {func(b *bench) { b.world.applyErr = errors.New("connection reset") }, yes,
			func(err error) bool { return strings.Contains(err.Error(), "connection reset") }, "unknown", "unchanged since the plan"},
		"cannot look again": {func(b *bench) { b.world.readErr = errors.New("refused") }, yes,
			func(err error) bool { return strings.Contains(err.Error(), "check split of model-api again") }, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := newBench(nil)
			p := b.plan(t, splitTo("A=50", "B=50"))
			test.prepare(b)
			o, err := b.Run(t.Context(), p, test.answer, nil)
			if err == nil || !test.check(err) {
				t.Errorf("error %v", err)
			}
			if len(b.world.applied) != 0 || o.Undo != nil {
				t.Errorf("applied %v, outcome %+v", b.world.applied, o)
			}
			if test.result == "" {
				if len(b.journal.records) != 0 {
					t.Errorf("records %+v", b.journal.records)
				}
				return
			}
			last := b.journal.last()
			if last.Result != test.result || !strings.Contains(last.Text, test.text) || last.Error == "" || o.Result != test.result {
				t.Errorf("record %+v, outcome %+v", last, o)
			}
		})
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func TestTypedConfirmation(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		p := b.plan(t, splitTo("B=100"))
		if _, err := b.Run(ctx, p, yes, nil); !is[*NotConfirmedError](err) || !strings.Contains(err.Error(), `"model-api"`) {
			t.Errorf("a yes was enough: %v", err)
		}
		if o, err := b.Run(ctx, p, Confirmation{Typed: "model-api"}, nil); err != nil || !o.Observed {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}

func TestCancelledWhileObserving(t *testing.T) {
	inBubble(t, 0, nil, func(t *testing.T, ctx context.Context, b *bench) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		o, err := b.Run(ctx, b.plan(t, splitTo("A=50", "B=50")), yes, nil)
		if !errors.Is(err, context.DeadlineExceeded) || o.Result != "unknown" || b.journal.last().Result != "unknown" {
			t.Errorf("outcome %+v, %v, record %+v", o, err, b.journal.last())
		}
	})
}

func TestResultThatCannotBeRecorded(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.journal.fail = "result"
		o, err := b.Run(ctx, b.plan(t, splitTo("A=50", "B=50")), yes, nil)
		j, ok := errors.AsType[*JournalError](err)
		if !ok || !j.Changed || o.Result != "ok" || !o.Observed {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}

// watched is a backend that also sends its listings.
type watched struct {
	*fake
	late bool
}

func (w watched) Watch(ctx context.Context) <-chan backends.Listing {
	out := make(chan backends.Listing, 1)
	go func() {
		defer close(out)
		for tick := time.Tick(500 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				return
			case <-tick:
				all, err := w.Deployments(ctx)
				l := backends.Listing{Deployments: all, Err: err, At: time.Now()}
				if w.late { // what was read before the change, delivered after it
					l = backends.Listing{Deployments: []backends.Deployment{modelAPI()}, At: time.Now().Add(-time.Minute)}
				}
				select {
				case out <- l:
				default:
				}
			}
		}
	}()
	return out
}

func TestRunObservesThroughWatcher(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b := newBench(nil)
			o := b.Options
			o.Backend, o.Every = watched{b.world, late}, 10*time.Second
			b.Engine = New(o)
			go b.world.traffic(ctx, 40)
			out, err := b.Run(ctx, b.plan(t, splitTo("A=50", "B=50")), yes, nil)
			if err != nil || !out.Observed || (out.Took < 10*time.Second) == late {
				t.Errorf("late %v: outcome %+v, %v", late, out, err)
			}
		})
	}
}
