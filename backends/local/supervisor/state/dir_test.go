package state

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pitwall/backends/desired"
)

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sample() Stack {
	return Stack{ID: "x", Listen: map[string]string{"m": "127.0.0.1:1"}, Deployments: []desired.Deployment{{
		Name: "m", Generation: 3, Variants: []desired.Variant{{Name: "A", Revision: 1, Replicas: 2, Weight: 100}},
		Revisions: []desired.Revision{{Number: 1, Variant: "A", Model: desired.Model{Version: "1"}}},
		Rollout:   &desired.Rollout{Operation: "deploy", Variant: "A", From: 1, To: 2},
	}}}
}

// TestCrashWhileSaving leaves what a crash at any moment of Save can leave.
func TestCrashWhileSaving(t *testing.T) {
	for name, half := range map[string]string{"empty": "", "truncated": `{"id":"y","deploy`, "whole": `{"id":"y"}`} {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			d := open(t, path)
			if err := d.Save(sample()); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(d.Path("state.json.new"), []byte(half), 0o600); err != nil {
				t.Fatal(err)
			}
			_ = d.Close()

			d = open(t, path)
			got, found, err := d.Load()
			if err != nil || !found || !reflect.DeepEqual(got, sample()) {
				t.Fatalf("after the crash: %+v, %v, %v", got, found, err)
			}
			if err := d.Save(got); err != nil { // the leftover is in nobody's way
				t.Fatal(err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("locked", func(t *testing.T) {
		path := t.TempDir()
		d := open(t, path)
		_, err := Open(path)
		var locked *LockedError
		if !errors.As(err, &locked) || locked.PID != os.Getpid() || !strings.Contains(err.Error(), "attach with `pitwall`") {
			t.Fatalf("second open: %v", err)
		}
		_ = d.Close()
		open(t, path)
	})
	t.Run("another version", func(t *testing.T) {
		path := t.TempDir()
		if err := os.WriteFile(filepath.Join(path, "version"), []byte("2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		var version *VersionError
		if !errors.As(err, &version) || version.Found != "2" {
			t.Fatalf("open: %v", err)
		}
		if _, err := os.Stat(filepath.Join(path, "state.json")); !os.IsNotExist(err) {
			t.Error("a refused directory was written to")
		}
	})
	t.Run("damaged state", func(t *testing.T) {
		d := open(t, t.TempDir())
		if err := os.WriteFile(d.Path("state.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Load(); err == nil || !strings.Contains(err.Error(), "move the file away") {
			t.Fatalf("load: %v", err)
		}
	})
}

func TestNewDirectoryIsPrivate(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "a", "b"))
	if _, found, err := d.Load(); found || err != nil {
		t.Fatalf("a new directory has a state: %v", err)
	}
	if err := WriteFile(d.Path("models", "x", "m.onnx"), []byte("m")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".", "models", "models/x"} {
		if info, err := os.Stat(d.Path(name)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}
