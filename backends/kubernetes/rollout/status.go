package rollout

import (
	"fmt"

	"pitwall/backends/kubernetes/objects"
)

// Phase is how far a rollout is.
type Phase string

// The phases of a rollout.
const (
	Waiting  Phase = "waiting"  // under way
	Done     Phase = "done"     // every replica that should be is of the newest template and available
	Failed   Phase = "failed"   // its progress deadline has passed; what was asked for stays asked for
	Untold   Phase = "untold"   // nobody rolls it out: pods change when somebody deletes them
	onDelete       = "OnDelete" // strategy of a StatefulSet or DaemonSet
)

// Progress is what "kubectl rollout status" says of a workload.
type Progress struct {
	Phase Phase
	Text  string // kubectl's sentence
}

// Status tells how far the rollout of a workload is, with the tests of kubectl
// in kubectl's order.
//
// It differs in one place. kubectl calls a StatefulSet without a partition done
// as soon as all its pods are ready and updated, or, when its manifest has no
// rollingUpdate member at all, as soon as its two revisions are one; the trimmed
// object does not tell these apart, so both have to hold.
func Status(w *objects.Workload) Progress {
	switch w.Kind {
	case objects.StatefulSet:
		return statefulSetStatus(w)
	case objects.DaemonSet:
		return daemonSetStatus(w)
	}
	return deploymentStatus(w)
}

func deploymentStatus(w *objects.Workload) Progress {
	waiting := fmt.Sprintf("Waiting for deployment %q rollout to finish: ", w.Name)
	switch {
	case w.Generation > w.Observed:
		return Progress{Waiting, "Waiting for deployment spec update to be observed..."}
	case deadlinePassed(w):
		return Progress{Failed, fmt.Sprintf("deployment %q exceeded its progress deadline", w.Name)}
	case w.Updated < w.Desired:
		return Progress{Waiting, waiting + fmt.Sprintf("%d out of %d new replicas have been updated...", w.Updated, w.Desired)}
	case w.Replicas > w.Updated:
		return Progress{Waiting, waiting + fmt.Sprintf("%d old replicas are pending termination...", w.Replicas-w.Updated)}
	case w.Available < w.Updated:
		return Progress{Waiting, waiting + fmt.Sprintf("%d of %d updated replicas are available...", w.Available, w.Updated)}
	}
	return Progress{Done, fmt.Sprintf("deployment %q successfully rolled out", w.Name)}
}

func daemonSetStatus(w *objects.Workload) Progress {
	waiting := fmt.Sprintf("Waiting for daemon set %q rollout to finish: ", w.Name)
	switch {
	case w.Strategy == onDelete:
		return untold
	case w.Generation > w.Observed:
		return Progress{Waiting, "Waiting for daemon set spec update to be observed..."}
	case w.Updated < w.Desired:
		return Progress{Waiting, waiting + fmt.Sprintf("%d out of %d new pods have been updated...", w.Updated, w.Desired)}
	case w.Available < w.Desired:
		return Progress{Waiting, waiting + fmt.Sprintf("%d of %d updated pods are available...", w.Available, w.Desired)}
	}
	return Progress{Done, fmt.Sprintf("daemon set %q successfully rolled out", w.Name)}
}

func statefulSetStatus(w *objects.Workload) Progress {
	wanted := max(w.Desired-w.Partition, 0) // replicas below the partition keep the old template
	switch {
	case w.Strategy == onDelete:
		return untold
	case w.Observed == 0 || w.Generation > w.Observed:
		return Progress{Waiting, "Waiting for statefulset spec update to be observed..."}
	case w.Ready < w.Desired:
		return Progress{Waiting, fmt.Sprintf("Waiting for %d pods to be ready...", w.Desired-w.Ready)}
	case w.Updated < wanted:
		return Progress{Waiting, fmt.Sprintf("Waiting for partitioned roll out to finish: %d out of %d new pods have been updated...", w.Updated, wanted)}
	case w.Partition == 0 && w.Update != w.Revision:
		return Progress{Waiting, fmt.Sprintf("waiting for statefulset rolling update to complete %d pods at revision %s...", w.Updated, w.Update)}
	}
	return Progress{Done, fmt.Sprintf("partitioned roll out complete: %d new pods have been updated...", w.Updated)}
}

var untold = Progress{Untold, "rollout status is only available for RollingUpdate strategy type"}

// deadlinePassed reports whether the controller gave the rollout up. It tells
// so and does nothing else.
func deadlinePassed(w *objects.Workload) bool {
	c, ok := condition(w, "Progressing")
	return ok && c.Reason == "ProgressDeadlineExceeded"
}

// Completed reports whether the controller saw the newest template of a
// Deployment roll out wholly, whatever became of its pods since.
func Completed(w *objects.Workload) bool {
	c, ok := condition(w, "Progressing")
	return ok && c.Reason == "NewReplicaSetAvailable"
}

func condition(w *objects.Workload, kind string) (objects.Condition, bool) {
	for _, c := range w.Conditions {
		if c.Type == kind {
			return c, true
		}
	}
	return objects.Condition{}, false
}
