package rollout

import (
	"testing"

	"pitwall/backends/kubernetes/objects"
)

func TestStatusSaysWhatKubectlSays(t *testing.T) {
	late := []objects.Condition{{Type: "Progressing", Status: "False", Reason: "ProgressDeadlineExceeded"}}
	d := func(w objects.Workload) objects.Workload {
		w.Kind, w.Name, w.Generation, w.Desired = "Deployment", "churn", 2, 3
		return w
	}
	s := func(w objects.Workload) objects.Workload {
		w.Kind, w.Name, w.Generation, w.Desired, w.Strategy = "StatefulSet", "rank", 2, 3, "RollingUpdate"
		return w
	}
	n := func(w objects.Workload) objects.Workload {
		w.Kind, w.Name, w.Generation, w.Desired, w.Strategy = "DaemonSet", "edge", 2, 3, "RollingUpdate"
		return w
	}
	for _, c := range []struct {
		name  string
		w     objects.Workload
		phase Phase
		text  string
	}{
		{"unseen, though late", d(objects.Workload{Observed: 1, Conditions: late}), Waiting, "Waiting for deployment spec update to be observed..."},
		{"late, though few", d(objects.Workload{Observed: 2, Updated: 1, Conditions: late}), Failed, `deployment "churn" exceeded its progress deadline`},
		{"few", d(objects.Workload{Observed: 2, Updated: 1, Replicas: 4}), Waiting, `Waiting for deployment "churn" rollout to finish: 1 out of 3 new replicas have been updated...`},
		{"old ones left", d(objects.Workload{Observed: 2, Updated: 3, Replicas: 4}), Waiting, `Waiting for deployment "churn" rollout to finish: 1 old replicas are pending termination...`},
		{"not available", d(objects.Workload{Observed: 2, Updated: 3, Replicas: 3, Available: 2}), Waiting, `Waiting for deployment "churn" rollout to finish: 2 of 3 updated replicas are available...`},
		{"done", d(objects.Workload{Observed: 3, Updated: 3, Replicas: 3, Available: 3}), Done, `deployment "churn" successfully rolled out`},

		{"never seen", s(objects.Workload{}), Waiting, "Waiting for statefulset spec update to be observed..."},
		{"not ready", s(objects.Workload{Observed: 2, Ready: 2, Updated: 3}), Waiting, "Waiting for 1 pods to be ready..."},
		{"partition open", s(objects.Workload{Observed: 2, Ready: 3, Updated: 1, Partition: 1}), Waiting, "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated..."},
		{"partition done", s(objects.Workload{Observed: 2, Ready: 3, Updated: 2, Partition: 1, Revision: "a", Update: "b"}), Done, "partitioned roll out complete: 2 new pods have been updated..."},
		{"two revisions", s(objects.Workload{Observed: 2, Ready: 3, Updated: 3, Revision: "a", Update: "b"}), Waiting, "waiting for statefulset rolling update to complete 3 pods at revision b..."},
		{"rolled", s(objects.Workload{Observed: 2, Ready: 3, Updated: 3, Revision: "b", Update: "b"}), Done, "partitioned roll out complete: 3 new pods have been updated..."},

		{"daemons few", n(objects.Workload{Observed: 2, Updated: 1}), Waiting, `Waiting for daemon set "edge" rollout to finish: 1 out of 3 new pods have been updated...`},
		{"daemons unavailable", n(objects.Workload{Observed: 2, Updated: 3, Available: 1}), Waiting, `Waiting for daemon set "edge" rollout to finish: 1 of 3 updated pods are available...`},
		{"daemons done", n(objects.Workload{Observed: 2, Updated: 3, Available: 3}), Done, `daemon set "edge" successfully rolled out`},
		{"daemons unseen", n(objects.Workload{Observed: 1}), Waiting, "Waiting for daemon set spec update to be observed..."},
	} {
		if got := Status(&c.w); got != (Progress{c.phase, c.text}) {
			t.Errorf("%s: got %q %q, want %q %q", c.name, got.Phase, got.Text, c.phase, c.text)
		}
	}
	for _, kind := range []string{objects.StatefulSet, objects.DaemonSet} {
		if got := Status(&objects.Workload{Kind: kind, Strategy: "OnDelete"}); got.Phase != Untold {
			t.Errorf("%s with OnDelete: %+v, nobody rolls it out", kind, got)
		}
	}
}
