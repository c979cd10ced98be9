package mlflow

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// written is a directory in the layout of MLflow's file store, as its source
// writes it: what is quoted, null and nested.
var written = map[string]string{
	"models/churn/meta.yaml": "aliases: {}\ncreation_timestamp: 1700000000000\ndescription: churn classifier\nlast_updated_timestamp: 1700000009000\n" +
		"latest_versions: []\nname: churn\nowner_id: 7\n",
	"models/churn/aliases/champion":                "1",
	"models/churn/aliases/old":                     "3",
	"models/churn/tags/owner":                      "risk-ml",
	"models/churn/tags/team/name":                  "with a slash",
	"models/churn/version-1/meta.yaml":             versionMeta(1, "Production", "'1a'"),
	"models/churn/version-1/tags/validated":        "yes",
	"models/churn/version-2/meta.yaml":             versionMeta(2, "None", "null"),
	"models/churn/version-3/meta.yaml":             versionMeta(3, "Deleted_Internal", "null"),
	"models/churn/version-10/meta.yaml":            versionMeta(10, "None", "null"),
	"models/greeting/meta.yaml":                    "creation_timestamp: 1700000000000\nname: greeting\n",
	"models/greeting/tags/mlflow.prompt.is_prompt": "true",
	"0/meta.yaml":                                  "artifact_location: file:///somewhere/mlruns/0\nexperiment_id: '0'\nlifecycle_stage: active\nname: Default\n",
	"0/1a/meta.yaml":                               "artifact_uri: file:///somewhere/mlruns/0/1a/artifacts\nend_time: 1700000005000\nexperiment_id: '0'\nlifecycle_stage: active\nrun_id: 1a\nrun_name: train-1\nrun_uuid: 1a\nstart_time: 1700000000000\nstatus: 3\ntags: []\nuser_id: alice\n",
	"0/1a/metrics/accuracy":                        "1700000001000 0.9 0\n1700000002000 0.91 1\n",
	"0/1a/metrics/val loss/eval":                   "1700000002000 nan 1\n",
	"0/1a/metrics/auc":                             "1700000002000 0.93 0 test d1\n",
	"0/1a/params/max_depth":                        "4",
	"0/1a/tags/mlflow.source.git.commit":           "abc0",
	"0/1a/artifacts/model/MLmodel":                 "artifact_path: model\nsignature:\n  inputs: '[{\"type\": \"double\", \"name\": \"age\", \"required\": true}, {\"type\": \"long\", \"name\": \"plan\", \"required\": false}]'\n  outputs: '[{\"type\": \"tensor\", \"tensor-spec\": {\"dtype\": \"float32\", \"shape\": [-1, 2]}}]'\n  params: null\n",
	"0/1a/artifacts/model/data/model.pkl":          "0123456789",
}

func versionMeta(n int, stage, run string) string {
	return fmt.Sprintf("aliases: []\ncreation_timestamp: 1700000001000\ncurrent_stage: %s\ndescription: v%d\nlast_updated_timestamp: 1700000001000\nname: churn\n"+
		"run_id: %s\nrun_link: ''\nsource: file:///somewhere/mlruns/0/1a/artifacts/model\nstatus: READY\nstatus_message: null\n"+
		"storage_location: file:///somewhere/mlruns/0/1a/artifacts/model\nuser_id: null\nversion: %d\n", stage, n, run, n)
}

func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openDir(t *testing.T, dir string) *Registry {
	t.Helper()
	r, err := Open(dir, Options{Create: true, Now: func() time.Time { return time.UnixMilli(1_800_000_000_000) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDirectoryReadsMLflowsLayout(t *testing.T) {
	dir := writeTree(t, written)
	r, err := OpenRead("file:"+dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	models, err := r.Models(t.Context())
	if err != nil || len(models) != 1 {
		t.Fatalf("models %v, error %v: a prompt is none", models, err)
	}
	m, list, err := r.Versions(t.Context(), "churn")
	if err != nil {
		t.Fatal(err)
	}
	if m.Description != "churn classifier" || m.Updated.UnixMilli() != 1700000009000 || m.Tags["team/name"] != "with a slash" || len(m.Latest) != 2 {
		t.Errorf("model %+v", m)
	}
	var numbers []string
	for _, v := range list {
		numbers = append(numbers, v.Number)
	}
	if want := []string{"10", "2", "1"}; !slices.Equal(numbers, want) {
		t.Errorf("versions %v, want %v", numbers, want)
	}
	if got := Dangling(m, list); !reflect.DeepEqual(got, []Alias{{"old", "3"}}) {
		t.Errorf("dangling %v", got)
	}
	d, err := r.Detail(t.Context(), "churn", "1")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Version.Aliases, []string{Champion}) || d.Version.Stage != "Production" || d.Version.RunID != "1a" || d.Version.Tags["validated"] != "yes" || !d.Version.Ready() {
		t.Errorf("version %+v", d.Version)
	}
	if len(d.Metrics) != 3 || d.Metrics[0].Value != 0.91 || d.Metrics[1].Dataset != "test" || !math.IsNaN(d.Metrics[2].Value) || d.Metrics[2].Key != "val loss/eval" {
		t.Errorf("metrics %+v", d.Metrics)
	}
	if d.Run.User != "alice" || d.Run.Status != "FINISHED" || d.Run.Name != "train-1" || d.Params["max_depth"] != "4" {
		t.Errorf("run %+v", d.Run)
	}
	if got := fmt.Sprint(d.Signature.Inputs, d.Signature.Outputs); got != "[age: double plan: long?] [tensor(float32, -1×2)]" {
		t.Errorf("signature %s", got)
	}
	if d.Bytes != int64(10+len(written["0/1a/artifacts/model/MLmodel"])) || len(d.Files) != 3 || len(d.Unknown) != 0 {
		t.Errorf("%d bytes in %v, unknown %v", d.Bytes, d.Files, d.Unknown)
	}
	if h, err := r.History(t.Context(), "1a", "accuracy"); err != nil || len(h) != 2 || h[0].Value != 0.9 {
		t.Errorf("history %v, error %v", h, err)
	}
	if d, err = r.Detail(t.Context(), "churn", "2"); err != nil || d.Run != nil || d.Unknown[PartRun] == "" || d.Unknown[PartMetrics] == "" {
		t.Errorf("a version without run: %+v, error %v", d, err)
	}
	for _, number := range []string{"3", "77", "x", "1/../2"} {
		if _, err := r.Version(t.Context(), "churn", number); err == nil {
			t.Errorf("version %s is there", number)
		}
	}
	for _, name := range []string{"nope", "..", "churn/version-1", "", "a%2f"} {
		if _, err := r.Model(t.Context(), name); err == nil {
			t.Errorf("model %q is there", name)
		}
	}
}

func TestDirectoryWritesWhatMLflowWrites(t *testing.T) {
	dir := writeTree(t, written)
	r, ctx := openDir(t, dir), t.Context()
	c, err := r.PlanAlias(ctx, "churn", Champion, "2")
	if err != nil || c.Before != "1" || c.String() != "alias champion of churn: 1 → 2" {
		t.Fatalf("plan %v, error %v", c, err)
	}
	if err := r.SetAlias(ctx, c); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if got := read("models/churn/aliases/champion"); got != "2" {
		t.Errorf("alias file %q", got)
	}
	if meta := read("models/churn/meta.yaml"); !strings.Contains(meta, "last_updated_timestamp: 1800000000000") || !strings.Contains(meta, "owner_id: 7") {
		t.Errorf("meta.yaml lost something:\n%s", meta)
	}
	var moved *AliasMovedError
	if err := r.SetAlias(ctx, c); !errors.As(err, &moved) || moved.Found != "2" || moved.Written {
		t.Errorf("an alias that moved: %v", err)
	}
	if err := r.SetAlias(ctx, AliasChange{Model: "churn", Alias: Champion, Before: "2", After: "3"}); !IsNotFound(err) {
		t.Errorf("an alias to a deleted version: %v", err)
	}
	if err := r.SetAlias(ctx, AliasChange{Model: "churn", Alias: "old", Before: "3"}); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "models/churn/aliases/old")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the alias is still there: %v", err)
	}
	if err := errors.Join(r.SetTag(ctx, "churn", "2", "a/b", "v"), r.SetTag(ctx, "churn", "", "slo", "p95<200ms"), r.DeleteTag(ctx, "churn", "1", "validated"), r.DeleteTag(ctx, "churn", "1", "absent")); err != nil {
		t.Error(err)
	}
	if read("models/churn/version-2/tags/a/b") != "v" || read("models/churn/tags/slo") != "p95<200ms" {
		t.Error("tags are not where MLflow reads them")
	}
	for _, key := range []string{"../x", "/x", "a/../../x", ".", "a//b"} {
		if err := r.SetTag(ctx, "churn", "2", key, "v"); err == nil {
			t.Errorf("tag %q was set", key)
		}
	}
	v, err := r.SetStage(ctx, "churn", "2", "Production", true)
	if err != nil || v.Stage != "Production" {
		t.Errorf("%+v, error %v", v, err)
	}
	if v, err = r.Version(ctx, "churn", "1"); err != nil || v.Stage != "Archived" {
		t.Errorf("version 1 is in %s, error %v", v.Stage, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".pitwall-*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestDirectoryKeepsInside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := maps.Clone(written)
	files["models/evil/meta.yaml"] = "name: evil\n"
	files["models/evil/version-1/meta.yaml"] = "version: 1\ncurrent_stage: None\nsource: " + outside + "\nrun_id: ../../x\n"
	dir := writeTree(t, files)
	if err := os.MkdirAll(filepath.Join(dir, "models/evil/tags"), 0o700); err != nil {
		t.Fatal(err)
	}
	r := openDir(t, dir)
	d, err := r.Detail(t.Context(), "evil", "1")
	if err != nil || d.Files != nil || !strings.Contains(d.Unknown[PartFiles], "outside") || d.Run != nil {
		t.Errorf("%+v, error %v", d, err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "models/evil/tags/link")); err != nil {
		t.Fatal(err)
	}
	if m, err := r.Model(t.Context(), "evil"); err == nil {
		t.Errorf("a link leads outside: %v", m.Tags)
	}
}
