package mlflow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func registration(t *testing.T) Registration {
	t.Helper()
	file := filepath.Join(t.TempDir(), "churn.onnx")
	if err := os.WriteFile(file, []byte("onnx bytes"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Registration{Model: "new model", File: file, Format: "onnx", Description: "first", User: "alice",
		Metrics: map[string]float64{"accuracy": 0.97, "broken": math.NaN(), "top": math.Inf(1)}, Params: map[string]string{"trees": "100"},
		Tags: map[string]string{TagVersion: "1.4.0"}, Signature: Signature{Inputs: []Field{{Name: "age", Type: "double"}}}}
}

// wantRegistered compares a version with registration.
func wantRegistered(t *testing.T, r *Reader, v Version) {
	t.Helper()
	d, err := r.Detail(t.Context(), v.Model, v.Number)
	if err != nil {
		t.Fatal(err)
	}
	if v.Model != "new model" || d.Version.Description != "first" || d.Version.Tags[TagVersion] != "1.4.0" || d.Version.Tags[TagFile] != "churn.onnx" ||
		len(d.Version.Tags[TagSHA256]) != 64 || !d.Version.Ready() || d.Version.Stage != "None" {
		t.Errorf("version %+v", d.Version)
	}
	if d.Run == nil || d.Run.Status != "FINISHED" || d.Run.User != "alice" || d.Run.Name != "new model 1.4.0" || d.Params["trees"] != "100" || d.Run.Deleted {
		t.Errorf("run %+v", d.Run)
	}
	if len(d.Metrics) != 3 || d.Metrics[0].Value != 0.97 || !math.IsNaN(d.Metrics[1].Value) || !math.IsInf(d.Metrics[2].Value, 1) {
		t.Errorf("metrics %+v", d.Metrics)
	}
	if d.Signature == nil || fmt.Sprint(d.Signature.Inputs) != "[age: double]" {
		t.Errorf("signature %v, unknown %v", d.Signature, d.Unknown)
	}
	sizes := map[string]int64{}
	for _, f := range d.Files {
		sizes[f.Path] = f.Bytes
	}
	if sizes["churn.onnx"] != 10 || sizes["MLmodel"] == 0 || len(sizes) != 2 {
		t.Errorf("files %v, unknown %v", d.Files, d.Unknown)
	}
}

func TestDirectoryRegisters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there yet")
	r := openDir(t, dir)
	reg := registration(t)
	v, err := r.Register(t.Context(), reg)
	if err != nil || v.Number != "1" {
		t.Fatalf("version %+v, error %v", v, err)
	}
	wantRegistered(t, r.Reader, v)
	if v, err = r.Register(t.Context(), reg); err != nil || v.Number != "2" {
		t.Errorf("version %+v, error %v", v, err)
	}
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	wantRegistered(t, openDir(t, moved).Reader, v)

	for name, broken := range map[string]func(*Registration){
		"absent file": func(r *Registration) { r.File = "/does/not/exist" },
		"directory":   func(r *Registration) { r.File = t.TempDir() },
		"name":        func(r *Registration) { r.Model = "../x" },
		"metric":      func(r *Registration) { r.Metrics = map[string]float64{"../../x": 1} },
		"parameter":   func(r *Registration) { r.Params = map[string]string{"/x": "1"} },
		"tag":         func(r *Registration) { r.Tags = map[string]string{"k": strings.Repeat("x", 5001)} },
	} {
		reg := registration(t)
		broken(&reg)
		if v, err := openDir(t, moved).Register(t.Context(), reg); err == nil {
			t.Errorf("%s: registered as %+v", name, v)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := openDir(t, moved).Register(ctx, reg); !errors.Is(err, context.Canceled) {
		t.Errorf("registered although it was given up: %v", err)
	}
}

func TestDirectoryWritersAreAlone(t *testing.T) {
	dir, reg := t.TempDir(), registration(t)
	var wg sync.WaitGroup
	const writers, each = 4, 5
	for range writers {
		r := openDir(t, dir) // a lock of its own, as another process has
		wg.Go(func() {
			for range each {
				if _, err := r.Register(t.Context(), reg); err != nil {
					t.Error(err)
				}
				if _, _, err := r.Versions(t.Context(), reg.Model); err != nil {
					t.Errorf("read while another writes: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if _, list, err := openDir(t, dir).Versions(t.Context(), reg.Model); err != nil || len(list) != writers*each || list[0].Number != "20" {
		t.Errorf("%d versions, error %v", len(list), err)
	}
}
