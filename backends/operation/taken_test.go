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
