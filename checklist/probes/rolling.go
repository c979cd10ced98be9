package probes

import (
	"context"
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/checklist"
)

// rollingConfigured: replicas are replaced without leaving a gap.
func (a *asker) rollingConfigured(ctx context.Context) checklist.Finding {
	r, source, why := of(ctx, a, func(v backends.VariantSetup) backends.Fact[backends.Replacing] { return v.Replacing })
	if why != nil {
		return *why
	}
	d, _ := a.Deployment.Variant(a.Subject.Variant)
	v := verdict{source: source}
	switch {
	case r.Strategy == "Recreate":
		v.fail("every replica stops before another starts (%s)", r.Strategy)
	case !r.StartsFirst && d.Desired < 2:
		v.fail("the only replica stops before its replacement serves (%s, %s may be missing)", r.Strategy, said(r.Unavailable))
	case !r.StartsFirst:
		v.ok("%s, %s of %d replicas may be missing", r.Strategy, said(r.Unavailable), d.Desired)
	default:
		v.ok("%s: a replica leaves when its replacement serves", r.Strategy)
	}
	if !r.Gated {
		v.fail("no readiness probe tells when a replacement serves")
	}
	if !r.Drains {
		v.warn("nothing waits for the requests of a replica that leaves")
	}
	if r.Grace > 0 {
		v.ok("%s to end requests", r.Grace)
	}
	if a.Deployment.Backend == "kubernetes" {
		switch {
		case r.Disruption == "" && d.Desired > 1:
			v.warn("no PodDisruptionBudget keeps a drain of nodes from taking all replicas")
		case r.Disruption != "":
			v.ok("PodDisruptionBudget %s", r.Disruption)
		}
		if r.Deadline == 0 {
			v.warn("a rollout that does not get on never counts as failed")
		}
	}
	return next(v.finding(), "let replacements start first (maxSurge 1, maxUnavailable 0), behind a readiness probe", "")
}

func said(text string) string {
	if text == "" {
		return "some"
	}
	return text
}

// replacing are the operations that replace replicas.
func replacing(op string) bool {
	switch backends.Op(op) {
	case backends.OpDeploy, backends.OpRollback, backends.OpRestart, backends.OpPromote:
		return true
	}
	return false
}

// farBack is how far back the last rollout is looked for.
const farBack = 30 * 24 * time.Hour

// rollingMeasured: how many requests failed while the last rollout replaced
// replicas, by the counters of Prometheus.
func (a *asker) rollingMeasured(ctx context.Context) checklist.Finding {
	if a.Records == nil || a.Metrics == nil {
		return unknown("no journal or no Prometheus tells of the last rollout")
	}
	records, err := a.Records.Records(a.Now().Add(-farBack))
	if err != nil {
		return unknown("read the journal: %s", err)
	}
	intent, end, ok := a.lastRollout(records)
	if !ok {
		return next(unknown("the journal of the last %s has no rollout of %s", checklist.Days(farBack), a.Subject.Variant), "it is measured with the next deploy, rollback or restart", checklist.GoRollout)
	}
	const step = 5 * time.Second
	counted, err := a.Metrics.Counts(ctx, a.Deployment.Name, intent.TS.Add(-step), step)
	if err != nil {
		return unknown("count the requests of the last rollout: %s", err)
	}
	var requests, failed float64
	for _, i := range counted {
		if i.From.After(end) {
			break
		}
		if i.Errors == nil {
			return unknown("the server's metrics do not tell requests that failed")
		}
		for variant := range i.N {
			requests, failed = requests+i.N[variant], failed+i.Errors[variant]
		}
	}
	source := fmt.Sprintf("requests from %s to %s (%s %s)", intent.TS.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339), intent.Op, intent.ID)
	if requests == 0 {
		return from(unknown("no request was counted during the last %s", intent.Op), source)
	}
	state := checklist.Pass
	if failed > float64(a.Settings.FailedRequests) {
		state = checklist.Fail
	}
	f := from(say(state, "%.0f of %.0f requests failed while the last %s replaced replicas", failed, requests, intent.Op), source)
	f.Value, f.Threshold = fmt.Sprintf("%.0f", failed), fmt.Sprintf("≤ %d", a.Settings.FailedRequests)
	if state == checklist.Fail {
		f = next(f, "see how replicas end: they have to finish their requests", checklist.GoRollout)
	}
	return f
}

// lastRollout is the newest one of the variant that has ended, and when.
func (a *asker) lastRollout(records []journal.Record) (intent journal.Record, end time.Time, ok bool) {
	ends := map[string]time.Time{}
	for _, r := range records {
		if r.Phase == journal.PhaseResult { // a failed one loses requests too
			ends[r.Intent] = r.TS
		}
	}
	for _, r := range records {
		at, ended := ends[r.ID]
		mine := r.Target.Name == a.Deployment.Name && (r.Target.Variant == a.Subject.Variant || r.Target.Variant == "")
		if r.Phase == journal.PhaseIntent && ended && mine && replacing(r.Op) && (!ok || r.TS.After(intent.TS)) {
			intent, end, ok = r, at, true
		}
	}
	return intent, end, ok
}
