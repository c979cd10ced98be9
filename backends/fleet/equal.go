package fleet

import (
	"maps"
	"slices"

	"pitwall/backends"
)

// equalSnapshots reports whether two snapshots of one Fleet show the same, but
// for the times of their data. It is written out by hand because reflection
// would take as long as everything else together; a test changes every field
// there is and expects a difference.
func equalSnapshots(a, b *Snapshot) bool {
	return slices.EqualFunc(a.Sources, b.Sources, equalSources) &&
		equalAlerts(a.Alerts, b.Alerts) &&
		(same(a.Rows, b.Rows) || slices.EqualFunc(a.Rows, b.Rows, equalRows))
}

// same reports whether two slices are one and the same piece of memory.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// number compares signals, for which missing equals missing.
func number(a, b float64) bool { return a == b || a != a && b != b }

func equalSources(a, b Source) bool {
	return a.Name == b.Name && a.State == b.State && a.RetryAt.Equal(b.RetryAt) && text(a.Err) == text(b.Err)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func equalRows(a, b Row) bool {
	return a.State == b.State && a.Reason == b.Reason && a.Since.Equal(b.Since) &&
		maps.EqualFunc(a.Signals, b.Signals, equalSignals) &&
		(same(a.Spark, b.Spark) || slices.EqualFunc(a.Spark, b.Spark, number)) &&
		equalAlerts(a.Alerts, b.Alerts) &&
		maps.Equal(a.Observed, b.Observed) &&
		equalDeployments(&a.Deployment, &b.Deployment)
}

func equalSignals(a, b backends.Signals) bool {
	return number(a.RPS, b.RPS) && number(a.ErrorRatio, b.ErrorRatio) && number(a.RejectRatio, b.RejectRatio) &&
		number(a.P50, b.P50) && number(a.P95, b.P95) && number(a.P99, b.P99) &&
		number(a.Mean, b.Mean) && number(a.DriftPSI, b.DriftPSI) && a.Feature == b.Feature && number(a.DriftRows, b.DriftRows) &&
		number(a.InFlight, b.InFlight) && number(a.Memory, b.Memory) && number(a.CPU, b.CPU)
}

func equalAlerts(a, b []backends.Alert) bool {
	return same(a, b) || slices.EqualFunc(a, b, equalAlert)
}

func equalAlert(a, b backends.Alert) bool {
	return a.Name == b.Name && a.Severity == b.Severity && a.State == b.State &&
		a.Deployment == b.Deployment && a.Variant == b.Variant && a.Replica == b.Replica &&
		a.Summary == b.Summary && a.Since.Equal(b.Since) && number(a.Value, b.Value) &&
		a.Runbook == b.Runbook && maps.Equal(a.Labels, b.Labels)
}

func equalDeployments(a, b *backends.Deployment) bool {
	return a.Name == b.Name && a.Backend == b.Backend && a.Environment == b.Environment &&
		a.Token == b.Token && a.State == b.State && a.Reason == b.Reason && a.Since.Equal(b.Since) &&
		a.Address == b.Address && a.SplitBy == b.SplitBy && a.SplitAt.Equal(b.SplitAt) &&
		a.Starts == b.Starts && a.Uncounted == b.Uncounted && equalTaken(a.Taken, b.Taken) && equalRollouts(a.Rollout, b.Rollout) &&
		(same(a.Variants, b.Variants) || slices.EqualFunc(a.Variants, b.Variants, equalVariants))
}

func equalTaken(a, b *backends.Taken) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func equalRollouts(a, b *backends.Rollout) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Operation == b.Operation && a.Variant == b.Variant && a.From == b.From && a.To == b.To &&
		a.Done == b.Done && a.Total == b.Total && a.Paused == b.Paused &&
		a.StartedAt.Equal(b.StartedAt) && a.Message == b.Message && a.Stuck == b.Stuck
}

func equalVariants(a, b backends.Variant) bool {
	return a.Name == b.Name && a.Version == b.Version && a.Image == b.Image && a.Digest == b.Digest &&
		number(a.Weight, b.Weight) && a.Desired == b.Desired && a.Ready == b.Ready && a.Revision == b.Revision &&
		a.Requests == b.Requests && a.Errors == b.Errors && a.Counted == b.Counted && a.Held == b.Held &&
		slices.EqualFunc(a.Replicas, b.Replicas, equalReplicas)
}

func equalReplicas(a, b backends.Replica) bool {
	return a.Name == b.Name && a.State == b.State && a.Reason == b.Reason && a.Version == b.Version &&
		a.Address == b.Address && a.PID == b.PID && a.Restarts == b.Restarts &&
		a.Cause == b.Cause && a.Probe == b.Probe && a.Image == b.Image &&
		a.StartedAt.Equal(b.StartedAt) && equalExits(a.LastExit, b.LastExit)
}

func equalExits(a, b *backends.Exit) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Code == b.Code && a.Signal == b.Signal && a.At.Equal(b.At) && a.Log == b.Log
}
