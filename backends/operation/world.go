package operation

import (
	"context"
	"fmt"
	"math"
	"time"

	"pitwall/backends"
)

// world is everything that a plan is made from, read once.
type world struct {
	deployment backends.Deployment
	listedAt   time.Time
	away       error                       // why the deployment could not be read now, nil when it could
	revisions  []backends.Revision         // newest first, nil when the backend keeps none
	signals    map[string]backends.Signals // by variant
	watched    bool                        // a source of signals is configured
	scrape     time.Duration
	window     time.Duration // over which rates are taken
	now        time.Time
}

// read reads the world. A backend that does not answer is replaced by what is
// known of before, whose age then holds back what raises the risk.
func (e *Engine) read(ctx context.Context, name string) (*world, error) {
	w := &world{watched: e.Judged(name), scrape: e.Scrape, window: e.Window, listedAt: e.Now()}
	d, err := e.find(ctx, name)
	if err != nil && !isNotFound(err) && e.Known != nil {
		if known, at, ok := e.Known(name); ok {
			d, w.listedAt, w.away, err = known, at, err, nil
		}
	}
	if err != nil {
		return nil, err
	}
	w.deployment = d
	if w.watched {
		w.signals = e.Signals(name)
	}
	w.now = e.Now()
	return w, nil
}

// find reads one deployment.
func (e *Engine) find(ctx context.Context, name string) (backends.Deployment, error) {
	all, err := e.Backend.Deployments(ctx)
	if err != nil {
		return backends.Deployment{}, fmt.Errorf("read deployments: %w", err)
	}
	return pick(all, name)
}

func pick(all []backends.Deployment, name string) (backends.Deployment, error) {
	names := make([]string, len(all))
	for i, d := range all {
		if d.Name == name {
			return d, nil
		}
		names[i] = d.Name
	}
	return backends.Deployment{}, &backends.NotFoundError{Kind: "deployment", Name: name, Have: names}
}

// of gives the signals of a variant, all missing when there are none.
func (w *world) of(variant string) backends.Signals {
	if s, ok := w.signals[variant]; ok {
		return s
	}
	return backends.NoSignals()
}

// signalsAt is the time of the newest signal, zero when there is none.
func (w *world) signalsAt() time.Time {
	var newest time.Time
	for _, s := range w.signals {
		if s.At.After(newest) {
			newest = s.At
		}
	}
	return newest
}

// rps is the request rate of the whole deployment, NaN when unknown.
func (w *world) rps() float64 {
	if all := w.of("").RPS; !backends.Missing(all) {
		return all
	}
	sum, known := 0.0, false
	for name, s := range w.signals {
		if name != "" && !backends.Missing(s.RPS) {
			sum, known = sum+s.RPS, true
		}
	}
	if !known {
		return math.NaN()
	}
	return sum
}

// variantRPS is the request rate of a variant: measured, else its configured
// share of the whole. After a change of the split the measured rate is that of
// before for as long as the window reaches back, and the whole is not moved.
func (w *world) variantRPS(v backends.Variant) float64 {
	if share := w.rps() * v.Weight / 100; w.lags() && !backends.Missing(share) {
		return share
	}
	if measured := w.of(v.Name).RPS; !backends.Missing(measured) {
		return measured
	}
	return w.rps() * v.Weight / 100
}

// lags reports whether the rates of the variants reach back beyond the last
// change of the split.
func (w *world) lags() bool {
	at := w.deployment.SplitAt
	return !at.IsZero() && w.now.Sub(at) < w.window+w.scrape
}

// after is the split that a change leads to: the present one when the change
// does not touch the weights.
func (w *world) after(c backends.Change) backends.Split {
	names := variantNames(w.deployment)
	switch c.Op {
	case backends.OpSplit:
		return complete(c.Split, names)
	case backends.OpAbort:
		return backends.AllToStable(names)
	case backends.OpCutover:
		return complete(backends.Split{c.Variant: 100}, names)
	default:
		return w.deployment.Split()
	}
}

// complete gives every variant a weight: 0 where s has none.
func complete(s backends.Split, names []string) backends.Split {
	out := make(backends.Split, len(names))
	for _, name := range names {
		out[name] = 0
	}
	for name, weight := range s {
		out[name] = weight
	}
	return out
}

// raised lists the variants whose weight grows, in the deployment's order.
func (w *world) raised(c backends.Change) []backends.Variant {
	after := w.after(c)
	var out []backends.Variant
	for _, v := range w.deployment.Variants {
		if after[v.Name] > v.Weight+0.005 {
			out = append(out, v)
		}
	}
	return out
}

// exposed lists the candidates that get more users by the change, and the
// variant that is promoted: those whose health the guards look at.
func (w *world) exposed(c backends.Change) []backends.Variant {
	var out []backends.Variant
	for _, v := range w.raised(c) {
		if v.Name != backends.Stable {
			out = append(out, v)
		}
	}
	if v, ok := w.deployment.Variant(c.Variant); ok && c.Op == backends.OpPromote {
		out = append(out, v)
	}
	return out
}
