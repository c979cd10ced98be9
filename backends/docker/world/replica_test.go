package world

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
)

func TestReplica(t *testing.T) {
	type C = engine.Container
	well := running("m-a-1", own("m", "A", 1, 1))
	down := func(code int, edit func(*C)) C {
		return with(exited(well, code, at(1)), func(c *C) { c.Restart = "no"; edit(c) })
	}
	always := func(c *C) { c.Restart = "unless-stopped" }
	none := func(*C) {}
	for name, test := range map[string]struct {
		container C
		end       End
		state     backends.State
		cause     backends.Cause
		reason    string // a part of it
		exit      string // "" for none, else signal or status
	}{
		"well":                          {container: well, state: backends.OK},
		"no health check":               {container: with(well, func(c *C) { c.Health = engine.Health{} }), state: backends.OK},
		"well again":                    {container: with(well, func(c *C) { c.Restarts, c.OOMKilled, c.FinishedAt = 7, true, at(1) }), state: backends.OK},
		"starting":                      {container: with(well, func(c *C) { c.Health.Status = "starting" }), state: backends.Progressing, reason: "not passed yet"},
		"starting again":                {container: with(well, func(c *C) { c.Health.Status, c.Restarts = "starting", 3 }), state: backends.Progressing, cause: backends.CauseCrashLoop, reason: "not passed yet"},
		"unpaused, no probe yet":        {container: with(well, func(c *C) { c.Health = engine.Health{Status: "unhealthy", Output: "an old one"} }), state: backends.Progressing, reason: "its next health probe is due"},
		"unhealthy":                     {container: with(well, func(c *C) { c.Health = engine.Health{Status: "unhealthy", Failing: 4, Output: "503"} }), state: backends.Fail, cause: backends.CauseUnhealthy, reason: "failed 4 times"},
		"created":                       {container: down(0, func(c *C) { c.Status, c.FinishedAt = "created", at(0).AddDate(-2025, 0, 0) }), state: backends.Progressing, reason: "not started yet"},
		"paused":                        {container: with(well, func(c *C) { c.Status = "paused" }), state: backends.Paused, cause: backends.CausePaused, reason: "`docker unpause m-a-1` lets it go on"},
		"paused at a time":              {container: with(well, func(c *C) { c.Status = "paused" }), end: End{Paused: at(3)}, state: backends.Paused, cause: backends.CausePaused, reason: "paused by somebody, as by `docker pause`, at " + at(3).Local().Format(time.TimeOnly)},
		"removing":                      {container: with(well, func(c *C) { c.Status = "removing" }), state: backends.Progressing, reason: "removed"},
		"odd":                           {container: with(well, func(c *C) { c.Status = "odd" }), state: backends.Unknown, reason: "says that it is odd"},
		"ended":                         {container: down(3, none), state: backends.Fail, reason: "ended with status 3", exit: "3"},
		"killed":                        {container: down(137, none), state: backends.Fail, reason: "ended by signal killed", exit: "killed"},
		"terminated":                    {container: down(143, none), state: backends.Fail, reason: "ended by signal terminated", exit: "terminated"},
		"stopped by somebody":           {container: down(0, always), state: backends.Fail, cause: backends.CauseStopped, reason: "stopped through the engine", exit: "0"},
		"ended by somebody":             {container: down(137, always), state: backends.Fail, cause: backends.CauseStopped, reason: "through the engine: else", exit: "killed"},
		"killed by somebody":            {container: down(137, none), end: End{Known: true, Asked: syscall.SIGKILL}, state: backends.Fail, cause: backends.CauseStopped, reason: "with signal killed, as by `docker kill`", exit: "killed"},
		"killed by another program":     {container: down(137, none), end: End{Known: true}, state: backends.Fail, reason: "neither through the engine nor, as far as that tells, at its memory limit", exit: "killed"},
		"well again after an end":       {container: with(well, func(c *C) { c.Restarts, c.FinishedAt = 1, at(1) }), end: End{Known: true, Code: 137, OOM: true}, state: backends.OK, exit: "killed"},
		"no signal":                     {container: down(255, none), state: backends.Fail, reason: "status 255", exit: "255"},
		"out of memory":                 {container: down(137, func(c *C) { c.OOMKilled = true }), state: backends.Fail, cause: backends.CauseOOM, reason: "memory limit of 64 MiB", exit: "killed"},
		"out of memory, by an event":    {container: down(137, none), end: End{OOM: true}, state: backends.Fail, cause: backends.CauseOOM, reason: "memory limit of 64 MiB", exit: "killed"},
		"an event, and no limit":        {container: down(137, func(c *C) { c.MemoryLimit = 0 }), end: End{OOM: true}, state: backends.Fail, reason: "signal killed", exit: "killed"},
		"out of memory again and again": {container: down(137, func(c *C) { c.Status, c.Restarts, c.OOMKilled = "restarting", 9, true }), state: backends.Fail, cause: backends.CauseOOM, reason: "memory limit", exit: "killed"},
		"loop":                          {container: down(1, func(c *C) { c.Status, c.Restarts = "restarting", 1 }), state: backends.Fail, cause: backends.CauseCrashLoop, reason: "status 1 and is started again", exit: "1"},
		"given up":                      {container: down(1, func(c *C) { c.Restarts = 5 }), state: backends.Fail, cause: backends.CauseCrashLoop, reason: "status 1", exit: "1"},
		"no image": {container: down(0, func(c *C) { c.Status, c.Error = "created", "No such image: churn:9" }), state: backends.Fail, cause: backends.CauseImageMissing,
			reason: "its image registry.example:5000/churn:1.0.0 is not on the engine", exit: "0"},
		"port taken": {container: down(128, func(c *C) {
			c.Status = "created"
			c.Error = "driver failed programming external connectivity on endpoint m-a-1 (ab12): Bind for 0.0.0.0:8080 failed: port is already allocated"
		}), state: backends.Fail, cause: backends.CausePortConflict, reason: "port 8080 is taken", exit: "128"},
		"port taken by another program": {container: down(128, func(c *C) {
			c.Error = "listen tcp4 0.0.0.0:80: bind: address already in use"
		}), state: backends.Fail, cause: backends.CausePortConflict, reason: "port 80 is taken", exit: "128"},
		"disk full": {container: down(128, func(c *C) { c.Error = "write /x: no space left on device" }), state: backends.Fail, cause: backends.CauseDiskFull, reason: "no space is left", exit: "128"},
		"disk full inside": {container: with(well, func(c *C) {
			c.Health = engine.Health{Status: "unhealthy", Failing: 3, Output: "write: no space left on device"}
		}), state: backends.Fail, cause: backends.CauseDiskFull, reason: "where it writes"},
		"no start": {container: down(127, func(c *C) { c.Error = "exec: \"/x\": no such file" }), state: backends.Fail, reason: "could not be started: exec", exit: "127"},
	} {
		t.Run(name, func(t *testing.T) {
			r := Replica(Member{Container: test.container, Variant: "A", Version: "1.0.0", Port: 8080, End: test.end}, "shop_default")
			if r.State != test.state || r.Cause != test.cause || !strings.Contains(r.Reason, test.reason) || (r.Reason == "") != (test.reason == "") {
				t.Errorf("got %s, cause %q, reason %q", r.State, r.Cause, r.Reason)
			}
			exit := ""
			if x := r.LastExit; x != nil && x.Signal != "" {
				exit = x.Signal
			} else if x != nil {
				exit = strings.TrimPrefix(strings.Fields(ended(x))[3], " ")
			}
			if exit != test.exit {
				t.Errorf("last exit %q, want %q", exit, test.exit)
			}
			if (r.Address != "") != (test.container.Status == "running" || test.container.Status == "paused") {
				t.Errorf("address %q of one that is %s", r.Address, test.container.Status)
			}
			if r.Cause == backends.CauseUnhealthy && r.Probe != "503" {
				t.Errorf("probe %q", r.Probe)
			}
			if r.Name != "m-a-1" || r.Version != "1.0.0" || r.Image != test.container.Image || r.Restarts != test.container.Restarts {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestAddressOnTheNetworkOfTheDoor(t *testing.T) {
	c := with(running("x", nil), func(c *engine.Container) {
		c.Networks = map[string]string{"back": "10.0.0.7", "front": "fd00::7"}
	})
	for network, want := range map[string]string{"back": "10.0.0.7:80", "front": "[fd00::7]:80", "gone": "10.0.0.7:80"} {
		if got := Replica(Member{Container: c, Port: 80}, network).Address; got != want {
			t.Errorf("on %s: %s, want %s", network, got, want)
		}
	}
}
