package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
)

// TestKilledProcesses kills with SIGKILL, one after another: a replica, the
// gateway, and the supervisor under an open console.
func TestKilledProcesses(t *testing.T) {
	e2e(t)
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	h := startHeadless(t, state, "--rate=20")
	h.measured()
	must(t, state, "split", "model-api", "A=60", "B=40", "--yes", "--reason", "to be kept")
	t.Run("replica", func(t *testing.T) { killReplica(t, h) })
	t.Run("gateway", func(t *testing.T) { killGateway(t, h) })
	t.Run("supervisor", func(t *testing.T) { killSupervisor(t, h) })
}

// killReplica loses at most the requests that the replica was answering.
func killReplica(t *testing.T, h *headless) {
	clients := startLoad(t, h.deployment("model-api").Address, 8)
	v, _ := h.deployment("model-api").Variant("A")
	victim := v.Replicas[0]
	clients.reach(t, 200)
	if err := syscall.Kill(victim.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the replica runs again", func() bool {
		v, _ := h.deployment("model-api").Variant("A")
		return v.Ready == 3 && v.Replicas[0].PID != victim.PID && v.Replicas[0].Restarts == 1
	})
	clients.reach(t, clients.count()+200)
	sent, failed := clients.stop()
	t.Logf("%d requests over 8 connections, %d failed", sent, len(failed))
	if len(failed) > 8 {
		t.Errorf("%d requests failed, more than can have been in flight: %v", len(failed), failed)
	}
	out := must(t, h.state, "get", "events", "model-api")
	if !strings.Contains(out, victim.Name) || !strings.Contains(out, "killed") {
		t.Errorf("no event tells of the killed replica:\n%s", out)
	}
	if out := must(t, h.state, "explain", "model-api"); !strings.Contains(out, victim.Name) {
		t.Errorf("explain does not know of the killed replica:\n%s", out)
	}
}

// killGateway brings the front door back at the same address with the same split.
func killGateway(t *testing.T, h *headless) {
	before := h.deployment("model-api")
	pids := children(t, h.cmd.Process.Pid, "gateway", "--deployment\x00model-api")
	if len(pids) != 1 {
		t.Fatalf("the gateways of model-api are %v", pids)
	}
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "a new gateway runs", func() bool {
		now := children(t, h.cmd.Process.Pid, "gateway", "--deployment\x00model-api")
		return len(now) == 1 && now[0] != pids[0]
	})
	waitFor(t, "it answers", func() bool { return predictOnce(t, before.Address) == nil })
	waitFor(t, "the deployment is well", h.ready)
	if d := h.deployment("model-api"); d.Address != before.Address || !d.Split().Equal(before.Split()) {
		t.Errorf("the front door was %s with %s, and is %s with %s", before.Address, before.Split(), d.Address, d.Split())
	}
	if out := must(t, h.state, "get", "events", "model-api"); !strings.Contains(out, "front door") {
		t.Errorf("no event tells of the killed gateway:\n%s", out)
	}
}

// killSupervisor leaves a console that says what it still knows, no process
// behind, and a state to go on with.
func killSupervisor(t *testing.T, h *headless) {
	x := startTerminal(t, 120, 40, pitwallCommand(t, h.state))
	x.until("model-api", "60/40", "local ●")
	before := deployments(t, h.state)
	revisions := must(t, h.state, "get", "revisions", "model-api", "-o", "json")
	running := children(t, h.cmd.Process.Pid)
	if len(running) < 8 { // 6 replicas, 2 gateways
		t.Fatalf("the supervisor has the children %v", running)
	}
	h.kill()
	waitFor(t, "the children are gone", func() bool {
		return !slices.ContainsFunc(running, func(pid int) bool { return syscall.Kill(pid, 0) == nil })
	})
	x.within(30*time.Second, "local ✗ offline", "model-api", "60/40")
	x.goTo("model-api split") // still usable
	x.press("=", "50", "\r")
	x.within(30*time.Second, "does not answer", "nothing is changed")
	x.press("\x1b")
	refuses(t, h.state, []string{"get", "deployments"}, "no local stack runs", "pitwall up")

	again := startHeadless(t, h.state, "--rate=20")
	x.home()
	x.within(60*time.Second, "local ●", "60/40")
	after := deployments(t, h.state)
	for i, d := range before {
		if got, want := fmt.Sprint(after[i].Name, after[i].Variants), fmt.Sprint(d.Name, d.Variants); got != want {
			t.Errorf("after the restart %s, before %s", got, want)
		}
	}
	if got := must(t, again.state, "get", "revisions", "model-api", "-o", "json"); numbers(got) != numbers(revisions) {
		t.Errorf("after the restart the revisions are %s, before %s", got, revisions)
	}
	if d := again.deployment("model-api"); d.State != backends.OK {
		t.Errorf("after the restart model-api is %s: %s", d.State, d.Reason)
	}
	x.press("q")
	if err := x.exits(); err != nil {
		t.Errorf("the console ended with %v", err)
	}
}

// numbers keeps the lines of revisions that time does not change.
func numbers(revisions string) string {
	var kept []string
	for line := range strings.Lines(revisions) {
		if strings.Contains(line, `"number"`) || strings.Contains(line, `"version"`) || strings.Contains(line, `"replicas"`) {
			kept = append(kept, strings.TrimSpace(line))
		}
	}
	return strings.Join(kept, " ")
}

// children lists the live child processes whose command line has every text.
func children(t *testing.T, parent int, having ...string) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if fields[0] == "Z" || fields[1] != strconv.Itoa(parent) {
			continue
		}
		dir := filepath.Dir(file)
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		if slices.ContainsFunc(having, func(text string) bool { return !strings.Contains(string(line), text) }) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}
