package explain

import (
	"slices"
	"strings"
	"time"

	"pitwall/backends"
)

// backendReasons finds what the backend itself knows to keep the deployment from being
// well. What its replicas have from it is told with them.
func backendReasons(c *scene) []Evidence {
	var out []Evidence
	for _, r := range c.Reasons {
		held := r.State == backends.Paused && c.Deployment.Rollout != nil && c.Deployment.Rollout.Paused
		if held || c.toldByReplicas(r) {
			continue
		}
		out = append(out, c.reason(r))
	}
	return out
}

// toldByReplicas reports whether replicas of the variant have the cause.
func (c *scene) toldByReplicas(r backends.Reason) bool {
	v, ok := c.Deployment.Variant(r.Variant)
	return ok && r.Cause != "" && slices.ContainsFunc(v.Replicas, func(x backends.Replica) bool { return x.Cause == r.Cause })
}

// takenBack tells of somebody who wrote over what pitwall had written. Where that
// may be why the deployment is not well, or still is not, it comes before what
// follows from it.
func (c *scene) takenBack(r backends.Reason) Evidence {
	e := Evidence{Score: 66, State: r.State, Since: r.Since, Screen: screenSplit, variant: r.Variant, symptom: ofTheOutside,
		Title: r.Text, Detail: strings.Join(r.Evidence, "; "), Next: r.Next}
	if r.Variant != "" {
		e.Screen = screenRollout
	}
	if !r.Since.IsZero() {
		e.Title += ", at " + c.clock(r.Since)
	}
	ill := c.Deployment.State.Severity() >= backends.Warn.Severity()
	switch {
	case ill && !r.Since.Before(c.Deployment.Since.Add(-justBefore)):
		e.Score, e.State = 93, backends.Warn
	case r.State == backends.OK:
		e.Score = 20
	}
	return e
}

// reason puts what a backend knows among the other evidence. It counts as a
// cause of replicas does, for it is one; what only limits counts less.
func (c *scene) reason(r backends.Reason) Evidence {
	if r.Kind == backends.ReasonTakenBack {
		return c.takenBack(r)
	}
	e := Evidence{State: r.State, Since: r.Since, Screen: screenDeployment, variant: r.Variant, about: r.Kind,
		Detail: strings.Join(r.Evidence, "; "), Next: r.Next}
	v, known := c.Deployment.Variant(r.Variant)
	switch {
	case r.State == backends.Fail && r.Kind == backends.ReasonFrontDoor:
		e.Score, e.symptom = 100, ofTheOutside // what the replicas lack for it follows from it
	case r.State == backends.Fail && known && v.Ready == 0:
		e.Score = 90
	case r.State == backends.Fail:
		e.Score = 84
	case r.State == backends.Warn:
		e.Score = 66
	case r.State == backends.Paused:
		e.Score = 30
	default:
		e.Score = 20
	}
	e.Title = r.Text + c.sinceOf(r.Since, e.symptom, r.Variant)
	if r.Rollout {
		e.Screen = screenRollout
		switch running := c.Deployment.Rollout; {
		case r.State != backends.Fail || running == nil:
		case running.First() && running.Variant == r.Variant:
			e.Next += "; or " + mendFirst
		default:
			e.Action = &backends.Change{Op: backends.OpRollback, Deployment: c.Deployment.Name, Variant: r.Variant}
			e.Next += "; or roll " + r.Variant + " back"
		}
	}
	return e
}

// doorIsDown reports whether the backend itself tells that the front door does not work.
func (c *scene) doorIsDown() bool {
	return slices.ContainsFunc(c.Reasons, func(r backends.Reason) bool {
		return r.Kind == backends.ReasonFrontDoor && r.State == backends.Fail
	})
}

// doorless reports whether there is no front door that could send anything
// anywhere, as of a lone container, or of a workload without a Service or a
// route that divides.
func (c *scene) doorless() bool {
	d := c.Deployment
	none := func(r backends.Reason) bool { return r.Kind == backends.ReasonFrontDoor && r.State == backends.Warn }
	return len(d.Variants) == 1 && d.Address == "" && (d.Backend == "kubernetes" || slices.ContainsFunc(c.Reasons, none))
}

// sinceReason is since when the backend says that replicas of a variant have a
// cause, zero when it does not.
func (c *scene) sinceReason(variant string, cause backends.Cause) time.Time {
	var first time.Time
	for _, r := range c.Reasons {
		if r.Variant == variant && r.Cause == cause && !r.Since.IsZero() && (first.IsZero() || r.Since.Before(first)) {
			first = r.Since
		}
	}
	return first
}

// evidenceOf is what the backend says about the replicas of a variant that have
// a cause.
func (c *scene) evidenceOf(variant string, cause backends.Cause) []string {
	var out []string
	for _, r := range c.Reasons {
		if r.Variant == variant && r.Cause == cause {
			out = append(out, r.Evidence...)
		}
	}
	return out
}
