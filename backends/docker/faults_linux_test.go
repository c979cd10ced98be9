package docker_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/ownengine"
	"pitwall/backends/docker/stack"
	"pitwall/backends/docker/world"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
)

// failure is a way in which an engine goes away.
type failure struct {
	name   string
	signal syscall.Signal
}

var failures = []failure{{"killed", syscall.SIGKILL}, {"stopped", syscall.SIGTERM}}

// step is a moment of an operation: the calls that lead to it.
type step struct {
	name  string
	calls []string
	more  bool // only when everything is asked for
}

// The calls of a rollout that tell its steps apart.
const (
	volume = `^POST \S*/volumes/create`
	create = `^POST \S*/containers/create`
	start  = `^POST \S*/containers/\w+/start`
	list   = `^GET \S*/containers/`
	told   = `"--set"`
	stop   = `^POST \S*/containers/\S+/stop`
)

var (
	deploySteps = []step{
		{name: "write down what is wanted", calls: []string{volume}},
		{name: "write down the container's name", calls: []string{volume, volume}, more: true},
		{name: "make a container", calls: []string{create}, more: true},
		{name: "start it", calls: []string{start}},
		{name: "wait until it is ready", calls: []string{start, list}, more: true},
		{name: "put it into the front door", calls: []string{told}},
		{name: "take the old one out", calls: []string{told, told}},
		{name: "drain the old one", calls: []string{told, told, list}, more: true},
		{name: "stop the old one", calls: []string{stop}},
		{name: "write down that it is done", calls: []string{stop, volume}, more: true},
	}
	rollbackSteps = append(append([]step{}, deploySteps[:2]...), deploySteps[3:]...)
	splitSteps    = []step{deploySteps[0], {name: "tell the front door", calls: []string{told}}, {name: "write down that it is done", calls: []string{told, volume}, more: true}}
)

// failing is a deployment on an engine that may fail.
type failing struct {
	*place
	own     *ownengine.Engine
	tap     *tap
	ops     *operation.Engine
	journal string // path
	turn    int    // counts the failures
	live    bool   // the engine leaves its containers running when it ends
}

// openFaults makes a small deployment, one replica of A and one of B, and
// operates on it as a console does.
func openFaults(t *testing.T, live bool) *failing {
	t.Helper()
	f := &failing{own: ownengine.Start(t, live), live: live, journal: filepath.Join(t.TempDir(), "journal.jsonl")}
	f.place = open(t, frontdoor.Gateway)
	f.alone(t)
	f.apply(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 1})
	f.settled(t)
	f.tap = newTap(t, f.own.Socket())
	c, err := engine.Open(engine.Options{Host: "unix://" + f.tap.path, Env: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	f.backend = docker.Attach(docker.Options{Engine: c, Stack: f.name}).Mutable()
	t.Cleanup(f.backend.Close)
	book, err := journal.Open(f.journal, time.Now, journal.Actor{Host: "alice@laptop"})
	if err != nil {
		t.Fatal(err)
	}
	f.ops = operation.New(operation.Options{Backend: f.backend, Journal: book, Now: time.Now, Actor: journal.Actor{Host: "alice@laptop"}})
	return f
}

// alone removes everything of the stack but the deployment: it only takes time.
func (f *failing) alone(t *testing.T) {
	t.Helper()
	others, err := f.engine.Containers(t.Context(), world.LabelStack)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range others {
		if c.Labels[world.LabelDeployment] != f.models {
			if err := f.engine.Remove(t.Context(), c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// advised is a command that a listing tells to start what is down.
var advised = regexp.MustCompile("`(pitwall up --backend docker:|docker start ([^`]+))` starts")

// revive does what is advised after an engine that was killed came
// back, which leaves down what it stopped then. It returns the command.
func (f *failing) revive(t *testing.T) string {
	t.Helper()
	var command []string
	f.await(t, "it is told that nothing runs, or the front door, and what starts it", func(d backends.Deployment) bool {
		command = advised.FindStringSubmatch(f.told(t, d))
		return d.State == backends.Fail && command != nil
	})
	if command[2] == "" {
		if _, err := stack.Up(t.Context(), f.engine, f.options); err != nil {
			t.Errorf("pitwall up: %v", err)
		}
		f.alone(t)
		return "pitwall up"
	}
	for _, name := range strings.Fields(command[2]) {
		if err := f.engine.Start(t.Context(), name); err != nil {
			t.Errorf("docker start %s: %v", name, err)
		}
	}
	return strings.ReplaceAll(command[1], f.name+"-", "")
}

// ended is how an operation ended.
type ended struct {
	outcome operation.Outcome
	err     error
}

// operate plans and runs an operation, in the background.
func (f *failing) operate(t *testing.T, c backends.Change) <-chan ended {
	t.Helper()
	c.Deployment = f.models
	plan, err := f.ops.Plan(t.Context(), c)
	if err != nil {
		t.Fatalf("plan %s: %v", c.Op, err)
	}
	done := make(chan ended, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
		defer cancel()
		o, err := f.ops.Run(ctx, plan, operation.Confirmation{Yes: true, Typed: f.models, Reason: "a test"}, nil)
		done <- ended{o, err}
	}()
	return done
}

// TestDockerEngineFails takes the engine away in the middle of each step of a
// split, a deploy and a rollback, under load. Its containers come back with it
// (if it was stopped), or stay down until somebody starts them (if it was
// killed), or go on without it (live-restore). PITWALL_FAULTS=all combines every
// step with every kind of failure and both kinds of engine, which takes half an
// hour; otherwise some steps and the kinds of failure take turns.
func TestDockerEngineFails(t *testing.T) {
	if !ownengine.Inside(t) {
		return
	}
	for _, live := range []bool{false, true}[:map[bool]int{false: 1, true: 2}[everything()]] {
		t.Run(map[bool]string{false: "back", true: "live"}[live], func(t *testing.T) { // short: it is part of a socket's path
			f := openFaults(t, live)
			t.Logf("| operation | step | the engine is | outcome | requests | failed | failed past the published port | engine away | took |")
			f.each(t, backends.OpSplit, splitSteps, func(n int) backends.Change {
				return backends.Change{Split: backends.Split{"A": float64(40 + n%20), "B": float64(60 - n%20)}}
			})
			f.each(t, backends.OpDeploy, deploySteps, func(int) backends.Change {
				v, _ := f.read(t).Variant("B")
				version := "1.2.0"
				if v.Version == version {
					version = "0.9.0"
				}
				return backends.Change{Variant: "B", Version: version}
			})
			if everything() {
				f.each(t, backends.OpRollback, rollbackSteps, func(int) backends.Change { return backends.Change{Variant: "B"} })
			}
		})
	}
}

// everything reports whether all combinations are asked for.
func everything() bool { return os.Getenv("PITWALL_FAULTS") == "all" }

// each fails every step of an operation.
func (f *failing) each(t *testing.T, op backends.Op, steps []step, change func(n int) backends.Change) {
	for _, s := range steps {
		kinds := failures[f.turn%len(failures):][:1]
		switch {
		case everything():
			kinds = failures
		case s.more:
			continue
		}
		for _, kind := range kinds {
			f.turn++
			c := change(f.turn)
			c.Op = op
			f.fail(t, c, s, kind)
		}
	}
}

// fail runs an operation whose engine goes away at a step, and checks what is
// left when it is over.
func (f *failing) fail(t *testing.T, c backends.Change, s step, kind failure) {
	t.Helper()
	before := f.settled(t)
	published, direct := load(t, f.url, 2), func() *tally { return nil }
	if f.live {
		direct = load(t, f.inside(t), 2)
	}
	began := time.Now()
	fired := f.tap.arm(s.calls...)
	running := f.operate(t, c)
	away, revived := time.Duration(0), ""
	select {
	case <-fired:
		down := time.Now()
		f.own.End(kind.signal)
		f.own.Up(f.live)
		away = time.Since(down)
		if !f.live && kind.signal == syscall.SIGKILL {
			revived = f.revive(t)
		}
	case <-time.After(45 * time.Second):
		t.Errorf("%s: %s never came", c.Op, s.name)
	}
	end := <-running
	d, resumed := f.calm(t)
	took := time.Since(began)
	outcome := f.check(t, c, before, d, end)
	if revived != "" {
		outcome += ", after `" + revived + "`"
	}
	if resumed {
		outcome += ", after resume"
	}
	all, past := published(), direct()
	other := "–"
	if past != nil {
		other = fmt.Sprintf("%d of %d", past.lost, past.requests)
	}
	t.Logf("| %s | %s | %s | %s | %d | %d | %s | %.1f s | %.1f s |", c.Op, s.name, kind.name, f.plain(outcome), all.requests, all.lost, other, away.Seconds(), took.Seconds())
}

// plain is a text without what is only the test's: its names, and the path of its socket.
func (f *failing) plain(text string) string {
	return stackName.ReplaceAllString(strings.ReplaceAll(text, f.tap.path, "/run/docker.sock"), "")
}

// inside is the front door's address on the engine's own network, which the
// engine is no part of.
func (f *failing) inside(t *testing.T) string {
	t.Helper()
	c, err := f.engine.Container(t.Context(), f.name+"-"+f.models+"-door")
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + net.JoinHostPort(c.Address(f.name), "8080")
}

// calm waits until nothing is done any more, and resumes what is held.
func (f *failing) calm(t *testing.T) (d backends.Deployment, resumed bool) {
	t.Helper()
	held := func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Paused }
	d = f.await(t, "nothing is under way", func(d backends.Deployment) bool {
		return held(d) || d.Rollout == nil && d.State.Severity() <= backends.Warn.Severity() && everyReady(d)
	})
	if held(d) {
		if end := <-f.operate(t, backends.Change{Op: backends.OpResume}); end.err != nil {
			t.Errorf("resume: %v", end.err)
		}
		return f.settled(t), true
	}
	return d, false
}

func everyReady(d backends.Deployment) bool {
	for _, v := range d.Variants {
		if v.Ready != v.Desired {
			return false
		}
	}
	return true
}
