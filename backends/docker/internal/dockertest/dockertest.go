// Package dockertest gives tests a real Docker engine, an image to run on it,
// and names under which nothing is left behind.
package dockertest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
)

// Label carries the prefix of the test that made a thing. Give it to every
// container, volume, network and image: Labels does.
const Label = "com.pitwall.test"

// Engine opens the engine that the environment names. Without PITWALL_DOCKER,
// and where no engine answers, the test is skipped with one line that says so.
func Engine(t testing.TB) *engine.Client {
	t.Helper()
	if os.Getenv("PITWALL_DOCKER") == "" {
		t.Skip("runs with make test-docker")
	}
	home, _ := os.UserHomeDir()
	c, err := engine.Open(engine.Options{Env: os.Getenv, Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := c.Ping(ctx); err != nil {
		t.Skip(err)
	}
	sweep(t, c)
	return c
}

// Name gives a prefix that no other test has, for every name that the test
// gives. At the end of the test everything is removed whose name begins with
// it or whose Label is it.
func Name(t testing.TB) string {
	t.Helper()
	random := make([]byte, 3)
	_, _ = rand.Read(random)
	prefix := fmt.Sprintf("pwt-%d-%s", os.Getpid(), hex.EncodeToString(random))
	if os.Getenv("PITWALL_DOCKER") == "" {
		return prefix
	}
	home, _ := os.UserHomeDir()
	c, err := engine.Open(engine.Options{Env: os.Getenv, Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		defer c.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := remove(ctx, c, prefix); err != nil {
			t.Errorf("remove what the test made: %v", err)
		}
	})
	return prefix
}

// Labels are those of a thing that the test with that prefix makes, and more
// as pairs of key and value.
func Labels(prefix string, more ...string) map[string]string {
	labels := map[string]string{Label: prefix}
	for i := 0; i+1 < len(more); i += 2 {
		labels[more[i]] = more[i+1]
	}
	return labels
}

// Image builds the image of the test server (see server/main.go) from nothing
// and returns its tag. Its entrypoint is /server, its port 8080; it has no
// health check: give one to a container with HealthCheck.
func Image(t testing.TB, c *engine.Client) string {
	t.Helper()
	return ImageOf(t, c, "FROM scratch\nCOPY server /server\nEXPOSE 8080\nENTRYPOINT [\"/server\"]\n", "1")
}

// ImageOf builds an image with another Dockerfile around the same server.
func ImageOf(t testing.TB, c *engine.Client, dockerfile, tag string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "server")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "pitwall/backends/docker/internal/dockertest/server")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the test server: %v\n%s", err, out)
	}
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	prefix := Name(t)
	image := prefix + ":" + tag
	files := map[string]engine.File{"Dockerfile": {Data: []byte(dockerfile)}, "server": {Mode: 0o755, Data: text}}
	if _, err := c.Build(t.Context(), image, files, Labels(prefix)); err != nil {
		t.Fatal(err)
	}
	return image
}

// HealthCheck asks the test server every interval.
func HealthCheck(interval time.Duration) *engine.HealthCheck {
	return &engine.HealthCheck{Test: []string{"CMD", "/server", "health"}, Interval: interval, Timeout: 2 * time.Second, Retries: 2}
}

// Run creates and starts a container of the test with that prefix. Its name
// gets the prefix, and its labels the Label.
func Run(t testing.TB, c *engine.Client, prefix string, s engine.Spec) string {
	t.Helper()
	s.Name = prefix + "-" + s.Name
	labels := Labels(prefix)
	for k, v := range s.Labels {
		labels[k] = v
	}
	s.Labels = labels
	id, err := c.Create(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return id
}

// Eventually waits until what holds, for at most a minute.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("a minute later still not: %s", what)
}

// owner is the process that made a prefix.
func owner(prefix string) string {
	rest, ok := strings.CutPrefix(prefix, "pwt-")
	if !ok {
		return ""
	}
	pid, _, _ := strings.Cut(rest, "-")
	return pid
}
