package desired

import (
	"fmt"
	"strings"

	"pitwall/backends"
)

// Judge tells find what is not as it should be with a deployment's variants
// and its rollout. The worst that was found is the deployment's state.
func Judge(d backends.Deployment, find func(s backends.State, text string)) {
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
		find(backends.Progressing, fmt.Sprintf("%s: %d of %d replicas", r.Title(), r.Done, r.Total))
	}
}

func findVariant(v backends.Variant, find func(backends.State, string)) {
	starting, text := true, ""
	for _, r := range v.Replicas {
		switch r.State {
		case backends.Fail, backends.Paused:
			starting = false
			if text == "" {
				text = ": " + said(r)
			}
		case backends.Warn:
			find(backends.Warn, said(r))
		}
	}
	switch {
	case v.Desired == 0 && len(v.Replicas) == 0 && v.Weight > 0:
		find(backends.Paused, v.Name+" is scaled to 0: nothing of it answers")
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

// said is a replica with its reason as one sentence: "a-1 ended with status 3".
func said(r backends.Replica) string {
	if what, is := strings.CutPrefix(r.Reason, "it "); is {
		return r.Name + " " + what
	}
	if strings.HasPrefix(r.Reason, "its ") {
		return r.Name + ": " + r.Reason
	}
	return r.Name + " " + r.Reason
}
