package promote

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/mlflow"
	"pitwall/backends/mlflow/mlflowtest"
	"pitwall/checklist"
)

// bench is a deployment, a registry of an MLflow server, and a rollout that is
// written down. Version 1 is champion and serves as A, 2 serves as B.
type bench struct {
	registry   *mlflow.Registry
	server     *mlflowtest.Server
	deployment backends.Deployment
	revisions  []backends.Revision
	state      checklist.State // of the gate
	rolled     []string
	rollErr    error
	backErr    error

	mu     sync.Mutex            // of what follows
	before func(r *http.Request) // of every request
	lose   func(w http.ResponseWriter, r *http.Request, body string)
	refuse string // a request with this in its body is answered with 403
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{state: checklist.Pass}
	b.server = mlflowtest.Start(t, mlflowtest.Options{Intercept: b.intercept})
	var err error
	if b.registry, err = mlflow.Open(b.server.URL, mlflow.Options{Env: func(string) string { return "" }, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "churn.onnx")
	if err := os.WriteFile(file, []byte("model"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0"} {
		r := mlflow.Registration{Model: "churn", File: file, Format: "onnx", User: "ana", Metrics: map[string]float64{"accuracy": 0.9}, Tags: map[string]string{mlflow.TagVersion: version}}
		if _, err := b.registry.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	b.alias(t, mlflow.Champion, "", "1")
	b.deployment = backends.Deployment{Name: "churn", Variants: []backends.Variant{
		{Name: "A", Version: "1.0.0", Weight: 90, Desired: 2, Ready: 2}, {Name: "B", Version: "1.1.0", Weight: 10, Desired: 1, Ready: 1, Digest: "sha256:bb"}}}
	b.revisions = []backends.Revision{{Number: 3, Variant: "A", Version: "1.1.0", Current: true}, {Number: 1, Variant: "A", Version: "1.0.0"}}
	return b
}

func (b *bench) intercept(w http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(r.Body) // of a test's own request
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	b.mu.Lock()
	before, lose, refuse := b.before, b.lose, b.refuse
	b.mu.Unlock()
	if before != nil {
		before(r)
	}
	if lose != nil {
		lose(w, r, string(body))
	}
	if refuse != "" && r.Method == http.MethodPost && strings.Contains(string(body), refuse) {
		http.Error(w, "Permission denied", http.StatusForbidden)
		return true
	}
	return false
}

func (b *bench) alias(t *testing.T, alias, before, after string) {
	t.Helper()
	if err := b.registry.SetAlias(t.Context(), mlflow.AliasChange{Model: "churn", Alias: alias, Before: before, After: after}); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) aliases(t *testing.T) string {
	t.Helper()
	b.mu.Lock()
	b.before, b.refuse = nil, ""
	b.mu.Unlock()
	m, err := b.registry.Model(t.Context(), "churn")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, a := range m.AliasList() {
		list = append(list, a.Name+"="+a.Version)
	}
	return strings.Join(list, " ")
}

func (b *bench) Revisions(context.Context, string) ([]backends.Revision, error) {
	return b.revisions, nil
}

func (b *bench) gate(_ context.Context, variant string) (checklist.Report, error) {
	v, _ := b.deployment.Variant(variant)
	return checklist.Report{Subject: checklist.Subject{Variant: variant, Version: v.Version, Digest: v.Digest},
		Rows: []checklist.Row{{Item: checklist.Item{ID: "smoke-tests"}, State: b.state, Text: "1 of 2"}}}, nil
}

func (b *bench) Roll(context.Context) error { b.rolled = append(b.rolled, "roll"); return b.rollErr }

func (b *bench) TakeBack(_ context.Context, why string) error {
	b.rolled = append(b.rolled, "back: "+why)
	return b.backErr
}

func (b *bench) make(t *testing.T, w Want) (Plan, error) {
	t.Helper()
	w.Model = "churn"
	return Make(t.Context(), Sources{Registry: b.registry, Revisions: b, Gate: b.gate}, b.deployment, w)
}

func (b *bench) run(t *testing.T, p Plan) error {
	t.Helper()
	again := func(context.Context) (Plan, error) {
		return b.make(t, Want{Version: p.Version.Number, Back: p.Back})
	}
	return Run(t.Context(), p, Options{Registry: b.registry, Rollout: b, Again: again, By: "ana@laptop", Now: time.Now, Every: time.Millisecond})
}

func TestPromote(t *testing.T) {
	b := newBench(t)
	p, err := b.make(t, Want{Version: "1.1.0"})
	if err != nil || p.Denied != nil || p.Serving != "B" || p.Change.Op != backends.OpPromote || p.Change.Variant != "B" {
		t.Fatalf("plan %+v, %v", p, err)
	}
	if want := []backends.Effect{{What: "alias previous of churn", Before: "–", After: "1"}, {What: "alias champion of churn", Before: "1", After: "2"}}; !slices.Equal(p.Effects, want) {
		t.Errorf("effects %v", p.Effects)
	}
	// The alias moves last: what loads by it does not change before the rollout.
	b.before = func(r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/alias") && len(b.rolled) == 0 {
			t.Error("an alias moved before the rollout")
		}
	}
	if err := b.run(t, p); err != nil {
		t.Fatal(err)
	}
	if got := b.aliases(t); got != "champion=2 previous=1" || !slices.Equal(b.rolled, []string{"roll"}) {
		t.Errorf("aliases %s, rolled %v", got, b.rolled)
	}
	v, err := b.registry.Version(t.Context(), "churn", "2")
	if err != nil || v.Tags[TagBy] != "ana@laptop" || v.Tags[TagPrevious] != "1" || v.Tags[TagDigest] != "sha256:bb" || v.Stage != "None" {
		t.Errorf("tags %v, stage %s, %v", v.Tags, v.Stage, err)
	}
}

// A file that is registered twice is served under either number.
func TestOneFileTwice(t *testing.T) {
	b := newBench(t)
	for _, number := range []string{"2", "3"} {
		if err := b.registry.SetTag(t.Context(), "churn", number, mlflow.TagSHA256, "5a5a"); err != nil {
			t.Fatal(err)
		}
	}
	b.deployment.Backend, b.deployment.Variants[1].Digest = "local", "sha256:5a5a"
	for _, number := range []string{"2", "3"} {
		if p, err := b.make(t, Want{Version: number}); err != nil || p.Serving != "B" || p.Denied != nil || p.Version.Number != number {
			t.Errorf("version %s: %+v, %v", number, p, err)
		}
	}
}

// An alias that names nothing is denied before anybody is moved: its write and
// its way back would both fail.
func TestAliasesThatNameNothing(t *testing.T) {
	p := Plan{Model: "churn", Champion: "99", Previous: "2"}
	p.dangling([]mlflow.Version{{Number: "2"}, {Number: "1"}})
	if len(p.Denied) != 1 || !strings.Contains(p.Denied[0], "the alias champion names version 99") || !strings.Contains(p.Denied[0], "pitwall registry alias churn champion") {
		t.Errorf("denied %q", p.Denied)
	}
}

// TestBack is the way back: the revision of before, and the alias.
func TestBack(t *testing.T) {
	b := newBench(t)
	if _, err := b.make(t, Want{Back: true}); err == nil || !strings.Contains(err.Error(), "nobody was promoted before") {
		t.Errorf("back to nothing: %v", err)
	}
	p, _ := b.make(t, Want{Version: "2"})
	if err := b.run(t, p); err != nil {
		t.Fatal(err)
	}
	b.deployment.Variants = []backends.Variant{{Name: "A", Version: "1.1.0", Weight: 100, Desired: 2, Ready: 2}}
	b.state = checklist.Fail // going back waits for no checklist
	p, err := b.make(t, Want{Back: true})
	if err != nil || p.Denied != nil || p.Change.Op != backends.OpRollback || p.Change.Revision != 1 || p.Change.Variant != "A" {
		t.Fatalf("plan %+v, %v", p, err)
	}
	if err := b.run(t, p); err != nil || b.aliases(t) != "champion=1 previous=2" {
		t.Errorf("%v, aliases %s", err, b.aliases(t))
	}
}

func TestDenied(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(b *bench)
		want string
	}{
		"gate":       {func(b *bench) { b.state = checklist.Fail }, "the checklist of B does not hold: smoke-tests (fail): pitwall checklist churn --variant B says why"},
		"unknown":    {func(b *bench) { b.state = checklist.Unknown }, "smoke-tests (unknown)"},
		"not served": {func(b *bench) { b.deployment.Variants = b.deployment.Variants[:1] }, "deploy it as a candidate first"},
		"no change": {func(b *bench) {
			b.deployment.Variants[0].Version = "1.1.0"
			b.alias(t, mlflow.Champion, "1", "2")
		}, "there is nothing to do"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			test.edit(b)
			p, err := b.make(t, Want{Version: "1.1.0"})
			if err != nil || len(p.Denied) != 1 || !strings.Contains(p.Denied[0], test.want) {
				t.Fatalf("denied %q, %v", p.Denied, err)
			}
			if err := b.run(t, p); err == nil || len(b.rolled) > 0 {
				t.Errorf("ran all the same: %v, rolled %v", err, b.rolled)
			}
		})
	}
	b := newBench(t)
	if _, err := b.make(t, Want{Version: "9.9.9"}); err == nil || !strings.Contains(err.Error(), `no version of churn "9.9.9": there is 3, 2, 1`) {
		t.Errorf("unknown version: %v", err)
	}
}

// TestTheWorldMovesBetweenPlanAndRun: then nothing is done.
func TestTheWorldMovesBetweenPlanAndRun(t *testing.T) {
	for name, test := range map[string]struct {
		move func(b *bench)
		want string
	}{
		"champion": {func(b *bench) { b.alias(t, mlflow.Champion, "1", "3") }, "champion is version 3 now, not 1"},
		"digest":   {func(b *bench) { b.deployment.Variants[1].Digest = "sha256:cc" }, "B runs 1.1.0 (sha256:cc) now, and 1.1.0 (sha256:bb) was checked"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p, err := b.make(t, Want{Version: "1.1.0"})
			if err != nil {
				t.Fatal(err)
			}
			test.move(b)
			before := b.aliases(t)
			err = b.run(t, p)
			if moved, ok := errors.AsType[*MovedError](err); !ok || !strings.Contains(moved.Text, test.want) || len(b.rolled) > 0 || b.aliases(t) != before {
				t.Errorf("%v, rolled %v, aliases %s", err, b.rolled, b.aliases(t))
			}
		})
	}
}

// TestStepsThatFail: what was done before is taken back, and told.
func TestStepsThatFail(t *testing.T) {
	for name, test := range map[string]struct {
		edit    func(b *bench)
		want    []string
		aliases string
		rolled  []string
	}{
		"rollout":  {func(b *bench) { b.rollErr = errors.New("crash loop") }, []string{"the registry is as it was", "crash loop"}, "champion=1", []string{"roll"}},
		"end":      {func(b *bench) { b.rollErr = &UnendedError{errors.New("timed out")} }, []string{"it may go on", "promote again", "timed out"}, "champion=1", []string{"roll"}},
		"no right": {func(b *bench) { b.refuse = TagPromoting }, []string{"nothing was changed, for the registry cannot be written"}, "champion=1", nil},
		"tags":     {func(b *bench) { b.refuse = TagBy }, []string{"write the tags of version 2", "the rollout was taken back"}, "champion=1", []string{"roll", "back: write the tags of version 2 failed"}},
		"champion": {func(b *bench) { b.refuse = `"champion"` }, []string{"move the alias champion", "the alias previous is at – again", "the rollout was taken back", "B was retired by it"},
			"champion=1", []string{"roll", "back: move the alias champion failed"}},
		"and back": {func(b *bench) { b.refuse, b.backErr = `"champion"`, errors.New("timed out") }, []string{"the rollout could not be taken back: timed out", "serves, and is not champion"},
			"champion=1", []string{"roll", "back: move the alias champion failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p, err := b.make(t, Want{Version: "1.1.0"})
			if err != nil {
				t.Fatal(err)
			}
			test.edit(b)
			err = b.run(t, p)
			if half := (*HalfError)(nil); errors.As(err, &half) && half.Undone != (b.backErr == nil) {
				t.Errorf("all was taken back: %v, of %v", half.Undone, err)
			}
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
			if v, err := b.registry.Version(t.Context(), "churn", "2"); err != nil || v.Tags[TagBy]+v.Tags[TagAt]+v.Tags[TagPrevious]+v.Tags[TagPromoting] != "" {
				t.Errorf("tags %v are left, %v", v.Tags, err)
			}
			if got := b.aliases(t); got != test.aliases || !slices.Equal(b.rolled, test.rolled) {
				t.Errorf("aliases %s, rolled %q", got, b.rolled)
			}
		})
	}
}

// TestARivalMovesTheChampion: nothing is written over theirs.
func TestARivalMovesTheChampion(t *testing.T) {
	b := newBench(t)
	rival, err := mlflow.Open(b.server.URL, mlflow.Options{Env: func(string) string { return "" }, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.make(t, Want{Version: "1.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	done := false
	b.before = func(r *http.Request) {
		if !done && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/set-tag") {
			done = true
			if err := rival.SetAlias(t.Context(), mlflow.AliasChange{Model: "churn", Alias: mlflow.Champion, Before: "1", After: "3"}); err != nil {
				t.Error(err)
			}
		}
	}
	err = b.run(t, p)
	if half, ok := errors.AsType[*HalfError](err); !ok || !strings.Contains(half.Error(), "somebody else moved it") {
		t.Errorf("error %v", err)
	}
	if got := b.aliases(t); got != "champion=3 previous=1" || !slices.Equal(b.rolled, []string{"roll"}) {
		t.Errorf("aliases %s, rolled %q", got, b.rolled)
	}
}

// What a server is that loses an answer.
const (
	here int32 = iota
	did        // the write, and lost its answer
	gone
)

// TestAnswersThatAreLost: the server did it, and the connection broke. It is
// looked at again; where that is not possible nothing is taken back.
func TestAnswersThatAreLost(t *testing.T) {
	for name, dead := range map[string]bool{"it answers again": false, "it stays away": true} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			p, err := b.make(t, Want{Version: "1.1.0"})
			if err != nil {
				t.Fatal(err)
			}
			var state atomic.Int32
			b.mu.Lock()
			b.lose = func(w http.ResponseWriter, r *http.Request, body string) {
				champion := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/alias") && strings.Contains(body, `"champion"`)
				switch {
				case state.Load() == gone:
					panic(http.ErrAbortHandler)
				case champion && state.CompareAndSwap(here, did):
					b.server.ServeHTTP(httptest.NewRecorder(), r)
					if dead {
						state.Store(gone)
					}
					panic(http.ErrAbortHandler)
				}
			}
			b.mu.Unlock()
			err = b.run(t, p)
			state.Store(did)
			if lost, ok := errors.AsType[*LostError](err); ok != dead || !dead && err != nil {
				t.Errorf("error %v (%v)", err, lost)
			}
			if dead && !strings.Contains(err.Error(), "nothing was taken back, and 1.1.0 serves") {
				t.Errorf("error %v", err)
			}
			if got := b.aliases(t); got != "champion=2 previous=1" || !slices.Equal(b.rolled, []string{"roll"}) {
				t.Errorf("aliases %s, rolled %q", got, b.rolled)
			}
		})
	}
}

// TestALieAboutTheAlias: a server that says yes and does nothing.
func TestALieAboutTheAlias(t *testing.T) {
	b := newBench(t)
	p, err := b.make(t, Want{Version: "1.1.0"})
	if err != nil {
		t.Fatal(err)
	}
	lie := b.server.Intercept
	b.server.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/alias") {
			_, _ = w.Write([]byte("{}"))
			return true
		}
		return lie(w, r)
	}
	if err := b.run(t, p); err == nil || b.aliases(t) != "champion=1" {
		t.Errorf("error %v, aliases %s: done was said without reading it back", err, b.aliases(t))
	}
}
