package operation

import (
	"context"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

// roll replaces the replicas of a variant one a second, then ends the rollout.
// When fail is set it is abandoned after the first and everything goes back.
func (f *fake) roll(op backends.Op, variant, version, fail string) func(*backends.Deployment, backends.Change) {
	return func(d *backends.Deployment, c backends.Change) {
		v, _ := d.Variant(variant)
		d.Rollout = &backends.Rollout{Operation: op, Variant: variant, From: v.Version, To: version, Total: v.Desired, Message: fail}
		old := v
		for i := range v.Desired {
			time.AfterFunc(time.Duration(i+1)*time.Second, func() {
				f.change(func(d *backends.Deployment) { f.replaced(d, i, old, version, fail) })
			})
		}
	}
}

// replaced is the i-th step of roll.
func (f *fake) replaced(d *backends.Deployment, i int, old backends.Variant, version, fail string) {
	if d.Rollout == nil {
		return
	}
	r := *d.Rollout
	d.Rollout = &r
	for k := range d.Variants {
		v := &d.Variants[k]
		if v.Name != old.Name {
			continue
		}
		if fail != "" {
			if i > 0 {
				v.Version, v.Replicas, d.Rollout = old.Version, old.Replicas, nil
			}
			return
		}
		v.Version, v.Revision = version, 9
		v.Replicas = append([]backends.Replica{}, v.Replicas...)
		v.Replicas[i] = replica(v.Replicas[i].Name, version, 100+i)
		d.Rollout.Done++
		if d.Rollout.Done == d.Rollout.Total {
			d.Rollout = nil
		}
	}
}

func TestRollouts(t *testing.T) {
	deployA := backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "A", Version: "2.0.0"}
	revisions := []backends.Revision{
		{Number: 3, Variant: "B", Version: "1.1.0", Current: true},
		{Number: 2, Variant: "A", Version: "1.0.0", Current: true},
		{Number: 1, Variant: "A", Version: "0.9.0", Good: true},
	}
	tests := map[string]struct {
		change backends.Change
		effect func(*fake) func(*backends.Deployment, backends.Change)
		result string
		text   string
		undo   backends.Op
	}{
		"deploy": {deployA, func(f *fake) func(*backends.Deployment, backends.Change) { return f.roll("deploy", "A", "2.0.0", "") },
			"ok", "every replica of A is ready with version 2.0.0", backends.OpRollback},
		"deploy abandoned": {deployA, func(f *fake) func(*backends.Deployment, backends.Change) {
			return f.roll("deploy", "A", "2.0.0", "a-1 is not ready after 30 s")
		}, "failed", "a-1 is not ready after 30 s", ""},
		"deploy ignored": {deployA, func(*fake) func(*backends.Deployment, backends.Change) {
			return func(*backends.Deployment, backends.Change) {}
		}, "failed", "the rollout ended without it", ""},
		"rollback": {backends.Change{Op: backends.OpRollback, Deployment: "model-api"}, func(f *fake) func(*backends.Deployment, backends.Change) {
			return f.roll("rollback", "A", "0.9.0", "")
		}, "ok", "version 0.9.0", backends.OpRollback},
		"restart": {backends.Change{Op: backends.OpRestart, Deployment: "model-api", Variant: "A"}, func(f *fake) func(*backends.Deployment, backends.Change) {
			return f.roll("restart", "A", "1.0.0", "")
		}, "ok", "every replica of A is fresh", ""},
		"promote": {backends.Change{Op: backends.OpPromote, Deployment: "model-api"}, func(f *fake) func(*backends.Deployment, backends.Change) {
			return f.roll("promote", "A", "1.1.0", "")
		}, "ok", "every replica of A is ready with version 1.1.0", backends.OpRollback},
		"scale": {backends.Change{Op: backends.OpScale, Deployment: "model-api", Variant: "B", Replicas: 2}, func(f *fake) func(*backends.Deployment, backends.Change) {
			return func(d *backends.Deployment, c backends.Change) {
				d.Variants[1].Desired = 2
				time.AfterFunc(4*time.Second, func() {
					f.change(func(d *backends.Deployment) {
						v := &d.Variants[1]
						v.Replicas, v.Ready = append(v.Replicas[:1:1], replica("b-2", "1.1.0", 22)), 2
					})
				})
			}
		}, "ok", "B runs 2 ready replicas", backends.OpScale},
		"stuck": {deployA, func(*fake) func(*backends.Deployment, backends.Change) {
			return func(d *backends.Deployment, _ backends.Change) {
				d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", Total: 3, Done: 1}
			}
		}, "unknown", "not finished: deploy of A: 1 of 3 replaced", ""},
		"given up and not taken back": {deployA, func(f *fake) func(*backends.Deployment, backends.Change) {
			f.reasons = []backends.Reason{{Variant: "B", State: backends.Fail, Rollout: true, Text: "another"},
				{Variant: "A", State: backends.Fail, Rollout: true, Text: "the image cannot be pulled"}}
			return func(d *backends.Deployment, _ backends.Change) {
				d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", From: "1.0.0", Total: 3, Done: 1, Stuck: true, Message: "no progress in 600 s"}
			}
		}, "failed", "not finished: deploy of A: 1 of 3 replaced: no progress in 600 s; the image cannot be pulled", backends.OpRollback},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, nil, func(t *testing.T, ctx context.Context, b *bench) {
				b.world.revisions = revisions
				b.world.change(func(d *backends.Deployment) { d.Variants[0].Revision = 2 })
				b.world.effect = test.effect(b.world)
				o, err := b.Run(ctx, b.plan(t, test.change), yes, nil)
				if o.Result != test.result || !strings.Contains(o.Text, test.text) || b.journal.last().Result != test.result {
					t.Errorf("outcome %+v, %v", o, err)
				}
				if (err != nil) != (test.result == "failed") {
					t.Errorf("error %v", err)
				}
				if (o.Undo == nil) != (test.undo == "") || o.Undo != nil && o.Undo.Op != test.undo {
					t.Errorf("undo %+v, want %q", o.Undo, test.undo)
				}
			})
		})
	}
}

func TestHold(t *testing.T) {
	inBubble(t, 1, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.world.change(func(d *backends.Deployment) {
			d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "A", Total: 3, Done: 1}
		})
		b.world.effect = func(d *backends.Deployment, c backends.Change) {
			r := *d.Rollout
			r.Paused = c.Op == backends.OpPause
			d.Rollout = &r
		}
		p := b.plan(t, backends.Change{Op: backends.OpPause, Deployment: "model-api"})
		o, err := b.Run(ctx, p, Confirmation{}, nil)
		if err != nil || !o.Observed || o.Text != "held at 1 of 3" {
			t.Fatalf("pause: %+v, %v", o, err)
		}
		o, err = b.Run(ctx, b.plan(t, *o.Undo), yes, nil)
		if err != nil || !o.Observed || o.Text != "goes on: 1 of 3" {
			t.Errorf("resume: %+v, %v", o, err)
		}
	})
}

func TestAbort(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.world.change(func(d *backends.Deployment) {
			d.Rollout = &backends.Rollout{Operation: "deploy", Variant: "B", Total: 1}
		})
		b.world.effect = func(d *backends.Deployment, c backends.Change) {
			setWeights(d, backends.Split{"A": 100})
			time.AfterFunc(5*time.Second, func() { b.world.change(func(d *backends.Deployment) { d.Rollout = nil }) })
		}
		clear(b.signals) // stale data never stands in the way of safety
		o, err := b.Run(ctx, b.plan(t, backends.Change{Op: backends.OpAbort, Deployment: "model-api"}), yes, nil)
		if err != nil || !o.Observed || o.Took < 5*time.Second || o.Undo.Split.String() != "A=70 B=30" {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}
