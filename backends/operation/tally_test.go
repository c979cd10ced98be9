package operation

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// prometheus counts what a front door without counters let through, and has
// what it scrapes 10 s late: a split is in force before its requests show.
type prometheus struct {
	world *fake
	rps   float64
	err   error
	since []time.Time
}

const late = 10 * time.Second

func (p *prometheus) counts(_ context.Context, _ string, since time.Time) (map[string]float64, error) {
	p.since = append(p.since, since)
	if p.err != nil || p.rps == 0 {
		return nil, p.err
	}
	out, seconds := map[string]float64{}, (time.Since(since) - late).Seconds()
	for name, weight := range p.world.split() {
		out[name] = max(0, seconds*p.rps*weight/100)
	}
	return out, nil
}

// TestRunSplitObservedBySignals: on Kubernetes no front door counts, and the
// third lamp is lit by what Prometheus counted from after the change on.
func TestRunSplitObservedBySignals(t *testing.T) {
	for name, test := range map[string]struct {
		source   prometheus
		measured bool
		observed bool
		want     string
		longest  time.Duration
	}{
		"traffic":      {prometheus{rps: 40}, true, true, "observed A ", time.Minute},
		"no traffic":   {prometheus{}, true, false, "not yet observed: the signals show no request since", splitPatience + time.Second},
		"away":         {prometheus{err: errors.New("down")}, true, false, "counters cannot be read; the signals show the share", time.Minute},
		"not measured": {prometheus{rps: 40}, false, false, "counters cannot be read; nothing here shows the share", 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 40, nil, func(t *testing.T, ctx context.Context, b *bench) {
				p := &test.source
				p.world = b.world
				b.Counts, b.Measured = p.counts, func(string) bool { return test.measured }
				var applied time.Time
				b.world.effect = func(d *backends.Deployment, c backends.Change) {
					taken(backends.OK, "public has it")(d, c)
					d.Variants[1].Counted = false
					applied = time.Now()
				}
				o, err := b.Run(ctx, b.plan(t, splitTo("A=60", "B=40")), Confirmation{Yes: true, Typed: "model-api"}, nil)
				if err != nil || o.Result != journal.ResultOK || o.Observed != test.observed || !strings.Contains(o.Text, test.want) || o.Took > test.longest {
					t.Errorf("outcome %+v, %v", o, err)
				}
				for _, since := range p.since {
					if since.Sub(applied) < scrapeLag {
						t.Errorf("it counted from %v after the change on, of which a scrape may be older", since.Sub(applied))
					}
				}
			})
		})
	}
}
