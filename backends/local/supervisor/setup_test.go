package supervisor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/local/supervisor/state"
	"pitwall/serve/gateway"
)

func TestVariablesAreTheirNames(t *testing.T) {
	got := variables([]string{"Z=secret", "A=secret", "=C:=C:/secret"}, []string{"A=secret", "M=secret"})
	want := []backends.EnvVar{{Name: "A", From: "literal", Literal: true}, {Name: "M", From: "literal", Literal: true}, {Name: "Z", From: "environment"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDoorOfAGateway(t *testing.T) {
	told := gateway.State{Variants: []gateway.Variant{
		{Name: "A", Backends: []gateway.Backend{{Name: "m-a-1", Addr: "127.0.0.1:1", Up: true}, {Name: "m-a-2", Addr: "127.0.0.1:2", Up: true, Draining: true}, {Name: "m-a-3", Addr: "127.0.0.1:3"}}},
		{Name: "B", Backends: []gateway.Backend{nowhere(1)}}}}
	got := doorOf(gateStatus{up: true, counted: true, addr: "127.0.0.1:9", state: told})
	want := []backends.Endpoint{{Variant: "A", Name: "m-a-1", Address: "127.0.0.1:1", Ready: true}, {Variant: "A", Name: "m-a-2", Address: "127.0.0.1:2"}, {Variant: "A", Name: "m-a-3", Address: "127.0.0.1:3"}}
	if got.Error != "" || got.Address != "http://127.0.0.1:9" || !slices.Equal(got.Endpoints, want) {
		t.Errorf("got %+v", got)
	}
	if got := doorOf(gateStatus{reason: "the front door is starting", state: told}); got.Error != "the front door is starting" || len(got.Endpoints) > 0 || got.Address != "" {
		t.Errorf("one that starts: %+v", got)
	}
	if got := doorOf(gateStatus{up: true, state: told}); got.Error == "" || len(got.Endpoints) > 0 {
		t.Errorf("one that does not answer: %+v", got)
	}
}

func TestFilesOfAVariant(t *testing.T) {
	dir, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	l := library{dir: dir}
	model := func(sum string) desired.Model { return desired.Model{File: "m.onnx", SHA256: sum} }
	for _, sum := range []string{"aa", "cc"} {
		path := l.modelPath(model(sum))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("model "+sum), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	conf := desired.Deployment{Revisions: []desired.Revision{{Number: 1, Variant: "A", Model: model("aa")}, {Number: 2, Variant: "A", Model: model("bb")},
		{Number: 3, Variant: "B", Model: model("aa")}, {Number: 4, Variant: "A", Model: model("cc")}, {Number: 5, Variant: "A", Model: model("aa")}}}
	got := l.variant(conf, desired.Variant{Name: "A", Revision: 4})
	if got.Digest != "sha256:cc" || got.Model.Bytes != 8 || got.Model.Error != "" || got.Model.Path != l.modelPath(model("cc")) {
		t.Errorf("got %+v", got)
	}
	if want := []backends.EarlierImage{{Revision: 2, Image: "m.onnx", Digest: "sha256:bb"}, {Revision: 1, Image: "m.onnx", Digest: "sha256:aa", There: true}}; !slices.Equal(got.Earlier, want) || got.EarlierError != "" {
		t.Errorf("earlier %+v, %s", got.Earlier, got.EarlierError)
	}
	if got := l.variant(conf, desired.Variant{Name: "A", Revision: 2}); !strings.Contains(got.Model.Error, "no such file") {
		t.Errorf("a file that is gone: %+v", got)
	}
	if err := os.WriteFile(dir.Path("models", "bb"), nil, 0o600); err != nil { // where a directory should be
		t.Fatal(err)
	}
	if got := l.variant(conf, desired.Variant{Name: "A", Revision: 4}); !strings.Contains(got.EarlierError, "not a directory") {
		t.Errorf("a file that cannot be looked at: %+v", got)
	}
}
