package prometheus

import (
	"context"
	"math"

	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"pitwall/backends"
)

// Signals returns deployment → variant ("" is the whole deployment) → signals.
// It takes four queries however many deployments there are.
func (c *Client) Signals(ctx context.Context) (map[string]map[string]backends.Signals, error) {
	return shared(ctx, c, "signals", refreshTimeout, c.signals)
}

func (c *Client) signals(ctx context.Context) (map[string]map[string]backends.Signals, error) {
	s, err := c.scope(ctx, "")
	if err != nil {
		return nil, err
	}
	s.whole = true
	exprs := []string{
		union(s.requests(), s.earlyRequests(), s.rate(nameErrors, s.profile.Errors), s.rate(nameRejects, s.profile.Rejects)),
		s.latency(),
		union(s.sum(nameInFlight, s.profile.InFlight), s.sum(nameMemory, s.profile.Memory), s.rate(nameCPU, s.profile.CPU)),
		union(s.worstDrift(), s.max(nameDriftRows, s.profile.DriftRows)),
	}
	answers, err := c.instants(ctx, exprs)
	if answers == nil {
		return nil, err
	}
	t := table{profile: s.profile, cells: map[source]*cell{}}
	for _, vector := range answers {
		for _, sample := range vector {
			t.add(sample)
		}
	}
	return t.signals(), err
}

// instants asks several queries at once. A query that fails leaves its vector
// empty and the others standing; the result is nil when all of them failed. The
// error is that of the first one that failed.
func (c *Client) instants(ctx context.Context, exprs []string) ([]model.Vector, error) {
	answers := make([]model.Vector, len(exprs))
	errs := make([]error, len(exprs))
	var group errgroup.Group
	for i, expr := range exprs {
		group.Go(func() error {
			answers[i], errs[i] = c.instant(ctx, expr)
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs

	var first error
	failed := 0
	for i, err := range errs {
		if err != nil && first == nil {
			first = err
		}
		if err != nil && answers[i] == nil {
			failed++
		}
	}
	if failed > 0 && failed == len(exprs) {
		return nil, first
	}
	return answers, first
}

// key is a variant of a deployment, or with "" a whole deployment.
type key struct{ deployment, variant string }

// cell is what was answered about one key.
type cell struct {
	signals backends.Signals
	errors  float64 // a second
	rejects float64 // a second
	early   float64 // requests a second, NaN where the window of their rate is covered
}

func newCell() *cell {
	return &cell{signals: backends.NoSignals(), errors: math.NaN(), rejects: math.NaN(), early: math.NaN()}
}

// table gathers the samples of all queries, which come in any order.
type table struct {
	profile Profile
	cells   map[source]*cell
}

func (t table) add(sample *model.Sample) {
	k, known := t.profile.key(sample.Metric)
	if !known || k.deployment == "" {
		return
	}
	from := source{k, t.profile.pods.workload(sample.Metric)}
	c := t.cells[from]
	if c == nil {
		c = newCell()
		t.cells[from] = c
	}
	value := finite(sample.Value)
	switch string(sample.Metric[signalLabel]) {
	case nameRequests:
		c.signals.RPS = value
	case nameEarly:
		c.early = value
	case nameErrors:
		c.errors = value
	case nameRejects:
		c.rejects = value
	case nameP50:
		c.signals.P50 = value
	case nameP95:
		c.signals.P95 = value
	case nameP99:
		c.signals.P99 = value
	case nameMean:
		c.signals.Mean = value
	case nameInFlight:
		c.signals.InFlight = value
	case nameMemory:
		c.signals.Memory = value
	case nameCPU:
		c.signals.CPU = value
	case nameDriftRows:
		c.signals.DriftRows = value
	case nameDrift:
		c.signals.DriftPSI = value
		c.signals.Feature = string(sample.Metric[t.profile.featureLabel()])
	}
	c.signals.At = sample.Timestamp.Time()
}

// signals finishes what only several samples together tell.
func (t table) signals() map[string]map[string]backends.Signals {
	all, cells := map[string]map[string]backends.Signals{}, t.cells
	if t.profile.pods != nil {
		cells = together(cells)
	}
	for k, c := range cells {
		c.signals.ErrorRatio = ratio(t.profile.Errors, c.errors, c.signals.RPS)
		c.signals.RejectRatio = ratio(t.profile.Rejects, c.rejects, c.signals.RPS)
		if c.early > c.signals.RPS { // the ratios are of two rates over one window
			c.signals.RPS = c.early
		}
		if all[k.deployment] == nil {
			all[k.deployment] = make(map[string]backends.Signals, 3)
		}
		all[k.deployment][k.variant] = c.signals
	}
	for _, variants := range all {
		if whole, known := variants[""]; known {
			variants[""] = worstDrift(whole, variants)
		}
	}
	return all
}

// worstDrift gives a deployment the drift of the variant that drifts most, and
// the rows of the window that is filled best.
func worstDrift(whole backends.Signals, variants map[string]backends.Signals) backends.Signals {
	for name, v := range variants {
		if name == "" {
			continue
		}
		if !(v.DriftPSI <= whole.DriftPSI) && !backends.Missing(v.DriftPSI) {
			whole.DriftPSI, whole.Feature = v.DriftPSI, v.Feature
		}
		if !(v.DriftRows <= whole.DriftRows) && !backends.Missing(v.DriftRows) {
			whole.DriftRows = v.DriftRows
		}
	}
	return whole
}

// key tells what a sample is about; false when it is of a version that is no
// variant, or of pods that serve nothing.
func (p Profile) key(metric model.Metric) (key, bool) {
	if p.pods != nil {
		return p.pods.key(metric)
	}
	k := key{deployment: string(metric[model.LabelName(p.Deployment)])}
	if p.Variant == "" {
		return k, true
	}
	k.variant = string(metric[model.LabelName(p.Variant)])
	if p.variantOf == nil || k.variant == "" {
		return k, true
	}
	k.variant = p.variantOf(k.deployment, k.variant)
	return k, k.variant != ""
}

// ratio is the share of some requests, such as those that failed, among all,
// both a second. Without requests it is missing; without a series of the
// counter there was none of them yet, unless the system does not count them.
func ratio(counter Selector, some, requests float64) float64 {
	switch {
	case counter.absent() || !(requests > 0):
		return math.NaN()
	case math.IsNaN(some):
		return 0
	default:
		return min(1, some/requests)
	}
}

// finite makes what is not a measurement missing: NaN and both infinities.
func finite(v model.SampleValue) float64 {
	if f := float64(v); !backends.Missing(f) {
		return f
	}
	return math.NaN()
}
