package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pitwall/backends/mlflow"
)

// A registry whose directory is moved away is not read on in silence, and the
// one that takes its place is.
func TestLateRegistryFollowsItsDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mlruns")
	o := mlflow.Options{Env: func(string) string { return "" }, Now: time.Now, Create: true}
	register := func(model string) {
		r, err := mlflow.Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "m.onnx")
		if err := os.WriteFile(file, []byte("model"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Register(t.Context(), mlflow.Registration{Model: model, File: file, Format: "onnx", User: "ana"}); err != nil {
			t.Fatal(err)
		}
	}
	register("before")
	l := &lateRegistry{open: func() (*mlflow.Reader, error) { return mlflow.OpenRead(dir, mlflow.Options{Env: o.Env}) }}
	names := func() (out []string, err error) {
		list, err := l.Models(t.Context())
		for _, m := range list {
			out = append(out, m.Name)
		}
		return out, err
	}
	if got, err := names(); err != nil || len(got) != 1 || got[0] != "before" {
		t.Fatalf("at first %q, %v", got, err)
	}
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	if got, err := names(); err == nil {
		t.Errorf("moved away, it still lists %q", got)
	}
	register("after")
	if got, err := names(); err != nil || len(got) != 1 || got[0] != "after" {
		t.Errorf("after it was replaced %q, %v", got, err)
	}
}
