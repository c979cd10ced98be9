package world

import (
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// TestACrashLoopStaysOneBetweenTwoExits: a container that runs for the moment
// and fell over every time before is not starting.
func TestACrashLoopStaysOneBetweenTwoExits(t *testing.T) {
	failed := objects.ContainerState{Kind: "terminated", Reason: "Error", Code: 2}
	running := objects.ContainerState{Kind: "running"}
	for name, c := range map[string]struct {
		container objects.Container
		state     backends.State
		cause     backends.Cause
		reason    string
	}{
		"it waits":          {objects.Container{Restarts: 3, State: objects.ContainerState{Kind: "waiting", Reason: "CrashLoopBackOff"}, Last: failed}, backends.Fail, backends.CauseCrashLoop, "it ended with status 2, restarted 3 times and waits to be started again"},
		"it runs again":     {objects.Container{Restarts: 3, State: running, Last: failed}, backends.Fail, backends.CauseCrashLoop, "it ended with status 2, restarted 3 times and runs again, not ready yet"},
		"it is ready again": {objects.Container{Restarts: 3, Ready: true, State: running, Last: failed}, backends.OK, "", ""},
		"once is no loop":   {objects.Container{Restarts: 1, State: running, Last: failed}, backends.Progressing, "", "it is starting"},
	} {
		c.container.Name = "model"
		p := &objects.Pod{Phase: "Running", Ready: c.container.Ready, Containers: []objects.Container{c.container}}
		r := Replica(p, "model", time.Time{})
		if r.State != c.state || r.Cause != c.cause || r.Reason != c.reason {
			t.Errorf("%s: %s, cause %q: %s", name, r.State, r.Cause, r.Reason)
		}
	}
}
