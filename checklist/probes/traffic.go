package probes

import (
	"context"
	"fmt"
	"math"
	"time"

	"pitwall/backends"
	"pitwall/checklist"
)

// balancer: something spreads the requests over every ready replica.
func (a *asker) balancer(ctx context.Context) checklist.Finding {
	if a.Configurer == nil {
		return unknown("the %s backend does not tell what spreads the requests", a.Deployment.Backend)
	}
	setup, err := a.setup(ctx)
	if err != nil {
		return unknown("read how %s is set up: %s", a.Deployment.Name, err)
	}
	b, why := fact(setup.Balancer)
	if why != nil {
		return *why
	}
	if b.Kind == "" {
		f := from(say(checklist.Fail, "nothing spreads the requests of %s over its replicas", a.Deployment.Name), setup.Balancer.From)
		return next(f, "put a front door before them", "")
	}
	v := verdict{source: setup.Balancer.From}
	for _, c := range b.Accepted {
		if !c.OK {
			v.fail("%s is not %s: %s", b.Kind, c.Type, c.Text)
		}
	}
	ready := 0
	for _, e := range b.Endpoints {
		if e.Variant != a.Subject.Variant {
			continue
		}
		if e.Ready {
			ready++
		}
	}
	d, _ := a.Deployment.Variant(a.Subject.Variant)
	switch {
	case ready == 0 && d.Weight > 0:
		v.fail("%s sends %g %% to %s, and no replica of it can be reached", b.Kind, d.Weight, a.Subject.Variant)
	case ready < d.Ready:
		v.fail("%s knows %d of %d ready replicas of %s", b.Kind, ready, d.Ready, a.Subject.Variant)
	case ready == 1:
		v.warn("%s has one replica of %s to send to: nothing takes over", b.Kind, a.Subject.Variant)
	case ready == 0:
		v.warn("%s has no replica of %s, which gets no requests", b.Kind, a.Subject.Variant)
	default:
		v.ok("%s spreads over %d replicas of %s", b.Kind, ready, a.Subject.Variant)
	}
	f := v.finding()
	f.Value = fmt.Sprintf("%d of %d", ready, d.Ready)
	return next(f, "see why replicas are missing from it", checklist.GoDeployment)
}

// latency: the quantile of the requests stays below its bound, and there were
// enough of them.
func (a *asker) latency(ctx context.Context) checklist.Finding {
	s, ok := a.Signals[a.Subject.Variant]
	bound := a.Settings.Latency
	value := map[string]float64{"p50": s.P50, "p95": s.P95, "p99": s.P99}[bound.Quantile]
	switch {
	case !ok || s.At.IsZero():
		return unknown("no latency of %s is measured", a.Subject.Variant)
	case backends.Missing(value):
		return unknown("%s of %s is missing: there were no requests, or the server does not measure it", bound.Quantile, a.Subject.Variant)
	}
	n, window, err := a.requests(ctx)
	if err != nil {
		return unknown("count the requests that %s is of: %s", bound.Quantile, err)
	}
	most := time.Duration(bound.Max)
	took := time.Duration(value * float64(time.Second)).Round(100 * time.Microsecond)
	f := say(checklist.Pass, "%s is %s, below %s, of about %.0f requests in %s", bound.Quantile, took, most, n, window)
	f.Value, f.Threshold, f.Source = took.String(), "< "+most.String(), "the latency panel of "+a.Subject.Variant
	if n < float64(bound.Requests) {
		f.State, f.Text = checklist.Unknown, fmt.Sprintf("%s is %s, but of %.0f requests only: %d are needed", bound.Quantile, took, n, bound.Requests)
		return next(f, "send it more traffic", checklist.GoSplit)
	}
	if took >= most {
		f.State, f.Text = checklist.Fail, fmt.Sprintf("%s is %s, not below %s, of about %.0f requests in %s", bound.Quantile, took, most, n, window)
		return next(f, "see which replicas are slow, or go back", checklist.GoDeployment)
	}
	return f
}

// counted is the window in which requests are counted for latency.
const counted = 5 * time.Minute

// requests are how many the variant answered lately.
func (a *asker) requests(ctx context.Context) (n float64, window time.Duration, err error) {
	if a.Metrics == nil {
		return 0, counted, fmt.Errorf("there is no Prometheus")
	}
	intervals, err := a.Metrics.Counts(ctx, a.Deployment.Name, a.Now().Add(-counted), counted/60)
	for _, i := range intervals {
		n += i.N[a.Subject.Variant]
	}
	return n, counted, err
}

// drift: drift is measured, it is fresh, below its bound, and watched.
func (a *asker) drift(ctx context.Context) checklist.Finding {
	s, ok := a.Signals[a.Subject.Variant]
	bound := a.Settings.Drift
	switch {
	case !ok || s.At.IsZero():
		return unknown("no drift of %s is measured", a.Subject.Variant)
	case a.Now().Sub(s.At) > time.Duration(bound.Age):
		return unknown("the drift of %s was measured last %s ago", a.Subject.Variant, a.Now().Sub(s.At).Round(time.Minute))
	case s.DriftRows < backends.DriftNeeded:
		return unknown("%.0f of the %d rows that a verdict needs were seen", s.DriftRows, backends.DriftNeeded)
	case backends.Missing(s.DriftPSI):
		return next(say(checklist.Fail, "%s measures no drift", a.Subject.Variant), "serve the model with its baseline", "")
	}
	v := verdict{source: "the drift panel of " + a.Subject.Variant}
	if s.DriftPSI > bound.PSI {
		v.fail("PSI of %s is %.3f, above %g", s.Feature, s.DriftPSI, bound.PSI)
	} else {
		v.ok("the greatest PSI is %.3f (%s), of %.0f rows", s.DriftPSI, s.Feature, s.DriftRows)
	}
	a.driftWatched(ctx, &v)
	f := v.finding()
	f.Value, f.Threshold = fmt.Sprintf("%.3f", s.DriftPSI), fmt.Sprintf("≤ %g", bound.PSI)
	return next(f, "compare its features with the baseline", checklist.GoDeployment)
}

func (a *asker) driftWatched(ctx context.Context, v *verdict) {
	if a.Alerting == nil {
		v.warn("whether a rule watches it is not known")
		return
	}
	rules, err := a.rules(ctx)
	if err != nil {
		v.warn("whether a rule watches it is not known: %s", err)
		return
	}
	for _, r := range rules {
		if r.Drift {
			v.ok("the rule %s watches it", r.Name)
			return
		}
	}
	v.fail("no alerting rule watches it")
}

// split: the observed share of every variant agrees with the configured one,
// within what chance allows (a two-sided test of the normal approximation of
// the binomial distribution).
func (a *asker) split(ctx context.Context) checklist.Finding {
	d := a.Deployment
	if len(d.Variants) < 2 {
		return notHere("%s has one variant", d.Name)
	}
	if a.Metrics == nil {
		return unknown("no Prometheus counts the requests of the variants")
	}
	since := a.Now().Add(-counted)
	if d.SplitAt.Add(30 * time.Second).After(since) {
		since = d.SplitAt.Add(30 * time.Second) // counters and scrapes lag behind a change
	}
	const step = 10 * time.Second
	if a.Now().Sub(since) < 3*step {
		return unknown("the split was changed %s ago: look again in a minute", a.Now().Sub(d.SplitAt).Round(time.Second))
	}
	intervals, err := a.Metrics.Counts(ctx, d.Name, since, step)
	if err != nil {
		return unknown("count the requests of the variants: %s", err)
	}
	n, all := map[string]float64{}, 0.0
	for _, i := range intervals {
		for variant, x := range i.N {
			n[variant], all = n[variant]+x, all+x
		}
	}
	f := a.shares(n, all)
	f.Source = fmt.Sprintf("requests since %s", since.UTC().Format(time.TimeOnly))
	return f
}

// fewest requests that tell a share.
const fewest = 100

func (a *asker) shares(n map[string]float64, all float64) checklist.Finding {
	if all < fewest {
		return next(unknown("%.0f requests were counted: %d tell a share", all, fewest), "wait for traffic", checklist.GoSplit)
	}
	v := verdict{}
	z := quantile(1 - (1-a.Settings.SplitConfidence)/2)
	for _, x := range a.Deployment.Variants {
		want, got := x.Weight/100, n[x.Name]/all
		off := z*math.Sqrt(want*(1-want)/all) + 1/(2*all)
		text := fmt.Sprintf("%s is to get %g %% and got %.1f %%", x.Name, x.Weight, 100*got)
		switch {
		case math.Abs(got-want) > off:
			v.fail("%s", text)
		case x.Weight == 0:
			v.warn("%s gets no requests", x.Name)
		default:
			v.ok("%s", text)
		}
	}
	f := v.finding()
	f.Text += fmt.Sprintf(", of %.0f requests", all)
	f.Threshold = fmt.Sprintf("within chance at %g %%", 100*a.Settings.SplitConfidence)
	return next(f, "see what the front door was told", checklist.GoSplit)
}

// quantile is that of the standard normal distribution.
func quantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// autoscaling: something adds replicas under load, and can.
func (a *asker) autoscaling(ctx context.Context) checklist.Finding {
	s, source, why := of(ctx, a, func(v backends.VariantSetup) backends.Fact[backends.Autoscaler] { return v.Autoscaler })
	if why != nil {
		return *why
	}
	v := verdict{source: source}
	if s.Name == "" {
		v.fail("nothing scales %s", a.Subject.Variant)
		return next(v.finding(), "add a HorizontalPodAutoscaler", "")
	}
	for _, c := range s.Conditions {
		if !c.OK {
			v.fail("%s: %s: %s", s.Name, c.Type, c.Text)
		}
	}
	if s.Lacks != "" {
		v.fail("%s cannot measure: %s is not asked for", s.Name, s.Lacks)
	}
	if s.Max <= s.Min {
		v.fail("%s has nothing to scale between %d and %d", s.Name, s.Min, s.Max)
	}
	if s.Min < 2 {
		v.warn("%s goes down to %d: nothing takes over then", s.Name, s.Min)
	}
	if s.FixedReplicas {
		v.warn("the manifest sets replicas too: every apply of it undoes what %s did", s.Name)
	}
	if s.Current >= s.Max {
		v.warn("%s is at its most, %d", s.Name, s.Max)
	}
	v.ok("%s: %d to %d replicas, %d now, %s", s.Name, s.Min, s.Max, s.Current, s.Metric)
	return next(v.finding(), "see what keeps it from scaling", checklist.GoExplain)
}
