package explain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

// sick gives replicas of A, by their numbers, a cause and edits them.
func (in *Input) sick(cause backends.Cause, edit func(*backends.Replica), numbers ...int) {
	v := &in.Deployment.Variants[0]
	for _, n := range numbers {
		r := &v.Replicas[n-1]
		r.State, r.Cause = backends.Fail, cause
		edit(r)
	}
	v.Ready -= len(numbers)
	in.Deployment.State, in.Deployment.Since = backends.Warn, base
}

func TestEveryCauseIsTheFirstEvidence(t *testing.T) {
	killed := &backends.Exit{Code: -1, Signal: "killed", At: now.Add(-time.Minute), Log: "loading model"}
	for cause, test := range map[backends.Cause]struct {
		replica             backends.Replica
		title, detail, next string
	}{
		backends.CauseOOM: {backends.Replica{Reason: "it was killed at its memory limit of 64 MiB", LastExit: killed, Restarts: 4},
			"replica a-2 of A reached the memory limit and got killed since 13:54:00", `limit of 64 MiB; its last line: "loading model"; 60 MiB now in 2 replicas`, "raise the memory limit"},
		backends.CauseCrashLoop: {backends.Replica{Reason: "it ended with status 1 and is started again", LastExit: &backends.Exit{Code: 1, At: now, Log: "no such model"}, Restarts: 7},
			"replica a-2 of A ended again and again, 7 restarts", `its last line: "no such model"`, "before each exit"},
		backends.CauseUnhealthy: {backends.Replica{Reason: "its health probe failed 4 times in a row", Probe: "GET /ready\n503 model not loaded\n"},
			"replica a-2 of A failed the health probe since 13:52:00", `A has 2 of 3 replicas ready; its health probe failed 4 times in a row; the probe said "503 model not loaded"`, "the process runs"},
		backends.CauseImageMissing: {backends.Replica{Reason: "no such image", Image: "churn:9"},
			"replica a-2 of A could not start: the image is missing", "no such image; image churn:9", "push or pull the image"},
		backends.CausePortConflict: {backends.Replica{Reason: "bind 0.0.0.0:8080: address already in use"},
			"replica a-2 of A could not start: port 8080 is taken", "already in use", "find who has the port"},
		backends.CauseDiskFull: {backends.Replica{Reason: "no space is left where it writes"}, "replica a-2 of A found no space left", "where it writes", "free space"},
		backends.CauseStaleAddress: {backends.Replica{Reason: "the front door sends the requests of a-2 to 172.18.0.2:8080, where b-1 answers"},
			"requests of A may reach another container: the front door has a stale address of replica a-2 of A", "where b-1 answers", "open a console"},
		"new": {backends.Replica{}, "replica a-2 of A is not well: new", "2 of 3", "read the log of a-2"},
	} {
		t.Run(string(cause), func(t *testing.T) {
			in := healthy()
			in.sick(cause, func(r *backends.Replica) {
				test.replica.Name, test.replica.State, test.replica.Cause = r.Name, r.State, cause
				*r = test.replica
			}, 2)
			got := Explain(in)
			e := got[0]
			if !strings.HasPrefix(e.Title, test.title) || !strings.Contains(e.Detail, test.detail) || !strings.Contains(e.Next, test.next) {
				t.Errorf("evidence %+v", e)
			}
			if slices.ContainsFunc(got[1:], func(o Evidence) bool {
				return strings.Contains(o.Title, "a-2") || strings.Contains(o.Title, "A has 2 of 3")
			}) {
				t.Errorf("told twice: %+v", got)
			}
		})
	}
}

func TestReplicasWithOneCauseAreOneEvidence(t *testing.T) {
	in := healthy()
	in.sick(backends.CauseOOM, func(r *backends.Replica) { r.Reason = "it was killed at its memory limit of 64 MiB" }, 1, 3)
	in.sick(backends.CauseUnhealthy, func(r *backends.Replica) { r.Probe = "503" }, 2)
	got := Explain(in)
	var titles []string
	for _, e := range got {
		titles = append(titles, e.Title)
	}
	all := strings.Join(titles, "\n")
	want := []string{"the front door sends 70 %", "2 replicas of A reached the memory limit and got killed", "replica a-2 of A failed the health probe"}
	for i, w := range want {
		if !strings.HasPrefix(got[i].Title, w) || got[i].State != backends.Fail {
			t.Fatalf("evidence %d is not %q:\n%s", i+1, w, all)
		}
	}
	if !strings.Contains(got[1].Detail, "a-1: it was killed") || !strings.Contains(got[1].Detail, "a-3: it was killed") {
		t.Errorf("detail %q", got[1].Detail)
	}
}

func TestAVersionThatCannotStartIsRolledBack(t *testing.T) {
	in := healthy()
	in.sick(backends.CauseImageMissing, func(r *backends.Replica) { r.LastExit = &backends.Exit{Code: 1, At: base.Add(20 * time.Second)} }, 1)
	in.records(deployRecord("A"))
	e := Explain(in)[0]
	if e.Action == nil || e.Action.Op != backends.OpRollback || !strings.Contains(e.Title, "20s after deploy of A") || !strings.Contains(e.Next, "; then push or pull") {
		t.Errorf("evidence %+v", e)
	}
}

func TestAReplicaWithoutACauseIsStillToldBesideOthers(t *testing.T) {
	in := healthy()
	in.sick(backends.CauseUnhealthy, func(*backends.Replica) {}, 1)
	in.sick("", func(r *backends.Replica) { r.Reason = "odd" }, 2)
	i := slices.IndexFunc(Explain(in), func(e Evidence) bool { return strings.HasPrefix(e.Title, "A has 1 of 3") })
	if i < 1 {
		t.Fatalf("evidence %+v", Explain(in))
	}
	if d := Explain(in)[i].Detail; !strings.Contains(d, "a-2 is fail: odd") || strings.Contains(d, "a-1") {
		t.Errorf("detail %q", d)
	}
}

func TestABackendThatDoesNotAnswer(t *testing.T) {
	for kind, next := range map[string]string{"docker": "check `docker info`", "kubernetes": "kubectl", "local": "pitwall up", "": "connection to the backend"} {
		in := healthy()
		in.Deployment.Backend, in.BackendErr, in.ListedAt = kind, errors.New("dial unix: no such file"), now.Add(-2*time.Minute)
		in.Deployment.Variants[0].Ready = 0 // as it was then
		got := Explain(in)
		e := got[0]
		if !strings.HasSuffix(e.Title, "does not answer since 13:53:00") || e.Detail != "dial unix: no such file; what is shown is 2m0s old" || !strings.Contains(e.Next, next) || e.State != backends.Unknown {
			t.Errorf("%s: evidence %+v", kind, e)
		}
		if slices.ContainsFunc(got, func(e Evidence) bool { return strings.Contains(e.Title, "cannot see the deployment") }) {
			t.Errorf("told twice: %+v", got)
		}
	}
	in := healthy()
	in.BackendErr, in.ListedAt = errors.New("refused"), time.Time{}
	if e := Explain(in)[0]; e.Title != "the backend does not answer" || e.Detail != "refused" {
		t.Errorf("never listed: %+v", e)
	}
}
