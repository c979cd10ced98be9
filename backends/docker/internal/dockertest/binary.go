package dockertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is the directory of the binary that Binary built, to be removed.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pitwall-docker-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, "pitwall"), "pitwall/cmd/pitwall")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("build pitwall: %w: %s", err, out)
	}
	return dir, nil
})

// Binary is the pitwall that the containers of a test run: that of
// PITWALL_BINARY, as `make test-docker` builds it, else one that is built once.
func Binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("PITWALL_BINARY"); path != "" {
		abs, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return abs
	}
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "pitwall")
}

// Main runs the tests of a package that uses Binary, and removes what it built.
func Main(m *testing.M) {
	code := m.Run()
	if os.Getenv("PITWALL_DOCKER") != "" && os.Getenv("PITWALL_BINARY") == "" {
		if dir, _ := built(); dir != "" {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}
