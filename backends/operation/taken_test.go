package operation

import (
	"context"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// taken is a front door that counts nothing, and a controller that says something.
func taken(state backends.State, text string) func(*backends.Deployment, backends.Change) {
	return func(d *backends.Deployment, c backends.Change) {
		setWeights(d, c.Split)
		d.Variants[0].Counted = false
		d.Taken = &backends.Taken{State: state, Text: text}
	}
}

// TestRunSplitRefusedByTheController: the API has the split, and seconds later
// its controller refuses it. What it refused before is no refusal of this one.
func TestRunSplitRefusedByTheController(t *testing.T) {
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		refuses := taken(backends.Fail, "public refuses it: NotAllowedByListeners")
		b.world.effect = taken(backends.Progressing, "public has not seen the newest change yet")
		time.AfterFunc(5*time.Second, func() {
			b.world.change(func(d *backends.Deployment) { refuses(d, splitTo("A=60", "B=40")) })
		})
		var seen []Stage
		o, err := b.Run(ctx, b.plan(t, splitTo("A=60", "B=40")), yes, stages(&seen))
		if err == nil || o.Result != journal.ResultFailed || !strings.Contains(o.Text, "refused by the front door's controller: public refuses it: NotAllowedByListeners") {
			t.Errorf("outcome %+v, %v", o, err)
		}
		if seen[len(seen)-1] != Failed || o.Took > 15*time.Second {
			t.Errorf("stages %v after %s", seen, o.Took)
		}
	})
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.world.effect = taken(backends.Fail, "public refuses what was there before")
		time.AfterFunc(time.Second, func() {
			b.world.change(func(d *backends.Deployment) {
				d.Taken = &backends.Taken{State: backends.OK, Text: "public has taken it"}
			})
		})
		if o, err := b.Run(ctx, b.plan(t, splitTo("A=60", "B=40")), yes, nil); err != nil || o.Result != journal.ResultOK {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}

// TestRunSplitOfAFrontDoorThatDoesNotCount: it is not waited for, and the
// outcome says why nothing was observed; a controller is waited for still.
func TestRunSplitOfAFrontDoorThatDoesNotCount(t *testing.T) {
	uncounted := func(d *backends.Deployment, c backends.Change) {
		setWeights(d, c.Split)
		d.Variants[0].Counted = false
		d.Uncounted = "its log_format lacks $variant"
	}
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.world.effect = uncounted
		o, err := b.Run(ctx, b.plan(t, splitTo("A=60", "B=40")), yes, nil)
		if err != nil || o.Observed || !strings.Contains(o.Text, "not observed: the front door does not count what each variant answers (its log_format lacks $variant)") {
			t.Errorf("outcome %+v, %v", o, err)
		}
		if o.Took > 3*time.Second {
			t.Errorf("it waited %s for counters that never come", o.Took)
		}
	})
	inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
		b.world.effect = func(d *backends.Deployment, c backends.Change) {
			uncounted(d, c)
			d.Taken = &backends.Taken{State: backends.Progressing, Text: "public has not seen it"}
		}
		time.AfterFunc(5*time.Second, func() {
			b.world.change(func(d *backends.Deployment) { d.Taken = &backends.Taken{State: backends.OK, Text: "public has it"} })
		})
		o, err := b.Run(ctx, b.plan(t, splitTo("A=60", "B=40")), yes, nil)
		if err != nil || !strings.Contains(o.Text, "by the controller (public has it), not observed") {
			t.Errorf("outcome %+v, %v", o, err)
		}
	})
}
