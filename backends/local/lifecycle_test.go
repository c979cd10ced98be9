package local_test

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/local"
	"pitwall/backends/local/internal/stacktest"
	"pitwall/backends/local/supervisor"
	"pitwall/backends/local/supervisor/process"
	"pitwall/backends/local/supervisor/state"
	"pitwall/testdata"
)

// TestSupervisorKilled kills the supervisor in the middle of a rollout. Its
// children end, and the next one goes on where it was.
func TestSupervisorKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	watch := attachBeforeStart(t, dir)
	s := stacktest.Start(t, dir)
	awaitListing(t, watch, func(l backends.Listing) bool { return l.Err == nil && len(l.Deployments) == 2 })
	checkModes(t, dir)
	checkSecondRefused(t, dir)

	s.Apply(t, backends.Change{Op: backends.OpDeploy, Deployment: "wine-api", Variant: "B", Version: "1.9.0"})
	s.Settled(t, "wine-api")
	s.Apply(t, backends.Change{Op: backends.OpSplit, Deployment: "wine-api", Split: backends.Split{"A": 75, "B": 25}})
	s.Apply(t, backends.Change{Op: backends.OpDeploy, Deployment: "model-api", Variant: "A", Version: "1.2.0"})
	s.Apply(t, backends.Change{Op: backends.OpPause, Deployment: "model-api"})
	before, wine := s.Deployment(t, "model-api"), s.Deployment(t, "wine-api")
	revisions, err := s.Client.Revisions(t.Context(), "model-api")
	if err != nil {
		t.Fatal(err)
	}

	s.Kill()
	awaitListing(t, watch, func(l backends.Listing) bool { return l.Err != nil })
	stacktest.Eventually(t, "the children ended with the supervisor", func() bool {
		return !slices.ContainsFunc(replicasOf(before, wine), func(r backends.Replica) bool { return r.PID != 0 && process.Started(r.PID) != "" })
	})

	s = stacktest.Launch(t, dir)
	awaitListing(t, watch, func(l backends.Listing) bool { return l.Err == nil })
	after := s.Deployment(t, "model-api")
	if after.Token != before.Token || after.Rollout == nil || !after.Rollout.Paused || after.Rollout.To != "1.2.0" {
		t.Fatalf("after the restart %+v with rollout %+v, before it %+v", after, after.Rollout, before)
	}
	if got := s.Settled(t, "wine-api"); !got.Split().Equal(wine.Split()) || got.Address != wine.Address || got.Token != wine.Token {
		t.Errorf("after the restart %+v, before it %+v", got, wine)
	}
	now, err := s.Client.Revisions(t.Context(), "model-api")
	if err != nil || len(now) != len(revisions) {
		t.Errorf("after the restart the revisions are %+v (%v), before it %+v", now, err, revisions)
	}
	s.Apply(t, backends.Change{Op: backends.OpResume, Deployment: "model-api"})
	if v, _ := s.Settled(t, "model-api").Variant("A"); v.Version != "1.2.0" || v.Ready != 3 {
		t.Errorf("the rollout that was taken up again ended with %+v", v)
	}
}

func replicasOf(list ...backends.Deployment) []backends.Replica {
	var all []backends.Replica
	for _, d := range list {
		for _, v := range d.Variants {
			all = append(all, v.Replicas...)
		}
	}
	return all
}

// attachBeforeStart checks what a client says while nothing runs, and gives a
// watch that is under way.
func attachBeforeStart(t *testing.T, dir string) <-chan backends.Listing {
	t.Helper()
	b, err := local.Attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	gone := (*local.NotRunningError)(nil)
	if _, err := b.Deployments(t.Context()); !errors.As(err, &gone) || gone.Dir != dir {
		t.Fatalf("without a stack: %v", err)
	}
	watch := b.Watch(t.Context())
	awaitListing(t, watch, func(l backends.Listing) bool { return errors.As(l.Err, &gone) })
	return watch
}

func awaitListing(t *testing.T, watch <-chan backends.Listing, holds func(backends.Listing) bool) {
	t.Helper()
	for timeout := time.After(stacktest.Wait); ; {
		select {
		case l := <-watch:
			if holds(l) {
				return
			}
		case <-timeout:
			t.Fatal("the watch does not show it")
		}
	}
}

// checkModes checks that no other user can read anything or connect.
func checkModes(t *testing.T, dir string) {
	t.Helper()
	for name, want := range map[string]os.FileMode{
		"": 0o700, "control.sock": 0o600, "state.json": 0o600, "lock": 0o600, "tokens": 0o700,
		"tokens/model-api": 0o600, "models": 0o700, "logs": 0o700, "monitor": 0o700,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != want {
			t.Errorf("%q has mode %v, not %v", name, info.Mode().Perm(), want)
		}
	}
}

func checkSecondRefused(t *testing.T, dir string) {
	t.Helper()
	err := supervisor.Run(t.Context(), supervisor.Config{StateDir: dir, Executable: os.Args[0], Models: testdata.Models})
	if locked := (*state.LockedError)(nil); !errors.As(err, &locked) || locked.PID == 0 {
		t.Errorf("a second supervisor: %v", err)
	}
}

// TestPortTaken: an address that was asked for is never replaced by another.
func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for name, want := range map[string]string{"model-api": "choose another port", supervisor.Prometheus: "choose another port", "no-such": "no deployment"} {
		err := supervisor.Run(t.Context(), supervisor.Config{StateDir: t.TempDir(), Executable: os.Args[0], Models: testdata.Models,
			Listen: map[string]string{name: l.Addr().String()}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestIncidents breaks the stack as practice and as the world does, and reads
// the signals of it.
func TestIncidents(t *testing.T) {
	s := stacktest.Start(t, t.TempDir())
	d := s.Deployment(t, "model-api")

	t.Run("prometheus scrapes all", func(t *testing.T) {
		base, err := s.Client.Prometheus(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stacktest.Eventually(t, "six replicas, two gateways and the supervisor are up", func() bool {
			return query(t, base, `count(up{job="serve",deployment!="",variant!="",version!="",replica!=""} == 1)`) == "6" &&
				query(t, base, `count(up{job="gateway",deployment!=""} == 1)`) == "2" && query(t, base, `up{job="pitwall"}`) == "1"
		})
	})
	t.Run("a replica is killed", func(t *testing.T) {
		victim := d.Variants[1].Replicas[0]
		if err := syscall.Kill(victim.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		stacktest.Eventually(t, "it was replaced", func() bool {
			r := s.Deployment(t, d.Name).Variants[1].Replicas[0]
			return r.PID != 0 && r.PID != victim.PID && r.State == backends.OK && r.Restarts == 1 && r.LastExit != nil && r.LastExit.Signal == "killed"
		})
		events, err := s.Client.Events(t.Context(), d.Name, time.Time{})
		if err != nil || !slices.ContainsFunc(events, func(e backends.Event) bool { return e.Kind == "exit" && e.Replica == victim.Name }) {
			t.Errorf("events: %+v, %v", events, err)
		}
		s.Settled(t, d.Name)
	})
	t.Run("a front door is killed", func(t *testing.T) {
		if err := syscall.Kill(childPID(t, s.Dir, "model-api-gateway"), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		stacktest.Eventually(t, "its death is told", func() bool { return s.Deployment(t, d.Name).State == backends.Fail })
		if again := s.Settled(t, d.Name); again.Address != d.Address || !again.Split().Equal(d.Split()) {
			t.Errorf("it came back as %s with %s, was %s with %s", again.Address, again.Split(), d.Address, d.Split())
		}
	})
	t.Run("a scenario really happens and ends", func(t *testing.T) {
		send := stacktest.NewSender(t, d.Address)
		startScenario(t, s, "errors")
		stacktest.Eventually(t, "B fails requests", func() bool { _ = send.Send(); return errorsOf(s, t, "B") > 0 })
		if n := errorsOf(s, t, "A"); n > 0 {
			t.Errorf("A failed %d requests", n)
		}
		startScenario(t, s, "calm")
		for range 100 {
			if err := send.Send(); err != nil {
				t.Fatalf("after calm: %v", err)
			}
		}
		var none *backends.NotFoundError
		if err := s.Client.StartScenario(t.Context(), "no-such"); !errors.As(err, &none) {
			t.Errorf("unknown scenario: %v", err)
		}
	})
}

// childPID finds a process among those that the supervisor notes.
func childPID(t *testing.T, dir, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "children.json"))
	if err != nil {
		t.Fatal(err)
	}
	var children []state.Child
	if err := json.Unmarshal(text, &children); err != nil {
		t.Fatal(err)
	}
	for _, c := range children {
		if c.Name == name {
			return c.PID
		}
	}
	t.Fatalf("no process %s in %s", name, text)
	return 0
}

func startScenario(t *testing.T, s *stacktest.Stack, name string) {
	t.Helper()
	if err := s.Client.StartScenario(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	list, err := s.Client.Scenarios(t.Context())
	if err != nil || !slices.ContainsFunc(list, func(s backends.Scenario) bool { return s.Name == name && s.Running }) {
		t.Fatalf("scenarios: %+v, %v", list, err)
	}
}

func errorsOf(s *stacktest.Stack, t *testing.T, variant string) uint64 {
	t.Helper()
	v, _ := s.Deployment(t, "model-api").Variant(variant)
	return v.Errors
}

// query gives the value of an instant query with one result, "" without one.
func query(t *testing.T, base, promQL string) string {
	t.Helper()
	resp, err := http.Get(base + "/api/v1/query?query=" + url.QueryEscape(promQL))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Data.Result) != 1 {
		return ""
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	return text
}
