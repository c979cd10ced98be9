package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInitMovesTheModel: with a new version the path of the model moves along,
// which is said; a path of another version is refused, a file that is not
// there only told.
func TestInitMovesTheModel(t *testing.T) {
	dir, state := filepath.Join(t.TempDir(), "wine"), filepath.Join(t.TempDir(), "state")
	run := func(want int, args ...string) string {
		t.Helper()
		done := finish(t, pitwallCommand(t, state, append([]string{"init", dir}, args...)...))
		if done.code != want {
			t.Fatalf("init %v ends with %d:\n%s%s", args, done.code, done.stdout, done.stderr)
		}
		return done.stdout + done.stderr
	}
	says := func(out, text string) {
		t.Helper()
		if !strings.Contains(out, text) {
			t.Errorf("%q is not in\n%s", text, out)
		}
	}
	says(run(0, "--version", "1.0.0", "--model", "models/1.0.0/model.onnx", "--image", "ghcr.io/acme/wine"), "models/1.0.0/model.onnx is not there yet")
	out := run(0, "--version", "1.1.0", "--force")
	says(out, "models/1.1.0/model.onnx, that was models/1.0.0/model.onnx: the path follows the version")
	text, err := os.ReadFile(filepath.Join(dir, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	says(string(text), `"models/${MODEL_VERSION}/model.onnx"`)
	says(run(2, "--version", "1.2.0", "--model", "models/1.1.0/model.onnx"), "give models/1.2.0/model.onnx, or --version 1.1.0")
	if err := os.MkdirAll(filepath.Join(dir, "models/1.1.0"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "models/1.1.0/model.onnx"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if out := run(0); strings.Contains(out, "not there yet") {
		t.Errorf("of a model that is there:\n%s", out)
	}
}

// TestInitZeroIsAnAnswer: a 0 that is given is no default. Where it is not
// allowed it is refused, where it is it stands, also the next time.
func TestInitZeroIsAnAnswer(t *testing.T) {
	dir, state := filepath.Join(t.TempDir(), "wine"), filepath.Join(t.TempDir(), "state")
	args := []string{"init", dir, "--version", "1.0.0", "--model", "models/1.0.0/model.onnx", "--image", "ghcr.io/acme/wine"}
	done := finish(t, pitwallCommand(t, state, append(args, "--replicas", "0", "--cpu", "0", "--memory", "0", "--errors", "0", "--latency", "0", "--candidate", "0")...))
	for _, flag := range []string{"replicas", "cpu", "memory", "errors", "latency", "candidate"} {
		if done.code != 2 || !strings.Contains(done.stderr, "--"+flag+` "0`) {
			t.Errorf("--%s 0 is taken, it ends with %d:\n%s", flag, done.code, done.stderr)
		}
	}
	must(t, state, append(args, "--minimum", "0")...)
	must(t, state, "init", dir)
	for _, name := range []string{"pitwall.yaml", "checklist.yaml", ".github/workflows/deploy.yml"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(text), "0.9") {
			t.Errorf("%s has the default: %v", name, err)
		}
	}
}

func TestInitCompletesTheRuntime(t *testing.T) {
	out := must(t, filepath.Join(t.TempDir(), "state"), "__complete", "init", "--runtime", "p")
	if lines := strings.Fields(out); len(lines) < 2 || lines[0] != "pitwall" || lines[1] != "python" {
		t.Errorf("it completes %q", out)
	}
}
