package docker_test

import (
	"fmt"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/docker/internal/ownengine"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
)

// TestDockerDiskFull takes the engine's disk away before each kind of change
// and in the middle of some (PITWALL_FAULTS=all takes more of both): that is said with what makes room, everything
// stays as it was, users notice nothing, and it goes through when there is room.
func TestDockerDiskFull(t *testing.T) {
	if !ownengine.Inside(t) {
		return
	}
	f := openFaults(t, false)
	t.Logf("| operation | disk full | told | with room again | requests | failed |")
	f.beforeFull(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 55, "B": 45}})
	f.beforeFull(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "1.2.0"})
	deploy := backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "0.9.0"}
	f.amidFull(t, deploy, deploySteps[3])
	if !everything() {
		return
	}
	f.beforeFull(t, backends.Change{Op: backends.OpRollback, Variant: "B"})
	f.beforeFull(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 2})
	f.amidFull(t, deploy, deploySteps[1])
}

// beforeFull asks for a change on a full disk, and carries out one that was
// asked for before.
func (f *failing) beforeFull(t *testing.T, c backends.Change) {
	t.Helper()
	before := f.settled(t)
	c.Deployment = f.models
	planned, err := f.ops.Plan(t.Context(), c)
	if err != nil {
		t.Fatalf("plan %s: %v", c.Op, err)
	}
	users := load(t, f.url, 2)
	free := f.own.Fill()
	told := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "is full") || !strings.Contains(err.Error(), "docker system df") {
			t.Errorf("%s %s on a full disk: %v", c.Op, what, err)
		}
	}
	now, err := f.ops.Plan(t.Context(), c)
	if err == nil {
		_, err = f.ops.Run(t.Context(), now, operation.Confirmation{Yes: true, Typed: f.models, Reason: "a test"}, nil)
	}
	told("asked for", err)
	o, err := f.ops.Run(t.Context(), planned, operation.Confirmation{Yes: true, Typed: f.models, Reason: "a test"}, nil)
	told("carried out", err)
	if o.Result != journal.ResultFailed || !strings.Contains(o.Text, "nothing was applied") {
		t.Errorf("%s on a full disk: %+v", c.Op, o)
	}
	during := f.read(t)
	if !strings.Contains(during.Reason, "is full") || !during.Split().Equal(before.Split()) {
		t.Errorf("on a full disk it is shown as %s with %s: %s", during.State, during.Split(), during.Reason)
	}
	f.checkServing(t, during)
	free()
	if after := f.settled(t); !after.Split().Equal(before.Split()) || after.Token != before.Token {
		t.Errorf("%s failed on a full disk and changed %+v to %+v", c.Op, before, after)
	}
	f.throughFull(t, c, "before it", fmt.Sprint(err), <-f.operate(t, c), users)
}

// amidFull fills the disk at a step of a change, which goes on when there is room.
func (f *failing) amidFull(t *testing.T, c backends.Change, s step) {
	t.Helper()
	f.settled(t)
	users := load(t, f.url, 2)
	fired := f.tap.arm(s.calls...)
	running := f.operate(t, c)
	<-fired
	free := f.own.Fill()
	d := f.await(t, "the full disk is told", func(d backends.Deployment) bool { return strings.Contains(d.Reason, "is full") })
	free()
	f.throughFull(t, c, s.name, d.Reason, <-running, users)
}

// throughFull checks that a change went through, and says what it was like.
func (f *failing) throughFull(t *testing.T, c backends.Change, when, told string, end ended, users func() *tally) {
	t.Helper()
	if end.err != nil || end.outcome.Result != journal.ResultOK {
		t.Errorf("%s with room again: %+v, %v", c.Op, end.outcome, end.err)
	}
	d := f.settled(t)
	f.checkServing(t, d)
	f.checkContainers(t, d)
	f.checkJournal(t)
	all := users()
	if all.lost > 0 {
		t.Errorf("%s with the disk full %s: %d of %d requests failed, first %v", c.Op, when, all.lost, all.requests, all.first)
	}
	t.Logf("| %s | %s | %s | %s: %s | %d | %d |", c.Op, when, f.plain(told), end.outcome.Result, end.outcome.Text, all.requests, all.lost)
}
