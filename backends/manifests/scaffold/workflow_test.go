package scaffold

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// judge runs the scripts of the job "test" as GitHub does, on what is in dir,
// until one fails. bin/pitwall takes for a model what reads good. It gives the
// version that the job found, and the step that failed.
func judge(t *testing.T, dir, ref string) (version, failed string) {
	t.Helper()
	var w struct {
		Jobs map[string]struct {
			Outputs map[string]string
			Steps   []struct {
				Name, ID, Run string
				Env           map[string]string
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, ".github/workflows/deploy.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &w); err != nil {
		t.Fatal(err)
	}
	output := filepath.Join(t.TempDir(), "output")
	for _, s := range w.Jobs["test"].Steps {
		if s.Run == "" || s.Name == "Fetch pitwall" || s.Name == "Judge the files of the deployment" || strings.HasPrefix(s.Run, "pip ") {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", s.Run)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GITHUB_REF="+ref, "GITHUB_REF_NAME="+strings.TrimPrefix(strings.TrimPrefix(ref, "refs/tags/"), "refs/heads/"), "GITHUB_OUTPUT="+output)
		for k, v := range s.Env {
			cmd.Env = append(cmd.Env, k+"="+strings.ReplaceAll(v, "${{ steps.version.outputs.version }}", version))
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Logf("%s: %s", s.Name, out)
			return version, s.Name
		}
		if s.ID == "version" {
			said, err := os.ReadFile(output)
			if err != nil {
				t.Fatal(err)
			}
			version = strings.TrimSpace(strings.TrimPrefix(string(said), "version="))
		}
	}
	if got := w.Jobs["test"].Outputs["version"]; got != "${{ steps.version.outputs.version }}" || strings.Count(string(text), "version: ${{ needs.test.outputs.version }}") != 1 {
		t.Errorf("the version that is built is not the one that was judged: %s", got)
	}
	return version, ""
}

// TestWorkflowJudgesWhatItBuilds: a tag's own model and figures decide, and
// without a tag those of pitwall.yaml.
func TestWorkflowJudgesWhatItBuilds(t *testing.T) {
	for _, tool := range []string{"sh", "python3", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs " + tool)
		}
	}
	dir := onDisk(t, churn(Pitwall))
	for name, text := range map[string]string{
		"bin/pitwall":               "#!/bin/sh\ngrep -q good \"$3\"\n",
		"models/1.0.0/model.onnx":   "good",
		"models/1.0.0/metrics.json": `{"accuracy": 0.95}`,
		"models/1.1.0/model.onnx":   "good",
		"models/1.1.0/metrics.json": `{"accuracy": 0.2}`,
		"models/1.2.0/model.onnx":   "broken",
		"models/1.2.0/metrics.json": `{"accuracy": 0.95}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for ref, want := range map[string][2]string{
		"refs/tags/v1.0.0":      {"1.0.0", ""},
		"refs/tags/v1.1.0":      {"1.1.0", "Model gate"},
		"refs/tags/v1.2.0":      {"1.2.0", "The model can be served"},
		"refs/tags/v9.9.9":      {"9.9.9", "The model can be served"},
		"refs/heads/main":       {"1.0.0", ""},
		"refs/pull/7/merge":     {"1.0.0", ""},
		"refs/tags/v":           {"", "Which version"},
		"refs/tags/v1;touch$x":  {"", "Which version"},
		"refs/tags/v1\nother=2": {"", "Which version"},
	} {
		if version, failed := judge(t, dir, ref); version != want[0] || failed != want[1] {
			t.Errorf("%q: it judges %q and fails at %q, want %q", ref, version, failed, want)
		}
	}
	// As people write it by hand.
	for _, line := range []string{"version: 1.1.0", `version: "1.1.0"`, "version: '1.1.0'  # new"} {
		if err := os.WriteFile(filepath.Join(dir, AnswersFile), []byte("name: churn\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if version, failed := judge(t, dir, "refs/heads/main"); version != "1.1.0" || failed != "Model gate" {
			t.Errorf("%s: it judges %q and fails at %q", line, version, failed)
		}
	}
}

// TestModelFollowsItsVersion: what a Dockerfile copies is of the version that
// is built, and a path that names another one is refused.
func TestModelFollowsItsVersion(t *testing.T) {
	a := churn(Pitwall).AtVersion("1.1.0")
	if a.Model != "models/1.1.0/model.onnx" || a.ModelSource() != "models/${MODEL_VERSION}/model.onnx" || a.ModelOf() != "models/VERSION/model.onnx" {
		t.Errorf("the model is %s, from %s", a.Model, a.ModelSource())
	}
	a.Model = "m/v1.1.0/1.1.0.onnx"
	if a.ModelSource() != "m/v${MODEL_VERSION}/1.1.0.onnx" || a.Metrics() != "m/v${MODEL_VERSION}/metrics.json" || a.WithDefaults().Validate() != nil {
		t.Errorf("behind a v it is copied from %s, %v", a.ModelSource(), a.WithDefaults().Validate())
	}
	for _, model := range []string{"models/1.0.0/model.onnx", "models/v1.0.0/x/model.onnx", "1.1/model.onnx", "models/1.1.0-rc.1/model.onnx"} {
		a.Model = model
		names(t, a.WithDefaults().Validate(), "model")
	}
	a.Model = "models/1.0.0/model.onnx"
	if err := a.WithDefaults().Validate(); err == nil || !strings.Contains(err.Error(), "give models/1.1.0/model.onnx, or --version 1.0.0") {
		t.Errorf("it says %v", err)
	}
	for _, model := range []string{"model.onnx", "models/churn/model.onnx", "models/7/model.onnx"} {
		a.Model = model
		names(t, a.WithDefaults().Validate())
	}
}
