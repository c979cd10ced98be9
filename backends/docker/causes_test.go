package docker_test

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/world"
	"pitwall/backends/explain"
)

// fault is a container that something is wrong with, and what is said of it.
type fault struct {
	name   string
	spec   engine.Spec
	inject func(t *testing.T, c *engine.Client, id string)

	cause                       backends.Cause
	reason, title, detail, next string // parts
}

// faults each leave one replica that is not well.
var faults = []fault{
	{name: "oom", spec: engine.Spec{Command: []string{"-hog", "256"}, MemoryLimit: 64 << 20, Restart: "no"},
		cause: backends.CauseOOM, reason: "memory limit of 64 MiB", title: "reached the memory limit and got killed", detail: `its last line: "serving version 1"`, next: "raise the memory limit"},
	{name: "oomloop", spec: engine.Spec{Command: []string{"-hog", "256"}, MemoryLimit: 64 << 20, Restart: "always"},
		cause: backends.CauseOOM, reason: "memory limit of 64 MiB", title: "reached the memory limit and got killed", next: "raise the memory limit"},
	{name: "loop", spec: engine.Spec{Command: []string{"-crash", "300ms"}, Restart: "always"},
		cause: backends.CauseCrashLoop, reason: "ended with status 3 and is started again", title: "ended again and again", detail: `its last line: "crashing"`, next: "before each exit"},
	{name: "probe", spec: engine.Spec{Command: []string{"-unhealthy", "1ms"}, Health: dockertest.HealthCheck(500 * time.Millisecond), Restart: "always"},
		cause: backends.CauseUnhealthy, reason: "health probe failed", title: "failed the health probe", detail: "500 Internal Server Error", next: "the process runs"},
	{name: "stopped", spec: engine.Spec{Restart: "unless-stopped"},
		inject: func(t *testing.T, c *engine.Client, id string) { must(t, c.Stop(t.Context(), id, 5*time.Second)) },
		cause:  backends.CauseStopped, reason: "was stopped through the engine, as by `docker stop`", title: "was stopped through the engine", next: "`docker start "},
	{name: "killed", spec: engine.Spec{Restart: "unless-stopped", MemoryLimit: 64 << 20},
		inject: func(t *testing.T, c *engine.Client, id string) { must(t, c.Kill(t.Context(), id, "KILL")) },
		cause:  backends.CauseStopped, reason: "with signal killed, as by `docker kill`", title: "was stopped through the engine", next: "`docker start "},
	{name: "paused", spec: engine.Spec{Restart: "unless-stopped"},
		inject: func(t *testing.T, c *engine.Client, id string) {
			must(t, exec.CommandContext(t.Context(), "docker", "pause", id).Run())
		},
		cause: backends.CausePaused, reason: "docker unpause ", title: "was paused by somebody since ", next: "ask who did it"},
	{name: "outside", spec: engine.Spec{Restart: "no", MemoryLimit: 64 << 20},
		inject: func(t *testing.T, c *engine.Client, id string) {
			found, err := c.Container(t.Context(), id)
			must(t, err)
			must(t, syscall.Kill(found.PID, syscall.SIGKILL))
		},
		reason: "neither through the engine nor, as far as that tells, at its memory limit", title: "ended with signal killed", next: "read the log"},
	{name: "port", spec: engine.Spec{Publish: []engine.Port{{Container: 8080, HostIP: "127.0.0.1", Host: 18999}}},
		cause: backends.CausePortConflict, reason: "port 18999 is taken", title: "could not start: port 18999 is taken", next: "find who has the port"},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestDockerCauses breaks real containers, and holds what is said of each
// against what was done to it.
func TestDockerCauses(t *testing.T) {
	c := dockertest.Engine(t)
	prefix, image := dockertest.Name(t), dockertest.Image(t, c)
	dockertest.Run(t, c, prefix, engine.Spec{Name: "holder", Image: image, Publish: []engine.Port{{Container: 8080, HostIP: "127.0.0.1", Host: 18999}}})
	b := docker.Attach(docker.Options{Engine: c, Stack: prefix})
	for _, f := range faults {
		s := f.spec
		s.Name, s.Image = prefix+"-"+f.name, image
		s.Labels = dockertest.Labels(prefix, world.LabelStack, prefix, world.LabelDeployment, f.name, world.LabelVariant, "A", world.LabelVersion, "1")
		id, err := c.Create(t.Context(), s)
		must(t, err)
		if err := c.Start(t.Context(), id); err != nil && f.cause != backends.CausePortConflict {
			t.Fatal(err)
		}
		if f.inject != nil {
			f.inject(t, c, id)
		}
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			var d backends.Deployment
			defer func() {
				if t.Failed() {
					t.Logf("it is %+v", d)
				}
			}()
			dockertest.Eventually(t, f.reason, func() bool {
				d = deploymentOf(t, b, f.name)
				r := d.Variants[0].Replicas[0]
				stands := r.State == backends.Fail || r.State == backends.Paused
				return stands && r.Cause == f.cause && strings.Contains(r.Reason, f.reason)
			})
			events, err := b.Events(t.Context(), f.name, time.Time{})
			must(t, err)
			reasons, err := b.Reasons(t.Context(), f.name)
			must(t, err)
			e := about(explain.Explain(explain.Input{Deployment: d, Events: events, Reasons: reasons, Now: time.Now()}), f.title)
			if !strings.Contains(e.Detail, f.detail) || !strings.Contains(e.Next, f.next) {
				t.Errorf("%+v, of %+v", e, d.Variants[0].Replicas[0])
			}
			if !strings.Contains(d.Reason, f.name) {
				t.Errorf("the deployment is %s: %s", d.State, d.Reason)
			}
		})
	}
}

func deploymentOf(t *testing.T, b *docker.Backend, name string) backends.Deployment {
	t.Helper()
	list, err := b.Deployments(t.Context())
	must(t, err)
	for _, d := range list {
		if d.Name == name && len(d.Variants) > 0 && len(d.Variants[0].Replicas) > 0 {
			return d
		}
	}
	t.Fatalf("no deployment %s with a replica in %+v", name, list)
	return backends.Deployment{}
}

// about is the evidence with a title, else the zero one.
func about(list []explain.Evidence, title string) explain.Evidence {
	for _, e := range list {
		if strings.Contains(e.Title, title) {
			return e
		}
	}
	return explain.Evidence{}
}

// TestDockerRemoved removes a replica of a stack by hand, of which nothing but
// the front door knows then, asks for an image that is not there, and runs the
// smoke test that the stack declares.
func TestDockerRemoved(t *testing.T) {
	t.Parallel()
	p := open(t, frontdoor.Gateway)
	a := p.name + "-model-api-a-r1-1"
	smoke, err := p.backend.SmokeTest(t.Context(), p.models, a)
	if err != nil || !smoke.Passed || !strings.Contains(smoke.Output, "predictions") {
		t.Errorf("the smoke test: %+v, %v", smoke, err)
	}
	d := p.read(t)
	var refused *backends.UnsupportedError
	_, err = p.backend.DryRun(t.Context(), backends.Change{Op: backends.OpDeploy, Deployment: d.Name, Token: d.Token, Variant: "B", Version: "9", Image: "pitwall-test/nowhere:9"})
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "is not on the engine") {
		t.Errorf("an image that is missing: %v", err)
	}
	must(t, p.engine.RemoveImage(t.Context(), p.name+"/model-api:0.9.0"))
	_, err = p.backend.DryRun(t.Context(), backends.Change{Op: backends.OpDeploy, Deployment: d.Name, Token: d.Token, Variant: "B", Version: "0.9.0"})
	if missing := (*backends.NotFoundError)(nil); !errors.As(err, &missing) || missing.Name != "0.9.0" { // no ledger remembers it yet
		t.Errorf("a version whose image was removed: %v", err)
	}
	versions, err := p.backend.Versions(t.Context(), p.models)
	if err != nil || len(versions) == 0 || slices.ContainsFunc(versions, func(v backends.Version) bool { return v.Version == "0.9.0" }) {
		t.Errorf("there is %+v, %v", versions, err)
	}
	must(t, p.engine.Remove(t.Context(), a))
	d = p.await(t, "the removed replica is missed", func(d backends.Deployment) bool {
		return d.State == backends.Warn && d.Variants[0].Ready == 2 && d.Variants[0].Desired == 3 && strings.Contains(d.Reason, a+" was removed from the engine")
	})
	events, err := p.backend.Events(t.Context(), p.models, time.Now().Add(-time.Minute))
	must(t, err)
	e := explain.Explain(explain.Input{Deployment: d, Events: events, Now: time.Now()})[0]
	if !strings.Contains(e.Title, "replica "+a+" of A was removed from the engine since ") || e.Action == nil || e.Action.Op != backends.OpScale || e.Action.Replicas != 3 {
		t.Errorf("%+v", e)
	}
	p.apply(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 3}) // as many as before
	p.settled(t)
	if d = p.await(t, "all is well again", func(d backends.Deployment) bool { return d.State == backends.OK }); d.Variants[0].Ready != 3 {
		t.Errorf("A has %d ready", d.Variants[0].Ready)
	}
}
