package operation

import (
	"fmt"
	"math"

	"pitwall/backends"
	"pitwall/backends/internal/words"
)

func ruleChange(f facts) (Verdict, string) {
	c, d := f.plan.Change, f.deployment
	v, _ := d.Variant(c.Variant)
	switch {
	case (c.Op == backends.OpSplit || c.Op == backends.OpCutover) && f.after.Equal(d.Split()):
		return Deny, "nothing to change: the split is " + d.Split().String()
	case c.Op == backends.OpScale && v.Desired == c.Replicas && lost(d, v) == 0:
		return Deny, fmt.Sprintf("nothing to change: %s has %s", v.Name, words.Count(v.Desired, "replica"))
	case c.Op == backends.OpRollback && f.plan.Revision != nil && f.plan.Revision.Current && d.Rollout == nil:
		return Deny, fmt.Sprintf("nothing to change: revision %d runs now", c.Revision)
	}
	return Pass, ""
}

func ruleRollout(f facts) (Verdict, string) {
	r := f.deployment.Rollout
	if r == nil {
		return Pass, ""
	}
	text := fmt.Sprintf("a %s of %s is in progress (%d of %d)", r.Operation, r.Variant, r.Done, r.Total)
	if f.plan.Change.Op == backends.OpDeploy && unfinished(f.deployment) == "" {
		return Warn, text + ", and is replaced"
	}
	if _, is := stranded(f.deployment); is && f.plan.Change.Op == backends.OpScale {
		return Warn, text
	}
	switch f.plan.Change.Op {
	case backends.OpDeploy, backends.OpScale, backends.OpRestart, backends.OpPromote:
		return Deny, rolling(f.deployment)
	case backends.OpPause, backends.OpResume, backends.OpAbort:
		return Pass, text
	default:
		return Warn, text
	}
}

func ruleReplicas(f facts) (Verdict, string) {
	raised := f.raised(f.plan.Change)
	for _, v := range raised {
		if v.Ready > 0 {
			continue
		}
		if f.deployment.Starts {
			return Pass, fmt.Sprintf("%s has no ready replica: they are started first, and the others stay until they are ready", v.Name)
		}
		text := fmt.Sprintf("%s has no ready replica: its requests would fail", v.Name)
		if f.retreat() {
			return Ask, text
		}
		return Deny, text
	}
	if len(raised) == 0 || f.away != nil { // what was ready may be no longer
		return Pass, ""
	}
	return Pass, "every variant that gains weight has ready replicas"
}

func ruleListing(f facts) (Verdict, string) {
	old := f.now.Sub(f.listedAt)
	if old <= maxListingAge && f.away == nil {
		return Pass, ""
	}
	text := fmt.Sprintf("the deployment was last read %s ago", words.Age(old))
	if f.away != nil {
		text = fmt.Sprintf("the %s backend does not answer (%v), and %s", f.deployment.Backend, f.away, text)
	}
	switch {
	case f.raises && f.away != nil:
		return Deny, text + ": nothing is changed; review it again when it answers"
	case f.raises:
		return Deny, text + ": only going back to safety is possible"
	}
	return Warn, text
}

func ruleSignals(f facts) (Verdict, string) {
	if !f.watched {
		if f.raises {
			return Ask, "no source of signals measures " + f.deployment.Name + ": nobody would see harm"
		}
		return Pass, ""
	}
	at := f.signalsAt()
	limit := signalsLimit(f.scrape)
	if !at.IsZero() && f.now.Sub(at) <= limit {
		return Pass, "signals are " + words.Age(f.now.Sub(at)) + " old"
	}
	text := "there are no signals"
	if !at.IsZero() {
		text = fmt.Sprintf("the signals are %s old, more than %s", words.Age(f.now.Sub(at)), words.Age(limit))
	}
	if f.raises {
		return Deny, text + ": only going back to safety is possible"
	}
	return Warn, text
}

func ruleScale(f facts) (Verdict, string) {
	c := f.plan.Change
	v, ok := f.deployment.Variant(c.Variant)
	if c.Op != backends.OpScale || !ok || c.Replicas >= v.Desired {
		return Pass, ""
	}
	r, is := stranded(f.deployment)
	switch {
	case c.Replicas == 0 && v.Weight > 0 && is && r.Variant == v.Name && v.Ready == 0:
		return Warn, fmt.Sprintf("%s has %s of the requests and answers none: without replicas it answers none either", v.Name, percent(v.Weight))
	case c.Replicas == 0 && v.Weight > 0:
		return Deny, fmt.Sprintf("%s still gets %s of the requests: take its weight away first", v.Name, percent(v.Weight))
	case c.Replicas == 0:
		return Ask, fmt.Sprintf("no replica of %s is left", v.Name)
	default:
		return Warn, fmt.Sprintf("%s loses %d of %s", v.Name, v.Desired-c.Replicas, words.Count(v.Desired, "replica"))
	}
}

func ruleAll(f facts) (Verdict, string) {
	for _, v := range f.exposed {
		if f.after[v.Name] >= 100 {
			return Ask, fmt.Sprintf("%s gets all the traffic", v.Name)
		}
	}
	return Pass, ""
}

func ruleProduction(f facts) (Verdict, string) {
	if f.deployment.Environment != production || f.retreat() {
		return Pass, ""
	}
	return Ask, "this is production"
}

func ruleStep(f facts) (Verdict, string) {
	return f.worstOf(func(v backends.Variant) (Verdict, string) {
		if f.plan.Change.Op == backends.OpPromote {
			return Warn, fmt.Sprintf("what %s serves goes from %s %% to all users, one replica after another", v.Name, backends.FormatWeight(v.Weight))
		}
		switch step := f.after[v.Name] - v.Weight; {
		case step > maxStep+0.005:
			return Ask, fmt.Sprintf("%s gains %s points at once, more than %g", v.Name, backends.FormatWeight(step), maxStep)
		case v.Weight == 0 && step > firstStep+0.005:
			return Warn, fmt.Sprintf("the first step of %s is %s points, more than %g", v.Name, backends.FormatWeight(step), firstStep)
		default:
			return Pass, fmt.Sprintf("the step is at most %g points", maxStep)
		}
	})
}

func ruleState(f facts) (Verdict, string) {
	if !f.raises || f.deployment.State != backends.Fail {
		return Pass, ""
	}
	return Ask, "the deployment is failing: " + first(f.deployment.Reason, "no reason is given")
}

func ruleDrift(f facts) (Verdict, string) {
	return f.worstOf(func(v backends.Variant) (Verdict, string) {
		s := f.of(v.Name)
		if backends.Missing(s.DriftPSI) || s.DriftRows < backends.DriftNeeded {
			return Pass, ""
		}
		text := fmt.Sprintf("drift of %s in %s is PSI %.2f", v.Name, orDash(s.Feature), s.DriftPSI)
		switch {
		case s.DriftPSI >= driftAsk:
			return Ask, text
		case s.DriftPSI >= driftWarn:
			return Warn, text
		default:
			return Pass, text
		}
	})
}

func ruleErrors(f facts) (Verdict, string) {
	stable := f.of(backends.Stable).ErrorRatio
	floor := stable
	if backends.Missing(floor) {
		floor = 0
	}
	return f.worstOf(func(v backends.Variant) (Verdict, string) {
		its := f.of(v.Name).ErrorRatio
		if backends.Missing(its) {
			return Pass, ""
		}
		text := fmt.Sprintf("%s fails %s of its requests, stable %s", v.Name, words.Ratio(its), words.Ratio(stable))
		switch {
		case its >= 0.05 || its >= 2*floor && its-floor >= 0.01:
			return Ask, text
		case its >= 1.5*floor && its-floor >= 0.002:
			return Warn, text
		default:
			return Pass, text
		}
	})
}

// ruleRejects looks for a candidate that does not understand its requests: an
// answer 4xx is none, however healthy the replicas are.
func ruleRejects(f facts) (Verdict, string) {
	stable := f.of(backends.Stable).RejectRatio
	floor := stable
	if backends.Missing(floor) {
		floor = 0
	}
	return f.worstOf(func(v backends.Variant) (Verdict, string) {
		its := f.of(v.Name).RejectRatio
		if backends.Missing(its) || its < rejectWarn || its < 1.5*floor {
			return Pass, ""
		}
		text := fmt.Sprintf("%s refuses %s of its requests (4xx), stable %s", v.Name, words.Ratio(its), words.Ratio(stable))
		if its >= rejectAsk {
			return Ask, text
		}
		return Warn, text
	})
}

func ruleLatency(f facts) (Verdict, string) {
	stable := f.of(backends.Stable).P95
	return f.worstOf(func(v backends.Variant) (Verdict, string) {
		its := f.of(v.Name).P95
		if backends.Missing(its) || backends.Missing(stable) {
			return Pass, ""
		}
		text := fmt.Sprintf("p95 of %s is %s, stable %s", v.Name, words.Millis(its), words.Millis(stable))
		if its >= 1.5*stable && its-stable >= 0.02 {
			return Warn, text
		}
		return Pass, text
	})
}

// ruleCapacity compares the load per replica with what any replica of the
// deployment carries now: the only capacity that is known to work.
func ruleCapacity(f facts) (Verdict, string) {
	busiest := 0.0
	for _, v := range f.deployment.Variants {
		if rps := f.variantRPS(v); v.Ready > 0 && !backends.Missing(rps) {
			busiest = max(busiest, rps/float64(v.Ready))
		}
	}
	for _, v := range f.raised(f.plan.Change) {
		next := f.rps() * f.after[v.Name] / 100 / float64(max(v.Ready, 1))
		if busiest > 0 && !math.IsNaN(next) && next > 1.5*busiest {
			return Warn, fmt.Sprintf("each replica of %s gets %s requests/s; none carries more than %s now", v.Name, rate(next), rate(busiest))
		}
	}
	return Pass, ""
}

func ruleRevision(f facts) (Verdict, string) {
	r := f.plan.Revision
	if r == nil || r.Current {
		return Pass, ""
	}
	switch {
	case r.Doubt != "":
		return Warn, fmt.Sprintf("revision %d is likely not healthy: %s", r.Number, r.Doubt)
	case r.Unrecorded && r.Good:
		return Pass, fmt.Sprintf("revision %d was the newest for %s; the backend keeps no record of its health", r.Number, words.Age(r.GoodFor))
	case r.Unrecorded:
		return Warn, fmt.Sprintf("revision %d is not known-good: it was the newest for %s, and nothing records whether it was healthy", r.Number, words.Age(r.GoodFor))
	case r.Good:
		return Pass, fmt.Sprintf("revision %d is known-good: it served %s while healthy", r.Number, words.Age(r.GoodFor))
	}
	return Warn, fmt.Sprintf("revision %d is not known-good: it served %s while healthy", r.Number, words.Age(r.GoodFor))
}

func ruleOthers(f facts) (Verdict, string) {
	d := f.deployment
	since := f.now.Sub(d.SplitAt)
	if d.SplitBy == "" || d.SplitBy == f.by || since > recentChange {
		return Pass, ""
	}
	return Warn, fmt.Sprintf("%s changed the split %s ago", d.SplitBy, words.Age(since))
}
