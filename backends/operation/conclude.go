package operation

import (
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/journal"
)

// Conclude gives results to operations whose process ended before it saw how
// they ended, as far as the world shows that now: records are of the journal,
// and an intent without a result whose process lives is left alone, as is one that the
// world does not decide. What it gives is for the journal.
func Conclude(records []journal.Record, world []backends.Deployment, now time.Time) []journal.Record {
	records = slices.DeleteFunc(slices.Clone(records), func(r journal.Record) bool { return r.Target.Backend == journal.Registry }) // no deployment shows those
	concluded := make(map[string]bool)
	for _, r := range records {
		if r.Phase == journal.PhaseResult {
			concluded[r.Intent] = true
		}
	}
	var out []journal.Record
	for i, r := range records {
		if r.Phase != journal.PhaseIntent || r.Result == journal.ResultRunning || concluded[r.ID] || r.Op != journal.OpChampion && overtaken(r, records[i+1:]) {
			continue
		}
		if now.Sub(r.TS) < settle {
			continue // the world may not show it yet
		}
		d, err := pick(world, r.Target.Name)
		if err != nil || d.Rollout != nil {
			continue // it may go on yet
		}
		result, text := shows(r, d)
		if result == "" {
			continue
		}
		out = append(out, journal.Record{Op: r.Op, Phase: journal.PhaseResult, Intent: r.ID, Target: r.Target, From: r.From, To: r.To,
			Result: result, Text: text + "; that was seen later, for the pitwall that began it had ended"})
	}
	return out
}

// overtaken reports whether a later operation changed the deployment, so that
// the world tells of that one. To hold a rollout or let it go on is none.
func overtaken(r journal.Record, later []journal.Record) bool {
	return slices.ContainsFunc(later, func(o journal.Record) bool {
		holds := o.Op == string(backends.OpPause) || o.Op == string(backends.OpResume)
		return o.Phase == journal.PhaseIntent && o.Target.Name == r.Target.Name && !holds
	})
}

// shows is how an operation ended, by a deployment on which nothing is under
// way any more; "" where that does not tell.
func shows(r journal.Record, d backends.Deployment) (result, text string) {
	v, known := d.Variant(r.Target.Variant)
	if r.Op == string(backends.OpPromote) {
		v, known = d.Variant(backends.Stable)
	}
	ready := fmt.Sprintf("%d of %s ready", v.Ready, words.Count(v.Desired, "replica"))
	switch op := backends.Op(r.Op); op {
	case backends.OpSplit, backends.OpCutover, backends.OpAbort:
		switch now := d.Split(); {
		case now.Equal(r.To.Weights) && d.Taken != nil && d.Taken.State == backends.Fail:
			return journal.ResultFailed, "the split that is asked for is " + now.String() + ", and the front door's controller refuses it: " + d.Taken.Text
		case now.Equal(r.To.Weights):
			return journal.ResultOK, "the split is " + now.String()
		case op != backends.OpAbort && now.Equal(r.From.Weights):
			return journal.ResultFailed, "the split is " + now.String() + " as before"
		}
	case journal.OpChampion: // its rollout has a record of its own, and no deployment shows an alias
		return journal.ResultUnknown, fmt.Sprintf("%s runs %s; whether the alias champion was moved to version %s, the registry tells: look, and promote again where it was not", backends.Stable, v.Version, r.To.ModelVersion)
	case backends.OpDeploy, backends.OpRollback, backends.OpPromote:
		runs := fmt.Sprintf("%s runs %s, %s", v.Name, v.Version, ready)
		switch {
		case !known || v.Version == "" || r.To.ModelVersion == "":
		case runsAs(v, r.To) && v.Ready >= v.Desired:
			return journal.ResultOK, runs
		case runsAs(v, r.From) && !runsAs(v, r.To):
			return journal.ResultFailed, runs + ", as before"
		}
	case backends.OpScale:
		switch {
		case known && v.Desired == r.To.Replicas && v.Ready >= v.Desired:
			return journal.ResultOK, v.Name + " has " + ready
		case known && v.Desired == r.From.Replicas && r.From.Replicas != r.To.Replicas:
			return journal.ResultFailed, v.Name + " has " + ready + ", as before"
		}
	case backends.OpRestart:
		old := func(x backends.Replica) bool { return !x.StartedAt.After(r.TS) }
		if known && len(v.Replicas) > 0 && v.Ready >= v.Desired && !slices.ContainsFunc(v.Replicas, old) {
			return journal.ResultOK, "every replica of " + v.Name + " is fresh, " + ready
		}
	case backends.OpResume:
		return journal.ResultOK, "no rollout is in progress any more"
	}
	return "", ""
}

// runsAs reports whether a variant runs what a journal names.
func runsAs(v backends.Variant, s journal.Subject) bool {
	return s.ModelVersion == v.Version && (s.Digest == "" || s.Digest == v.Digest)
}
