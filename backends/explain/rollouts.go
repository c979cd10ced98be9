package explain

import (
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
)

const (
	longRollout   = 5 * time.Minute // without an end: worth a look
	recentFailure = 30 * time.Minute
	openIntent    = time.Minute // an operation that takes longer is watched by nobody
)

// rollouts finds a rollout that is held, stuck or in trouble.
func rollouts(c *scene) []Evidence {
	r := c.Deployment.Rollout
	if r == nil {
		return nil
	}
	took := c.Now.Sub(r.StartedAt)
	e := Evidence{Since: r.StartedAt, Screen: screenRollout,
		Detail: fmt.Sprintf("from %s to %s, begun %s", r.From, r.To, c.ago(r.StartedAt)), Action: c.back(r)}
	if r.First() {
		e.Detail = fmt.Sprintf("%s, begun %s: nothing ran before", r.Title(), c.ago(r.StartedAt))
	}
	what := fmt.Sprintf("%s of %s, %s", r.Operation, r.Variant, r.Progress())
	start := c.newReplica(r)
	switch {
	case r.Message != "" && r.Paused:
		e.Score, e.State, e.Title = 70, backends.Warn, "the rollout is held: "+what+": "+r.Message
		e.Next = "resume goes on with it, a rollback ends it: until then " + onVersions(r)
		if r.First() {
			e.Next = "resume goes on with it; " + mendFirst
		}
		e.Action = &backends.Change{Op: backends.OpResume, Deployment: c.Deployment.Name}
	case r.Message != "":
		e.Score, e.State, e.Title = 70, backends.Warn, "rollout in trouble: "+what+": "+r.Message
		e.Next = "roll " + r.Variant + " back, then " + start
		if r.First() {
			e.Next = start + "; " + mendFirst
		}
	case r.Paused:
		e.Score, e.State, e.Title = 30, backends.Paused, "the rollout is held: "+what
		e.Next = "resume it or roll back: " + onVersions(r)
		if r.First() {
			e.Next = "resume it: nothing ran before"
		}
		e.Action = &backends.Change{Op: backends.OpResume, Deployment: c.Deployment.Name}
	case took >= longRollout:
		e.Score, e.State, e.Title = 64, backends.Warn, "the rollout does not end: "+what
		e.Next = start + "; roll back if it does not become ready"
		if r.First() {
			e.Next = start + "; " + mendFirst
		}
	default:
		return nil
	}
	return []Evidence{e}
}

// onVersions says what users of a variant get while its rollout is held.
func onVersions(r *backends.Rollout) string {
	if r.Done == 0 {
		return "no user is on the new version"
	}
	return "users are on two versions"
}

// troubled is the rollout of a variant when it does not go on, else nil.
func (c *scene) troubled(variant string) *backends.Rollout {
	if r := c.Deployment.Rollout; r != nil && r.Variant == variant && r.Message != "" {
		return r
	}
	return nil
}

// newReplica is where to look at the replica that a rollout waits for.
func (c *scene) newReplica(r *backends.Rollout) string {
	if v, ok := c.Deployment.Variant(r.Variant); ok && neverRan(v) {
		return "mend what keeps the new replica from starting"
	}
	return "read the logs of the new replica"
}

// mendFirst is what is left where nothing ran before.
const mendFirst = "deploy another image, scale it to 0, or delete it: there is nothing to go back to"

// back is the change that takes a rollout back, nil where nothing ran before.
func (c *scene) back(r *backends.Rollout) *backends.Change {
	if r.First() {
		return nil
	}
	return &backends.Change{Op: backends.OpRollback, Deployment: c.Deployment.Name, Variant: r.Variant}
}

// records finds operations that failed lately or whose outcome nobody saw.
func records(c *scene) []Evidence {
	results := make(map[string]journal.Record)
	for _, r := range c.records {
		if r.Phase == journal.PhaseResult {
			results[r.Intent] = r
		}
	}
	var out []Evidence
	for i, r := range c.records {
		if r.Phase != journal.PhaseIntent {
			continue
		}
		res, done := results[r.ID]
		newer := slices.ContainsFunc(c.records[i+1:], func(o journal.Record) bool { return o.Phase == journal.PhaseIntent })
		switch open := !done || res.Result == journal.ResultUnknown; {
		case newer: // superseded by a later operation
		case open && c.Now.Sub(r.TS) > openIntent && c.Now.Sub(r.TS) <= 24*time.Hour:
			out = append(out, Evidence{Score: 48, State: backends.Unknown, Since: r.TS, Screen: screenRollout,
				Title:  fmt.Sprintf("nobody saw how the %s of %s ended", r.Op, c.clock(r.TS)),
				Detail: r.Text, Next: "compare what it wanted with what is there"})
		case done && res.Result == journal.ResultFailed && c.Deployment.Rollout != nil && c.Deployment.Rollout.Stuck:
			// told as the rollout that is in trouble: what ran before may not run any more
		case done && res.Result == journal.ResultFailed && c.Now.Sub(res.TS) <= recentFailure:
			out = append(out, Evidence{Score: 52, State: backends.Warn, Since: res.TS, Screen: screenRollout,
				Title:  fmt.Sprintf("the last %s failed %s: %s", r.Op, c.ago(res.TS), reason(res)),
				Detail: r.Text, Next: "cure the cause before trying again; what ran before still runs"})
		}
	}
	return out
}

func reason(r journal.Record) string {
	if r.Text != "" {
		return r.Text
	}
	return r.Error
}

// alerts finds the alerts that no other evidence stands for, such as those of
// rules that pitwall does not know.
func alerts(c *scene) []Evidence {
	var out []Evidence
	for _, a := range c.alerts {
		if c.covered(a) {
			continue
		}
		e := Evidence{Score: 45, State: backends.Warn, Since: a.Since, Screen: screenDeployment, variant: a.Variant, about: a.Name,
			Title: a.Name + ": " + a.Summary + c.since(a.Since, a.Variant), Detail: a.State, Next: a.Runbook}
		switch {
		case a.State == "pending":
			e.Score = 25
		case a.Severity == "critical":
			e.Score, e.State = 68, backends.Fail
		case a.Severity == "info":
			e.Score, e.State = 15, backends.OK
		}
		if e.Next == "" {
			e.Next = "look at the signals since then"
		}
		if a.Name == "ReplicaDown" || a.Name == "ReplicaRestarting" {
			e.Screen = screenLogs
		}
		out = append(out, e)
	}
	return out
}

// covered reports whether the figures that an alert is about are evidence
// already. Without signals the alert is all there is.
func (c *scene) covered(a backends.Alert) bool {
	v, ok := c.Deployment.Variant(a.Variant)
	switch a.Name {
	case "GatewayDown", "MemoryGrowth":
		return true
	case "NoReplica":
		return ok && v.Ready == 0 && v.Weight > 0
	case "ReplicaDown":
		return ok && v.Ready < v.Desired
	case "ReplicaRestarting":
		return slices.ContainsFunc(v.Replicas, func(r backends.Replica) bool {
			_, found := c.crash(v, r)
			return found && r.Name == a.Replica
		})
	case "HighErrorRatio":
		return c.of(a.Variant).ErrorRatio >= 0.01
	case "HighRejectRatio":
		return c.of(a.Variant).RejectRatio >= fleet.RejectWarn
	case "HighLatency":
		return c.of(a.Variant).P95 >= fleet.P95Warn
	case "Drift":
		return c.of(a.Variant).DriftPSI >= fleet.DriftWarn
	default:
		return false
	}
}
