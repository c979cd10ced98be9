package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/review"
	"pitwall/views/viewtest"
)

// shelf is a backends.Reviser and a backends.Versioner.
type shelf struct {
	revisions []backends.Revision
	versions  []backends.Version
	err       error
}

func (s *shelf) Revisions(context.Context, string) ([]backends.Revision, error) {
	return s.revisions, s.err
}

func (s *shelf) Versions(context.Context, string) ([]backends.Version, error) {
	return s.versions, s.err
}

// shelves is the past of model-api: B was good at revision 4, and twice worse
// since; A never changed.
func shelves() *shelf {
	revision := func(number int, variant, version, reason string, ago, good time.Duration) backends.Revision {
		return backends.Revision{Number: number, Variant: variant, Version: version, Image: "model-api-" + version + ".onnx",
			Digest: "sha256:" + strings.Repeat(fmt.Sprintf("%x7", number), 32), Replicas: 1, CreatedAt: viewtest.Ago(ago), By: "ana@laptop", Reason: reason,
			GoodFor: good, Good: good >= time.Minute}
	}
	s := &shelf{revisions: []backends.Revision{
		revision(6, "B", "1.1.0", "calibrated scores", 40*time.Minute, 0),
		revision(5, "B", "1.0.9", "more trees", 3*time.Hour, 20*time.Second),
		revision(4, "B", "1.0.8", "", 26*time.Hour, 23*time.Hour),
		revision(3, "B", "1.0.7", "", 50*time.Hour, 24*time.Hour),
		revision(1, "A", "1.0.0", "first", 200*time.Hour, 199*time.Hour),
	}}
	s.revisions[0].Current, s.revisions[4].Current = true, true
	s.revisions[2].Replicas = 2
	s.revisions[2].Settings = []backends.Setting{{Name: "threshold", Value: "0.5"}}
	s.versions = []backends.Version{
		{Version: "1.2.0-rc1", Image: "model-api-1.2.0-rc1.onnx", Note: "candidate of Friday"},
		{Version: "1.1.0", Image: "model-api-1.1.0.onnx"},
		{Version: "1.0.0", Image: "model-api-1.0.0.onnx"},
	}
	return s
}

// bench is a screen on model-api that has read its revisions.
type bench struct {
	*Screen
	t     *testing.T
	ops   *viewtest.Operations
	shelf *shelf
}

func newBench(t *testing.T, s *fleet.Snapshot) *bench {
	b := &bench{t: t, ops: &viewtest.Operations{}, shelf: shelves()}
	b.ops.Planned.Danger = operation.Confirm
	d := viewtest.Deps(s)
	d.Operations, d.Revisions, d.Versions, d.Running = b.ops, b.shelf, b.shelf, &views.Running{}
	b.Screen = New(d, "model-api").(*Screen)
	b.read()
	return b
}

func (b *bench) read() { b.Update(b.readRevisions()()) }

func (b *bench) binding(key string) ui.Binding {
	b.t.Helper()
	for _, x := range b.Bindings() {
		if slices.Contains(x.Keys, key) {
			return x
		}
	}
	b.t.Fatalf("no binding of %q", key)
	return ui.Binding{}
}

// press runs a key's action and returns its message.
func (b *bench) press(key string) tea.Msg {
	b.t.Helper()
	x := b.binding(key)
	if x.Off != "" {
		b.t.Fatalf("%s is off: %s", key, x.Off)
	}
	cmd := viewtest.Act(x)
	if cmd == nil {
		return nil
	}
	return cmd()
}

func (b *bench) text(width int) string {
	f := viewtest.Frame(width, 38)
	lines := b.View(f)
	viewtest.Check(b.t, lines, f)
	return ansi.Strip(strings.Join(lines, "\n"))
}

func (b *bench) shows(words ...string) {
	b.t.Helper()
	text := b.text(120)
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.t.Errorf("the screen does not show %q:\n%s", w, text)
		}
	}
}

// rolling is the fleet while B is rolled out.
func rolling(paused bool) *fleet.Snapshot {
	s := viewtest.Fleet()
	s.Rows[0].Deployment.Token = "9"
	s.Rows[0].Deployment.Rollout = &backends.Rollout{Operation: backends.OpDeploy, Variant: "B", From: "1.1.0", To: "1.2.0-rc1",
		Done: 1, Total: 3, Paused: paused, StartedAt: viewtest.Ago(80 * time.Second), Message: "model-api-B-2 is warming up"}
	return s
}

func TestDefaultIsTheLastKnownGood(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	r, ok := b.selected()
	if !ok || r.Number != 4 || b.variant != "B" {
		t.Fatalf("selected revision %d of %s", r.Number, b.variant)
	}
	b.shows("known-good", "rolling back from revision 6 to revision 4 (1.0.8) changes", "version      1.1.0 → 1.0.8",
		"replicas     1 → 2", "setting threshold – → 0.5", "the split A=70 B=30 stays")
}

func TestDefaultRow(t *testing.T) {
	good := func(n int) backends.Revision {
		return backends.Revision{Number: n, Version: strconv.Itoa(n), Good: true}
	}
	bad := func(n int) backends.Revision { return backends.Revision{Number: n, Version: strconv.Itoa(n)} }
	now := func(n int) backends.Revision {
		return backends.Revision{Number: n, Version: strconv.Itoa(n), Current: true}
	}
	for name, test := range map[string]struct {
		revisions []backends.Revision
		want      int
	}{
		"good after bad":   {[]backends.Revision{now(5), bad(4), good(3), good(2)}, 2},
		"none is good":     {[]backends.Revision{now(5), bad(4), bad(3)}, 1},
		"rolled back once": {[]backends.Revision{good(5), now(4), bad(3), good(2)}, 3},
		"only what runs":   {[]backends.Revision{now(1)}, 0},
		"nothing":          {nil, 0},
	} {
		if got := defaultRow(test.revisions); got != test.want {
			t.Errorf("%s: row %d, want %d", name, got, test.want)
		}
	}
}

func TestRollbackReviewsTheSelectedRevision(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	b.press("j")
	if _, ok := b.press("B").(ui.OpenDialog); !ok {
		t.Fatal("no review was opened")
	}
	want := backends.Change{Op: backends.OpRollback, Deployment: "model-api", Variant: "B", Revision: 3}
	if got := b.ops.Asked[0]; got.Op != want.Op || got.Variant != want.Variant || got.Revision != want.Revision {
		t.Errorf("asked %+v", got)
	}
	b.press("g")
	if off := b.binding("B").Off; !strings.Contains(off, "revision 6 runs now") {
		t.Errorf("rolling back to what runs is off because %q", off)
	}
}

func TestSelectionStaysWhenRevisionsArrive(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	b.press("j")
	b.shelf.revisions = append([]backends.Revision{{Number: 7, Variant: "B", Version: "1.2.0", Current: true}}, b.shelf.revisions...)
	b.shelf.revisions[1].Current = false
	b.read()
	if r, _ := b.selected(); r.Number != 3 {
		t.Errorf("selected revision %d", r.Number)
	}
}

func TestOperationsOpenTheirReviews(t *testing.T) {
	for key, want := range map[string]backends.Change{
		"R": {Op: backends.OpRestart, Variant: "B"},
		"P": {Op: backends.OpPromote, Variant: "B"},
		"C": {Op: backends.OpCutover, Variant: "B"},
		"A": {Op: backends.OpSplit},
		"F": {Op: backends.OpPause},
		"O": {Op: backends.OpResume},
		"T": {Op: backends.OpAbort},
	} {
		b := newBench(t, rolling(false))
		if _, ok := b.press(key).(ui.OpenDialog); !ok {
			t.Errorf("%s opens no review", key)
			continue
		}
		if got := b.ops.Asked[0]; got.Op != want.Op || got.Variant != want.Variant || got.Deployment != "model-api" || len(b.ops.Ran) > 0 {
			t.Errorf("%s asked %+v, ran %v", key, got, b.ops.Ran)
		}
	}
}

func TestReadOnlySaysSo(t *testing.T) {
	b := newBench(t, rolling(false))
	b.ops.Off = "read-only: pitwall was started with --read-only"
	for _, x := range b.Bindings() {
		if x.Danger && !strings.Contains(x.Off, "read-only") {
			t.Errorf("%s is off because %q", x.Keys[0], x.Off)
		}
	}
}

func TestVariantsAreShownOneAfterAnother(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	b.press("tab")
	b.shows("revision 1 (1.0.0) runs now")
	b.press("tab")
	if r, _ := b.selected(); r.Number != 4 {
		t.Errorf("back at B, selected revision %d", r.Number)
	}
}

func TestRolloutInProgress(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	if cmd := b.Update(views.SnapshotMsg{Snapshot: rolling(false)}); cmd == nil {
		t.Error("the revisions are not read again after a change")
	}
	b.shows("progressing", "deploy of B  1.1.0 → 1.2.0-rc1", "1 of 3 replaced", "✓ 1  ▸ 2  · 3", "warming up")
	if first := b.Bindings()[0]; first.Help != "hold" {
		t.Errorf("%q comes first while a rollout is in progress", first.Help)
	}
	b.Update(views.SnapshotMsg{Snapshot: rolling(true)})
	b.shows("held")
}

func TestRecoveryIsShown(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	b.Update(review.RecoveryMsg{Deployment: "wine-api", Recovery: operation.Recovery{Text: "not mine"}})
	b.Update(review.RecoveryMsg{Deployment: "model-api", Recovery: operation.Recovery{Bad: []string{"p95"}, Text: "p95 is 271ms, above 200ms"}})
	b.shows("recovering  p95 is 271ms")
	b.Update(review.RecoveryMsg{Deployment: "model-api", Recovery: operation.Recovery{Done: true, Verified: true, Text: "verified: model-api has been healthy for 1m"}})
	b.shows("recovered  verified")
	b.Update(review.RecoveryMsg{Deployment: "model-api", Recovery: operation.Recovery{Done: true, Text: "not recovered after 10m: p95 is 271ms"}})
	b.shows("not recovered")
}

func TestRevisionsThatCannotBeRead(t *testing.T) {
	b := newBench(t, viewtest.Fleet())
	b.shelf.err = errors.New("socket\x1b[2J is gone")
	b.read()
	b.shows("could not be read again", "known-good") // the last ones stand
	empty := newBench(t, viewtest.Fleet())
	empty.revisions = history{}
	empty.shelf.err = b.shelf.err
	empty.arrange()
	empty.read()
	empty.shows("The revisions cannot be read", "r asks again")
	if off := empty.binding("B").Off; !strings.Contains(off, "no revision") {
		t.Errorf("rollback is off because %q", off)
	}
}

func TestRevisionsAreReadAgainOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, viewtest.Fleet())
		if b.Update(b.readRevisions()()) != nil {
			t.Error("a second timer was started")
		}
		if b.readRevisions() == nil || b.readRevisions() != nil {
			t.Error("two readings at once")
		}
		b.revisions.asked = false
		b.Update(revisionsDueMsg{b.Screen})
		if b.revisions.asked || !b.revisions.due {
			t.Error("nobody looks: it is read later")
		}
		b.View(viewtest.Frame(120, 40))
		b.Update(revisionsDueMsg{b.Screen})
		if !b.revisions.asked {
			t.Error("somebody looks, and it is not read")
		}
	})
}

func TestBindings(t *testing.T) {
	for _, s := range []*fleet.Snapshot{viewtest.Fleet(), rolling(true)} {
		if err := ui.CheckBindings(ui.Table{Screen: "rollout", Bindings: newBench(t, s).Bindings()}); err != nil {
			t.Error(err)
		}
	}
}
