package operation

import (
	"context"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

// TestRatesAfterASplitAreThoseOfTheNewSplit: the measured rates still are
// those of the split before.
func TestRatesAfterASplitAreThoseOfTheNewSplit(t *testing.T) {
	for name, test := range map[string]struct {
		age  time.Duration
		want string
	}{
		"just now":    {5 * time.Second, "B: 20.0 → 20.4 requests/s"},
		"a while ago": {5 * time.Minute, "B: 12 → 20 requests/s"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, nil, func(t *testing.T, ctx context.Context, b *bench) {
				b.world.change(func(d *backends.Deployment) {
					d.Variants[0].Weight, d.Variants[1].Weight = 50, 50
					d.SplitBy, d.SplitAt = "ana", time.Now().Add(-test.age)
				})
				b.signals[""], b.signals["A"], b.signals["B"] = signalsOf(40), signalsOf(28), signalsOf(12)
				p, err := b.Plan(ctx, splitTo("A=49", "B=51"))
				if err != nil || !strings.Contains(strings.Join(p.Consequences, " "), test.want) {
					t.Errorf("consequences %q (%v), want %q", p.Consequences, err, test.want)
				}
			})
		})
	}
}

func TestApart(t *testing.T) {
	for _, test := range []struct {
		before, after float64
		want          string
	}{
		{27.4, 26.9, "27.4 26.9"}, {27, 27, "27 27"}, {27.0001, 27, "27 27"}, {10, .01, "10.00 0.01"}, {20, 40, "20 40"}, {5, 5.04, "5.00 5.04"}, {0, 0, "0.0 0.0"},
	} {
		if got := apart(test.before, test.after); got[0]+" "+got[1] != test.want {
			t.Errorf("%v and %v: %q, want %q", test.before, test.after, got, test.want)
		}
	}
}
