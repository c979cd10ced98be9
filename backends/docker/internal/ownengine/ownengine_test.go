package ownengine_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/ownengine"
)

func TestMain(m *testing.M) {
	ownengine.Main()
	os.Exit(m.Run())
}

// TestDockerOwnEngine starts an engine, kills it, fills its disk.
func TestDockerOwnEngine(t *testing.T) {
	if !ownengine.Inside(t) {
		return
	}
	e := ownengine.Start(t, false)
	c, err := engine.Open(engine.Options{Env: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		if _, err := c.CreateVolume(t.Context(), signal.String(), nil); err != nil {
			t.Fatal(err)
		}
		e.End(signal)
		if _, err := c.Ping(t.Context()); err == nil {
			t.Error("it answers after its end")
		}
		e.Up(true)
	}
	if v, err := c.Volumes(t.Context(), "a"); err != nil || len(v) != 0 {
		t.Errorf("volumes with a label: %v, %v", v, err)
	}
	free := e.Fill()
	_, err = c.CreateVolume(t.Context(), "full", nil)
	if full := (*engine.FullError)(nil); !errors.As(err, &full) || !strings.Contains(err.Error(), "docker system df") {
		t.Errorf("a full disk: %v", err)
	}
	t.Logf("| full disk | %v |", err)
	free()
	if _, err := c.CreateVolume(t.Context(), "room", nil); err != nil {
		t.Error(err)
	}
}
