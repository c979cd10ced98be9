package supervisor

import (
	"fmt"

	"pitwall/backends"
)

// health judges a deployment: the worst finding with its reason. aftermath is
// what an earlier rollout adds.
func health(d backends.Deployment, gate gateStatus, aftermath backends.State, why string) (backends.State, string) {
	worst, reason := backends.OK, ""
	find := func(s backends.State, text string) {
		if s.Severity() > worst.Severity() {
			worst, reason = s, text
		}
	}
	if !gate.up {
		if gate.restarts == 0 && gate.reason == "" || gate.pid != 0 {
			find(backends.Progressing, "the front door is starting")
		} else {
			find(backends.Fail, gate.reason)
		}
	}
	for _, v := range d.Variants {
		findVariant(v, find)
	}
	switch r := d.Rollout; {
	case r == nil:
	case r.Message != "":
		find(backends.Warn, r.Message)
	case r.Paused:
		find(backends.Paused, fmt.Sprintf("the %s of %s is held after %d of %d replicas", r.Operation, r.Variant, r.Done, r.Total))
	default:
		find(backends.Progressing, fmt.Sprintf("%s of %s to %s: %d of %d replicas", r.Operation, r.Variant, r.To, r.Done, r.Total))
	}
	find(aftermath, why)
	return worst, reason
}

func findVariant(v backends.Variant, find func(backends.State, string)) {
	starting, text := true, ""
	for _, r := range v.Replicas {
		switch r.State {
		case backends.Fail:
			starting = false
			if text == "" {
				text = ": " + r.Name + " " + r.Reason
			}
		case backends.Warn:
			find(backends.Warn, r.Name+" "+r.Reason)
		}
	}
	switch {
	case v.Ready == 0 && v.Weight > 0 && starting:
		find(backends.Progressing, v.Name+" is starting")
	case v.Ready == 0 && v.Weight > 0:
		find(backends.Fail, fmt.Sprintf("%s has no ready replica and %s %% of the users%s", v.Name, backends.FormatWeight(v.Weight), text))
	case v.Ready < v.Desired && !starting:
		find(backends.Warn, fmt.Sprintf("%s has %d of %d replicas ready%s", v.Name, v.Ready, v.Desired, text))
	case v.Ready < v.Desired:
		find(backends.Progressing, fmt.Sprintf("%s has %d of %d replicas ready", v.Name, v.Ready, v.Desired))
	}
}
