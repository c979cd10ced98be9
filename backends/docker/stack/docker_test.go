package stack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/stack"
	"pitwall/testdata"
)

// pitwall is the binary that the stack runs: that of PITWALL_BINARY, as `make
// test-docker` builds it, else one that is built once.
var pitwall = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("PITWALL_BINARY"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "pitwall-stack-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "pitwall")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "pitwall/cmd/pitwall")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if os.Getenv("PITWALL_DOCKER") != "" && os.Getenv("PITWALL_BINARY") == "" {
		if path, err := pitwall(); err == nil {
			os.RemoveAll(filepath.Dir(path))
		}
	}
	os.Exit(code)
}

// options are those of a stack of the test's own, which is removed with it.
func options(t *testing.T) stack.Options {
	t.Helper()
	binary, err := pitwall()
	if err != nil {
		t.Fatal(err)
	}
	name := dockertest.Name(t)
	return stack.Options{Name: name, Binary: binary, Version: "test", Models: testdata.Models, Local: true, StateDir: t.TempDir(),
		Rate: 40, Labels: dockertest.Labels(name), Say: func(s string) { t.Log(s) }}
}

func TestDockerUpServesAndDownRemoves(t *testing.T) {
	e := dockertest.Engine(t)
	o := options(t)
	s, err := stack.Up(t.Context(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("up in %v: %+v", s.Took, s)
	again, err := stack.Up(t.Context(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("again in %v", again.Took)
	if len(again.Made) > 0 {
		t.Errorf("a second up made %v", again.Made)
	}
	if os.Getenv("HOLD") != "" {
		exec.Command("sleep", os.Getenv("HOLD")).Run()
	}
	r, err := stack.Down(t.Context(), e, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", r)
	left, err := stack.Find(t.Context(), e, o)
	if err != nil || !left.Empty() {
		t.Errorf("left behind: %+v, %v", left, err)
	}
}
