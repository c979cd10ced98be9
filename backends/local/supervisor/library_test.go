package supervisor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLibraryTakesOnlyWhatCanBeServed: a refused file leaves its version free.
func TestLibraryTakesOnlyWhatCanBeServed(t *testing.T) {
	const good = "../../../testdata/models/bc_mlp.onnx"
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	l := library{now: time.Now}
	tests := map[string]struct{ path, version, want string }{
		"good":            {good, "3.0.0", ""},
		"no model":        {file("text.onnx", []byte("this is not a model")), "3.0.0", "text.onnx"},
		"truncated":       {file("half.onnx", whole[:len(whole)/2]), "3.0.0", "half.onnx"},
		"missing":         {filepath.Join(dir, "none.onnx"), "3.0.0", "none.onnx"},
		"a directory":     {dir, "3.0.0", "not a file"},
		"hostile name":    {file("a\x1b]0;owned\a.onnx", whole), "3.0.0", "control characters"},
		"hostile version": {good, "3\x1b[2J", "control characters"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m, _, err := l.Read(test.path, test.version)
			switch {
			case test.want == "" && (err != nil || m.Version != test.version || m.File != "bc_mlp.onnx"):
				t.Errorf("got %+v, %v", m, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
