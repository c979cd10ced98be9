package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/errdefs"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestContainersOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	check(t, c.EnsureNetwork(ctx, prefix+"-net", dockertest.Labels(prefix)))
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Command: []string{"-version", "1"}, Env: []string{"DB_PASSWORD=geheim", "A=1"},
		Labels: map[string]string{prefix + ".one": "x", prefix + ".two": "y"}, Network: prefix + "-net", Aliases: []string{"churn"}, User: "1000",
		Publish: []engine.Port{{Container: 8080, HostIP: "127.0.0.1"}}, Tmpfs: map[string]string{"/tmp": "size=1m"}, ReadOnly: true, CapDropAll: true, NoNewPrivileges: true,
		MemoryLimit: 64 << 20, CPULimit: 0.5, PidsLimit: 64, Restart: "unless-stopped", Health: dockertest.HealthCheck(time.Second), StopSignal: "SIGTERM", StopTimeout: 3500 * time.Millisecond})

	t.Run("found once by two labels", func(t *testing.T) {
		got, err := c.Containers(ctx, prefix+".one", prefix+".two", prefix+".none")
		check(t, err)
		if len(got) != 1 || got[0].ID != id {
			t.Fatalf("found %v", got)
		}
		a := got[0]
		if a.Name != prefix+"-a" || a.Image != image || !strings.HasPrefix(a.ImageID, "sha256:") || !a.Running() || a.PID == 0 || a.MemoryLimit != 64<<20 || a.CPULimit != 0.5 ||
			a.Restart != "unless-stopped" || a.User != "1000" || a.StopTimeout != 4*time.Second || strings.Join(a.Command, " ") != "/server -version 1" {
			t.Errorf("it is %+v", a)
		}
		if len(a.Ports) != 1 || a.Ports[0].Container != 8080 || a.Ports[0].Host == 0 || a.Ports[0].HostIP != "127.0.0.1" {
			t.Errorf("ports %+v", a.Ports)
		}
		if a.Address(prefix+"-net") == "" || !slices.Equal(a.Aliases[prefix+"-net"], []string{"churn"}) {
			t.Errorf("networks %v, aliases %v", a.Networks, a.Aliases)
		}
	})
	t.Run("becomes healthy", func(t *testing.T) {
		dockertest.Eventually(t, "healthy", func() bool {
			got, err := c.Containers(ctx, prefix+".one")
			check(t, err)
			return got[0].Health.Status == "healthy"
		})
	})
	t.Run("restart by somebody else is seen", func(t *testing.T) {
		before, err := c.Container(ctx, id)
		check(t, err)
		other := dockertest.Engine(t)
		check(t, other.Stop(ctx, id, time.Second))
		check(t, other.Start(ctx, id))
		dockertest.Eventually(t, "another process", func() bool {
			got, err := c.Containers(ctx, prefix+".one")
			check(t, err)
			return got[0].PID != before.PID && got[0].PID != 0
		})
	})
	t.Run("inspection hides secrets", func(t *testing.T) {
		tree, err := c.InspectTree(ctx, id)
		check(t, err)
		if text := fmt.Sprint(tree); strings.Contains(text, "geheim") || !strings.Contains(text, "DB_PASSWORD=") {
			t.Error("the secret is shown, or its name is not")
		}
	})
	t.Run("processes", func(t *testing.T) {
		got, err := c.Top(ctx, id)
		check(t, err)
		if len(got) != 1 || !strings.HasPrefix(got[0].Command, "/server -version 1") {
			t.Errorf("processes %v", got)
		}
	})
	t.Run("rename, kill, wait, remove", func(t *testing.T) {
		check(t, c.Rename(ctx, id, prefix+"-b"))
		got, err := c.Containers(ctx, prefix+".one")
		check(t, err)
		if got[0].Name != prefix+"-b" {
			t.Errorf("it is called %s", got[0].Name)
		}
		check(t, c.Stop(ctx, id, 0))
		check(t, c.Stop(ctx, id, 0))
		if code, err := c.Wait(ctx, id); code != 137 && code != 0 || err != nil { // it may be faster than the engine
			t.Errorf("stopped with %d, %v", code, err)
		}
		if err := c.Kill(ctx, id, "HUP"); err == nil {
			t.Error("a container that does not run takes signals")
		}
		check(t, c.Remove(ctx, id))
		check(t, c.Remove(ctx, id))
		var missing *engine.NotFoundError
		if _, err := c.Container(ctx, id); !errors.As(err, &missing) || missing.Kind != "container" {
			t.Errorf("after removal: %v", err)
		}
		if got, err := c.Containers(ctx, prefix+".one"); err != nil || len(got) != 0 {
			t.Errorf("after removal: %v, %v", got, err)
		}
		check(t, c.RemoveNetwork(ctx, prefix+"-net"))
		check(t, c.RemoveNetwork(ctx, prefix+"-net"))
	})
}

func TestStartErrorsOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	holder := dockertest.Run(t, c, prefix, engine.Spec{Name: "holder", Image: image, Publish: []engine.Port{{Container: 8080, HostIP: "127.0.0.1"}}})
	held, err := c.Container(ctx, holder)
	check(t, err)
	for name, tt := range map[string]struct {
		spec  engine.Spec
		cause string
	}{
		"port":    {engine.Spec{Image: image, Publish: []engine.Port{{Container: 8080, HostIP: "127.0.0.1", Host: held.Ports[0].Host}}}, engine.CausePortConflict},
		"image":   {engine.Spec{Image: prefix + ":none"}, engine.CauseImageMissing},
		"path":    {engine.Spec{Image: image, Entrypoint: []string{"/nope"}}, engine.CauseCommandNotFound},
		"program": {engine.Spec{Image: image, Entrypoint: []string{"nope"}}, engine.CauseCommandNotFound},
		"mount":   {engine.Spec{Image: image, Mounts: []engine.Mount{{Type: "bind", Source: "/nope/" + prefix, Destination: "/x"}}}, ""},
	} {
		tt.spec.Name, tt.spec.Labels = prefix+"-"+name, dockertest.Labels(prefix)
		id, err := c.Create(ctx, tt.spec)
		if err == nil {
			err = c.Start(ctx, id)
		}
		var start *engine.StartError
		if !errors.As(err, &start) || start.Cause != tt.cause {
			t.Errorf("%s: %v", name, err)
		}
	}
	var missing *engine.NotFoundError
	if _, err := c.Create(ctx, engine.Spec{Image: prefix + ":none"}); !errors.As(err, &missing) || missing.Kind != "image" {
		t.Errorf("an unknown image is %v", err)
	}
	if err := c.Start(ctx, prefix+"-none"); !errors.As(err, &missing) {
		t.Errorf("an unknown container is %v", err)
	}
}

func TestExecOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image})
	run := func(stdin string, cmd ...string) engine.ExecResult {
		t.Helper()
		r, err := c.Exec(ctx, id, cmd, strings.NewReader(stdin))
		check(t, err)
		return r
	}
	if r := run("in\nput", "/server", "cat"); string(r.Stdout) != "in\nput" || r.Code != 0 {
		t.Errorf("cat: %+v", r)
	}
	if r := run("", "/server", "exit", "7"); r.Code != 7 || string(r.Stderr) != "exiting\n" {
		t.Errorf("exit 7: %+v", r)
	}
	if r := run("", "/nope"); r.Code != 126 && r.Code != 127 || !strings.Contains(string(r.Stdout), "/nope") {
		t.Errorf("no such program: %+v", r)
	}
	if r := run("", "/server", "fill", "3000000"); len(r.Stdout) != 1<<20 || !r.Truncated {
		t.Errorf("3 MB of output: %d bytes, truncated %t", len(r.Stdout), r.Truncated)
	}
	if r := run(strings.Repeat("x", 1<<20), "/server", "exit", "0"); r.Code != 0 {
		t.Errorf("input that is not read: %+v", r)
	}
	short, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := c.Exec(short, id, []string{"/server", "sleep", "20s"}, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
		t.Errorf("a command that goes on: %v after %s", err, time.Since(began))
	}
	check(t, c.Kill(ctx, id, "KILL"))
	_, _ = c.Wait(ctx, id)
	if _, err := c.Exec(ctx, id, []string{"/server"}, nil); err == nil || !strings.Contains(err.Error(), "not running") {
		t.Errorf("in a container that does not run: %v", err)
	}
	var missing *engine.NotFoundError
	if _, err := c.Exec(ctx, prefix, []string{"x"}, nil); !errors.As(err, &missing) {
		t.Errorf("in no container: %v", err)
	}
}

func TestFilesOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	_, err := c.CreateVolume(ctx, prefix+"-data", dockertest.Labels(prefix))
	check(t, err)
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, ReadOnly: true, Mounts: []engine.Mount{{Type: "volume", Name: prefix + "-data", Destination: "/data"}}})
	check(t, c.CopyInto(ctx, id, "/data", map[string]engine.File{"sub/x.conf": {Data: []byte("hello")}, "big": {Data: bytes.Repeat([]byte("x"), 5<<20)}}))
	if text, err := c.ReadFile(ctx, id, "/data/sub/x.conf"); string(text) != "hello" || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
	if text, err := c.ReadFile(ctx, id, "/etc/mtab"); err == nil { // a link to /proc/mounts, which the engine makes
		t.Logf("/etc/mtab leads to %d bytes", len(text))
	}
	if _, err := c.ReadFile(ctx, id, "/data/big"); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("5 MiB: %v", err)
	}
	if _, err := c.ReadFile(ctx, id, "/data"); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: %v", err)
	}
	var missing *engine.NotFoundError
	if _, err := c.ReadFile(ctx, id, "/data/none"); !errors.As(err, &missing) || missing.Kind != "file" {
		t.Errorf("no file: %v", err)
	}
	if _, err := c.ReadFile(ctx, prefix+"-none", "/x"); !errors.As(err, &missing) || missing.Kind != "container" {
		t.Errorf("no container: %v", err)
	}
	if err := c.CopyInto(ctx, id, "/", map[string]engine.File{"x": {}}); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("into a read-only root: %v", err)
	}
	if err := c.CopyInto(ctx, id, "/none", map[string]engine.File{"x": {}}); !errors.As(err, &missing) || missing.Kind != "file" {
		t.Errorf("into no directory: %v", err)
	}
	if err := c.RemoveVolume(ctx, prefix+"-data"); err == nil {
		t.Error("a volume that is used can be removed")
	}
}

func TestStatsOfAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	ctx := t.Context()
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Command: []string{"-hog", "32"}, MemoryLimit: 128 << 20, CPULimit: 0.5})
	free := dockertest.Run(t, c, prefix, engine.Spec{Name: "b", Image: image})
	stopped, err := c.Create(ctx, engine.Spec{Name: prefix + "-c", Image: image, Labels: dockertest.Labels(prefix)})
	check(t, err)
	ids := []string{id, free, stopped, prefix + "-none"}
	dockertest.Eventually(t, "the hog has its memory", func() bool {
		got, err := c.Stats(ctx, ids)
		check(t, err)
		return got[id].Memory > 32<<20
	})
	got, err := c.Stats(ctx, ids)
	check(t, err)
	a, b := got[id], got[free]
	if len(got) != 2 || math.IsNaN(a.CPU) || a.CPU < 0 || a.CPULimit != 0.5 || a.MemoryLimit != 128<<20 || !math.IsNaN(b.CPULimit) || !math.IsNaN(b.MemoryLimit) || b.Memory < 100<<10 {
		t.Errorf("use is %+v", got)
	}
}

// TestDockerUsersOfAnImage: a container that was made from an image keeps it, and
// is named, also while it does not run.
func TestDockerUsersOfAnImage(t *testing.T) {
	c := dockertest.Engine(t)
	prefix := dockertest.Name(t)
	tag := dockertest.ImageOf(t, c, "FROM scratch\nCOPY server /server\nENTRYPOINT [\"/server\"]\n", "used")
	if _, err := c.Create(t.Context(), engine.Spec{Name: prefix + "-user", Image: tag, Labels: dockertest.Labels(prefix)}); err != nil {
		t.Fatal(err)
	}
	if err := c.RemoveImage(t.Context(), tag); !errdefs.IsConflict(err) {
		t.Errorf("the image of a container was removed: %v", err)
	}
	if by, err := c.UsersOf(t.Context(), tag); err != nil || !slices.Equal(by, []string{prefix + "-user"}) {
		t.Errorf("it is used by %v, %v", by, err)
	}
}
