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

// TestInitKeepsALiveSplit: what pitwall split wrote into nginx.conf is neither
// offered to be undone nor undone, also where the rest is written anew.
func TestInitKeepsALiveSplit(t *testing.T) {
	dir, state := filepath.Join(t.TempDir(), "wine"), filepath.Join(t.TempDir(), "state")
	must(t, state, "init", dir, "--version", "1.0.0", "--model", "models/1.0.0/model.onnx", "--image", "ghcr.io/acme/wine")
	path := filepath.Join(dir, "nginx/nginx.conf")
	conf := func() string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := conf()
	live := strings.NewReplacer("A=90 B=10 by pitwall-init at 1970-01-01T00:00:00.000Z", "A=70 B=30 by ann@laptop at 2026-03-01T12:00:00.005Z",
		"A=90 B=10 at 1970-01-01T00:00:00.000Z", "A=70 B=30 at 2026-03-01T12:00:00.005Z", "10% wine-b;", "30% wine-b;").Replace(first)
	if strings.Count(live, "30") < strings.Count(first, "30")+3 {
		t.Fatalf("it is no other split:\n%s", live)
	}
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(live)
	for _, args := range [][]string{{}, {"--force"}, {"--force", "--candidate", "20"}} {
		out := must(t, state, append([]string{"init", dir}, args...)...)
		if conf() != live || !strings.Contains(out, "unchanged  nginx/nginx.conf") || !strings.Contains(out, "keeps the one that was set there since") {
			t.Errorf("init %v says\n%sand leaves\n%s", args, out, conf())
		}
	}
	put(strings.Replace(live, "16m", "32m", 1))
	if out := must(t, state, "init", dir, "--dry-run"); !strings.Contains(out, "+    client_max_body_size 16m;") || strings.Contains(out, "ann@laptop") || strings.Contains(out, "1970") {
		t.Errorf("it would write\n%s", out)
	}
	must(t, state, "init", dir, "--force")
	if conf() != live {
		t.Errorf("it writes\n%s", conf())
	}
}
