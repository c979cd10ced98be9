package supervisor

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
	"pitwall/serve/model"
	"pitwall/testdata"
)

// newFitsSupervisor has the seed deployments, of which nothing runs.
func newFitsSupervisor(t *testing.T) (*Supervisor, map[string]*fakeWorld) {
	t.Helper()
	dir, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	l := library{dir: dir, now: time.Now, baseline: func(string, string, io.Writer) error { return nil }}
	confs, err := makeSeeds(l, testdata.Models)
	if err != nil {
		t.Fatal(err)
	}
	s, worlds := &Supervisor{library: l, dir: dir, now: time.Now, config: Config{Models: testdata.Models}}, map[string]*fakeWorld{}
	for _, conf := range confs {
		d, w := newTestDeployment(nil)
		d.name, d.conf = conf.Name, conf
		s.deployments, worlds[conf.Name] = append(s.deployments, d), w
	}
	return s, worlds
}

// TestDeployRefusesAModelThatDoesNotFit: users of a variant would get nothing
// but refusals, and their file must not even be stored.
func TestDeployRefusesAModelThatDoesNotFit(t *testing.T) {
	s, worlds := newFitsSupervisor(t)
	file := func(name string) string {
		path, err := filepath.Abs("../../../testdata/models/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := map[string]struct{ deployment, variant, file, want string }{
		"stable":                   {"wine-api", "A", file("bc_mlp.onnx"), "takes 30 features and the one that runs takes 13"},
		"new candidate":            {"wine-api", "B", file("bc_mlp.onnx"), "that A gets with 2.0.0: it takes 30 features"},
		"no variant named":         {"wine-api", "", file("bc_mlp.onnx"), "that A gets with 2.0.0"},
		"candidate that runs":      {"model-api", "B", file("wine_mlp.onnx"), "that B gets with 1.1.0: it takes 13 features and the one that runs takes 30"},
		"fits":                     {"wine-api", "B", file("wine_lr.onnx"), ""},
		"fits, of another library": {"wine-api", "A", file("wine_xgb.ubj"), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := s.deployment(test.deployment)
			if err != nil {
				t.Fatal(err)
			}
			c := backends.Change{Op: backends.OpDeploy, Deployment: test.deployment, Variant: test.variant, Version: "8.1",
				Image: test.file, Token: d.token(d.config())}
			effects, err := s.dryRun(c)
			if test.want == "" {
				if err != nil || len(effects) == 0 {
					t.Fatalf("dry run: %v, %v", effects, err)
				}
				return
			}
			refused := func(what string, err error) {
				t.Helper()
				if u := (*backends.UnsupportedError)(nil); !errors.As(err, &u) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: got %v, want a refusal with %q", what, err, test.want)
				}
			}
			refused("dry run", err)
			refused("apply", s.apply(t.Context(), c))
			data, err := os.ReadFile(test.file)
			if err != nil {
				t.Fatal(err)
			}
			stored := s.library.modelPath(s.library.describe(filepath.Base(test.file), "8.1", data))
			if _, err := os.Stat(stored); !os.IsNotExist(err) || len(worlds[test.deployment].saved) != 0 {
				t.Errorf("the refused file was stored (%v), or a configuration was: %v", err, worlds[test.deployment].saved)
			}
		})
	}
}

func TestMisfit(t *testing.T) {
	two, three := []string{"0", "1"}, []string{"0", "1", "2"}
	base := model.Info{Width: 2, Features: []string{"a", "b"}, Classes: two}
	tests := map[string]struct {
		next model.Info
		want string
	}{
		"same":            {base, ""},
		"other order":     {model.Info{Width: 2, Features: []string{"b", "a"}, Classes: two}, ""},
		"no names":        {model.Info{Width: 2, Classes: two}, ""},
		"wider":           {model.Info{Width: 3, Classes: two}, "takes 3 features and the one that runs takes 2"},
		"other names":     {model.Info{Width: 2, Features: []string{"a", "c"}, Classes: two}, `a feature "c"`},
		"more classes":    {model.Info{Width: 2, Classes: three}, "one of 3 classes and the one that runs one of 2 classes"},
		"a regressor now": {model.Info{Width: 2}, "answers a value"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := misfit(base, test.next); test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
