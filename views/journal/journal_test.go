package journal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	data "pitwall/backends/journal"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// book is a views.Records and Verifier on fixed answers.
type book struct {
	records []data.Record
	err     error
	damage  error
	since   []time.Time
	checks  int
}

func (b *book) Records(since time.Time) ([]data.Record, error) {
	b.since = append(b.since, since)
	return b.records, b.err
}

func (b *book) Verify() error {
	b.checks++
	return b.damage
}

// unverified hides Verify.
type unverified struct{ book *book }

func (u unverified) Records(since time.Time) ([]data.Record, error) { return u.book.Records(since) }

func operation(id int, ago time.Duration, op, target string, from, to backends.Split) (intent, result data.Record) {
	intent = data.Record{V: 1, ID: fmt.Sprintf("01J%023d", 2*id), TS: viewtest.Ago(ago), Host: "laptop", Actor: data.Actor{OSUser: "ana", Host: "laptop"},
		Op: op, Target: data.Target{Backend: "local", Name: target}, From: data.Subject{Weights: from}, To: data.Subject{Weights: to},
		Reason: "grow B", Confirm: "y", Phase: data.PhaseIntent, Text: op + " of " + target}
	result = intent
	result.ID, result.Intent, result.Phase, result.Result = fmt.Sprintf("01J%023d", 2*id+1), intent.ID, data.PhaseResult, data.ResultOK
	result.TookMS, result.Text, result.TS = 2300, "observed after 2s", intent.TS.Add(2300*time.Millisecond)
	return intent, result
}

func records() []data.Record {
	start, half := backends.Split{"A": 90, "B": 10}, backends.Split{"A": 70, "B": 30}
	i1, r1 := operation(1, 20*time.Hour, "split", "model-api", start, half)
	i2, r2 := operation(2, time.Hour, "rollback", "wine-api", nil, nil)
	i2.From, i2.To = data.Subject{ModelVersion: "2.3.1", Revision: 4}, data.Subject{ModelVersion: "2.3.0", Revision: 3}
	r2.Result, r2.Error, r2.From, r2.To = data.ResultFailed, "the model file is gone", i2.From, i2.To
	lost, _ := operation(3, 10*time.Minute, "split", "model-api", half, backends.Split{"A": 50, "B": 50})
	note, _ := operation(4, 5*time.Minute, data.OpNote, "model-api", nil, nil)
	note.Phase, note.Text, note.Reason, note.Confirm = data.PhaseNote, "looks like \x1b[31mthe cache", "", ""
	i5, r5 := operation(5, time.Minute, "scale", "model-api", nil, nil)
	i5.From, i5.To = data.Subject{Replicas: 3}, data.Subject{Replicas: 4}
	r5.From, r5.To = i5.From, i5.To
	return []data.Record{i1, r1, i2, r2, lost, note, i5, r5}
}

func open(t testing.TB, b *book, name string) *Screen {
	t.Helper()
	deps := viewtest.Deps(viewtest.Fleet())
	if b != nil {
		deps.Records = b
	}
	s := New(deps, name)
	s.ctx = t.Context()
	if cmd := s.read(); cmd != nil {
		s.Update(cmd())
	}
	return s
}

func text(s *Screen) string {
	return ansi.Strip(strings.Join(s.View(viewtest.Frame(160, 40)), "\n"))
}

func press(t *testing.T, s *Screen, key string) tea.Cmd {
	t.Helper()
	for _, b := range s.Bindings() {
		if slices.Contains(b.Keys, key) {
			if b.Off != "" {
				t.Fatalf("%s is off: %s", key, b.Off)
			}
			return viewtest.Act(b)
		}
	}
	t.Fatalf("no binding for %s", key)
	return nil
}

func TestGolden(t *testing.T) {
	detail := open(t, &book{records: records()}, "model-api")
	detail.move(1)
	detail.move(1)
	press(t, detail, "enter")
	for name, s := range map[string]*Screen{
		"records": open(t, &book{records: records()}, ""), "detail": detail, "none": open(t, nil, ""), "empty": open(t, &book{}, ""),
		"damaged": open(t, &book{records: records(), damage: &data.DamageError{Damage: []data.Damage{{File: "journal.jsonl", Line: 3, Text: "the chain is broken"}}}}, ""),
		"error":   open(t, &book{err: errors.New("permission denied")}, ""),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Golden(t, s, viewtest.Fleet()) })
	}
}

func TestEveryWidth(t *testing.T) {
	s := open(t, &book{records: records()}, "")
	for _, detail := range []bool{false, true} {
		s.detail = detail
		for width := 80; width <= 210; width += 7 {
			for height := 18; height <= 60; height += 6 {
				s.revision++
				f := viewtest.Frame(width, height)
				viewtest.Check(t, s.View(f), f)
			}
		}
	}
}

func TestIntentAndResultAreOneRow(t *testing.T) {
	rows := join(records(), "")
	var got []string
	for i := range rows {
		word, _ := rows[i].outcome(viewtest.Now, func(string) bool { return false })
		got = append(got, rows[i].head().Op+" "+word+" "+rows[i].change(" > "))
	}
	want := []string{"scale ok x3 > x4", "note note ", "split unknown: check 70/30 > 50/50",
		"rollback failed 2.3.1 > 2.3.0", "split ok 90/10 > 70/30"}
	if !slices.Equal(got, want) {
		t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := len(join(records(), "wine-api")); n != 1 {
		t.Errorf("%d rows of wine-api", n)
	}
}

func TestResultWithoutItsIntent(t *testing.T) {
	rows := join(records()[1:2], "")
	if word, _ := rows[0].outcome(viewtest.Now, nil); len(rows) != 1 || word != "ok" {
		t.Errorf("a result whose intent is before the range gives %d rows, %q", len(rows), word)
	}
}

func TestUnknownIntentIsTold(t *testing.T) {
	s := open(t, &book{records: records()}, "")
	if out := text(s); !strings.Contains(out, "1 unknown: check") || !strings.Contains(out, "? ") {
		t.Errorf("an intent without a result must be told:\n%s", out)
	}
	s.deps.Running = &views.Running{}
	s.deps.Running.Begin(t.Context(), "model-api", "split of model-api")
	s.revision++
	if out := text(s); strings.Contains(out, "unknown") || !strings.Contains(out, "running") {
		t.Errorf("what runs now is not unknown:\n%s", out)
	}
}

func TestChain(t *testing.T) {
	b := &book{records: records()}
	s := open(t, b, "")
	if out := text(s); !strings.Contains(out, "chain ok") {
		t.Errorf("no word about the chain:\n%s", out)
	}
	s.Update(s.read()())
	if b.checks != 1 {
		t.Errorf("%d checks within %s", b.checks, verifyEvery)
	}
	b.damage = errors.New("line 3: the chain is broken")
	s.Update(s.Update(ui.Refresh{})())
	if out := text(s); !strings.Contains(out, "the chain is broken") || strings.Contains(out, "chain ok") {
		t.Errorf("the damage is not told:\n%s", out)
	}
	s.deps.Records = unverified{b}
	s.revision++
	if out := text(s); strings.Contains(out, "chain") {
		t.Errorf("a journal that cannot be checked is judged:\n%s", out)
	}
}

func TestSpans(t *testing.T) {
	b := &book{records: records()}
	s := open(t, b, "")
	slow := s.read() // of 24h, still under way
	for _, want := range []time.Time{viewtest.Ago(7 * 24 * time.Hour), {}, viewtest.Ago(time.Hour)} {
		s.Update(press(t, s, "t")())
		if got := b.since[len(b.since)-1]; !got.Equal(want) {
			t.Errorf("read since %v, want %v", got, want)
		}
	}
	b.records = nil
	s.Update(slow())
	if len(s.rows) == 0 {
		t.Error("a late answer of another span was shown")
	}
}

func TestFilterAndDetail(t *testing.T) {
	s := open(t, &book{records: records()}, "")
	press(t, s, "/")
	for _, r := range "FAILED gone" {
		s.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	s.Type(tea.KeyPressMsg{Code: tea.KeyEnter})
	if len(s.shown) != 1 || s.shown[0].head().Op != "rollback" {
		t.Fatalf("%d rows match", len(s.shown))
	}
	press(t, s, "enter")
	if out := text(s); !strings.Contains(out, "the model file is gone") || !strings.Contains(out, "confirmed") {
		t.Errorf("the detail lacks fields:\n%s", out)
	}
	if got := press(t, s, "d")(); got != (ui.Go{To: ui.Place{Screen: "deployment", Name: "wine-api"}}) {
		t.Errorf("d gives %v", got)
	}
	for i, want := range []bool{true, true, false} { // the detail, the filter, nothing
		if got := s.Escape(); got != want {
			t.Errorf("esc %d closed something: %v", i+1, got)
		}
	}
	if len(s.shown) != 5 {
		t.Errorf("%d rows without a filter", len(s.shown))
	}
}

func TestReadErrorKeepsWhatIsKnown(t *testing.T) {
	b := &book{records: records()}
	s := open(t, b, "")
	b.err = errors.New("input/output error")
	s.Update(s.read()())
	if out := text(s); !strings.Contains(out, "input/output error") || !strings.Contains(out, "rollback") {
		t.Errorf("after an error:\n%s", out)
	}
}

func TestNote(t *testing.T) {
	s := open(t, &book{records: records()}, "")
	if i := slices.IndexFunc(s.Bindings(), func(b ui.Binding) bool { return b.Help == "note" }); s.Bindings()[i].Off == "" {
		t.Error("read-only: a note must be off with its reason")
	}
	written := ""
	s.deps.Note = func(deployment, text string) error { written = deployment + ": " + text; return nil }
	press(t, s, "n")
	for _, r := range "all well" {
		s.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	s.Update(s.Type(tea.KeyPressMsg{Code: tea.KeyEnter})())
	if written != "model-api: all well" || !s.reading {
		t.Errorf("written %q, reading %v", written, s.reading)
	}
}

func TestReadsOnlyWhileLookedAt(t *testing.T) {
	s := open(t, &book{records: records()}, "")
	text(s)
	s.Update(beatMsg{s})
	if !s.reading {
		t.Error("a screen that is looked at must read")
	}
	s.reading = false
	s.Update(beatMsg{s})
	if s.reading {
		t.Error("a screen that nobody looks at must not read")
	}
}

func TestKeysDoNotClash(t *testing.T) {
	if err := ui.CheckBindings(ui.Table{Screen: "journal", Bindings: open(t, &book{records: records()}, "").Bindings()}); err != nil {
		t.Error(err)
	}
}

func BenchmarkView(b *testing.B) {
	var many []data.Record
	for i := range 10_000 {
		intent, result := operation(i, time.Duration(10_000-i)*time.Second, "split", "model-api", nil, backends.Split{"A": 50, "B": 50})
		many = append(many, intent, result)
	}
	s := open(b, &book{records: many}, "")
	f := viewtest.Frame(200, 58)
	b.ReportAllocs()
	for b.Loop() {
		s.revision++
		s.View(f)
	}
}

// TestNoReplicasIsANumber: scaled to nothing, and from it.
func TestNoReplicasIsANumber(t *testing.T) {
	down := row{intent: &data.Record{Op: "scale", From: data.Subject{Replicas: 1}}}
	up := row{intent: &data.Record{Op: "scale", To: data.Subject{Replicas: 2}}}
	if a, b := down.change(" > "), up.change(" > "); a != "x1 > x0" || b != "x0 > x2" {
		t.Errorf("got %q and %q", a, b)
	}
}
