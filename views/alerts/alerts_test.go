package alerts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/ui"
	"pitwall/views/viewtest"
)

// happened is an Eventer and a views.Records on fixed answers.
type happened struct {
	events  []backends.Event
	records []journal.Record
	err     error
}

func (h *happened) Events(context.Context, string, time.Time) ([]backends.Event, error) {
	return h.events, h.err
}

func (h *happened) Records(time.Time) ([]journal.Record, error) { return h.records, nil }

func incident() *happened {
	actor := journal.Actor{OSUser: "ana", Host: "laptop"}
	target := journal.Target{Name: "model-api"}
	return &happened{
		events: []backends.Event{
			{At: viewtest.Ago(50 * time.Minute), Deployment: "model-api", Kind: "deploy", State: backends.OK, Text: "B runs 1.1.0"},
			{At: viewtest.Ago(12 * time.Minute), Deployment: "model-api", Kind: "split", State: backends.OK, Text: "split A=90 B=10 to A=70 B=30"},
			{At: viewtest.Ago(10 * time.Minute), Deployment: "model-api", Variant: "B", Kind: "alert", State: backends.Fail, Text: "HighErrorRatio: 6.9 % of the requests to B fail"},
			{At: viewtest.Ago(9 * time.Second), Deployment: "model-api", Variant: "B", Replica: "model-api-B-1", Kind: "exit", State: backends.Fail, Text: "model-api-B-1 exited with status 3\x1b[31m"},
			{At: viewtest.Ago(30 * time.Minute), Deployment: "wine-api", Kind: "restart", State: backends.Progressing, Text: "restart of A began"},
			{At: viewtest.Ago(13 * time.Minute), Kind: "scenario", State: backends.Warn, Text: "practice: errors"},
		},
		records: []journal.Record{
			{ID: "1", TS: viewtest.Ago(12*time.Minute + time.Second), Actor: actor, Op: "split", Target: target, Phase: journal.PhaseIntent},
			{ID: "2", TS: viewtest.Ago(12 * time.Minute), Actor: actor, Op: "split", Target: target, Phase: journal.PhaseResult, Intent: "1", Result: journal.ResultOK, Text: "applied", Reason: "grow B"},
			{ID: "3", TS: viewtest.Ago(5 * time.Minute), Actor: actor, Op: journal.OpNote, Target: target, Phase: journal.PhaseNote, Text: "looks like the new features"},
			{ID: "4", TS: viewtest.Ago(4 * time.Minute), Actor: actor, Op: "rollback", Target: target, Phase: journal.PhaseIntent, Text: "roll B back to 1.0.0"},
		},
	}
}

// open makes the screen with its timeline read.
func open(t *testing.T, snapshot *fleet.Snapshot, name string, h *happened) *Screen {
	t.Helper()
	deps := viewtest.Deps(snapshot)
	if h != nil {
		deps.Events, deps.Records = h, h
	}
	s := New(deps, name)
	s.ctx = t.Context()
	if cmd := s.read(); cmd != nil {
		s.Update(cmd())
	}
	return s
}

func text(s ui.Screen, width, height int) string {
	return ansi.Strip(strings.Join(s.View(viewtest.Frame(width, height)), "\n"))
}

func press(t *testing.T, s ui.Screen, key string) tea.Cmd {
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

func runbooks() *fleet.Snapshot {
	s := viewtest.Fleet()
	s.Alerts[0].Runbook = "Compare the variants on the deployment screen. If only the candidate fails, move its traffic back to A."
	s.Alerts[0].Labels = map[string]string{"severity": "critical", "team": "fraud"}
	return s
}

func TestGolden(t *testing.T) {
	quiet := viewtest.Fleet()
	quiet.Alerts = nil
	for name, c := range map[string]struct {
		snapshot *fleet.Snapshot
		happened *happened
	}{
		"trouble": {runbooks(), incident()}, "quiet": {quiet, &happened{}}, "hostile": {hostile(), incident()},
		"dead": {viewtest.Dead(), &happened{err: errors.New("dial: refused")}}, "nostack": {viewtest.NoStack(), nil},
	} {
		t.Run(name, func(t *testing.T) { viewtest.Golden(t, open(t, c.snapshot, "", c.happened), c.snapshot) })
	}
}

func hostile() *fleet.Snapshot {
	s := viewtest.Hostile()
	for _, r := range s.Rows {
		for _, a := range r.Alerts {
			a.Deployment, a.Runbook, a.Labels = r.Deployment.Name, "run\x1b[2Jbook\n2", map[string]string{"l\x1b[1m": "v\x07"}
			s.Alerts = append(s.Alerts, a)
		}
	}
	return s
}

func TestEveryWidth(t *testing.T) {
	s := open(t, hostile(), "", incident())
	for width := 80; width <= 210; width += 7 {
		for height := 18; height <= 60; height += 3 {
			f := viewtest.Frame(width, height)
			viewtest.Check(t, s.View(f), f)
		}
	}
}

func TestCriticalFirst(t *testing.T) {
	snapshot := viewtest.Fleet()
	snapshot.Alerts = []backends.Alert{
		{Name: "Soon", Severity: "critical", State: "pending", Deployment: "model-api", Since: viewtest.Ago(time.Hour)},
		{Name: "Mild", Severity: "warning", State: "firing", Deployment: "model-api", Since: viewtest.Ago(2 * time.Hour)},
		{Name: "Late", Severity: "critical", State: "firing", Deployment: "model-api", Since: viewtest.Ago(time.Minute)},
		{Name: "Early", Severity: "critical", State: "firing", Deployment: "model-api", Since: viewtest.Ago(time.Hour)},
		{Name: "Other", Severity: "critical", State: "firing", Deployment: "wine-api"},
	}
	var names []string
	for _, a := range ordered(snapshot, "model-api") {
		names = append(names, a.Name)
	}
	if want := []string{"Early", "Late", "Mild", "Soon"}; !slices.Equal(names, want) {
		t.Errorf("order %v, want %v", names, want)
	}
}

func TestSilenceIsNotAllGood(t *testing.T) {
	empty := func(s *fleet.Snapshot) *fleet.Snapshot { s.Alerts = nil; return s }
	partial := empty(viewtest.Fleet())
	partial.Sources[1].Err = errors.New("alerts: HTTP 500")
	alone := empty(viewtest.Fleet())
	alone.Sources = alone.Sources[:1]
	for name, c := range map[string]struct {
		snapshot *fleet.Snapshot
		good     bool
		says     string
	}{
		"live":       {empty(viewtest.Fleet()), true, "as of 2s ago"},
		"dead":       {empty(viewtest.Dead()), false, "connection refused"},
		"partial":    {partial, false, "HTTP 500"},
		"connecting": {empty(viewtest.Connecting()), false, "prometheus is connecting"},
		"alone":      {alone, false, "no Prometheus"},
	} {
		for _, plain := range []bool{false, true} {
			f := viewtest.Frame(200, 40)
			f.Plain = plain
			out := ansi.Strip(strings.Join(open(t, c.snapshot, "", nil).View(f), "\n"))
			if got := strings.Contains(out, "nothing fires"); got != c.good {
				t.Errorf("%s, plain %v: says that nothing fires: %v", name, plain, got)
			}
			if got := strings.Contains(out, "alerts are unknown"); got == c.good {
				t.Errorf("%s, plain %v: says that alerts are unknown: %v", name, plain, got)
			}
			if !strings.Contains(out, c.says) {
				t.Errorf("%s, plain %v: does not say %q:\n%s", name, plain, c.says, out)
			}
		}
	}
}

func TestTimelineMergesEventsAndJournal(t *testing.T) {
	s := open(t, viewtest.Fleet(), "model-api", incident())
	var kinds []string
	for _, m := range s.moments {
		kinds = append(kinds, m.Kind)
	}
	if want := []string{"exit", "rollback", "note", "alert", "split", "scenario", "deploy"}; !slices.Equal(kinds, want) {
		t.Fatalf("timeline %v, want %v", kinds, want)
	}
	if m := s.moments[4]; m.By != "ana@laptop" || m.Reason != "grow B" {
		t.Errorf("the split is by %q for %q: the journal knows better", m.By, m.Reason)
	}
	if m := s.moments[1]; m.State != backends.Unknown || !strings.Contains(m.Text, "check") {
		t.Errorf("an intent without result is %s: %q", m.State, m.Text)
	}
}

func TestTimelineSurvivesErrors(t *testing.T) {
	h := incident()
	s := open(t, viewtest.Fleet(), "", h)
	h.err, h.records = errors.New("socket gone"), nil
	s.Update(s.read()())
	if out := text(s, 120, 40); !strings.Contains(out, "socket gone") || !strings.Contains(out, "B runs 1.1.0") {
		t.Errorf("after an error the old timeline must stand beside it:\n%s", out)
	}
}

func TestKeysActOnTheRowUnderTheCursor(t *testing.T) {
	s := open(t, viewtest.Fleet(), "", incident())
	for key, screen := range map[string]string{"enter": "deployment", "s": "split", "x": "explain", "l": "logs"} {
		if got := press(t, s, key)(); got != (ui.Go{To: ui.Place{Screen: screen, Name: "model-api"}}) {
			t.Errorf("%s gives %v", key, got)
		}
	}
	press(t, s, "tab")
	press(t, s, "G")
	press(t, s, "k")
	if got := press(t, s, "enter")(); got != (ui.Go{To: ui.Place{Screen: "deployment", Name: "wine-api"}}) {
		t.Errorf("enter in the timeline gives %v", got)
	}
}

func TestNote(t *testing.T) {
	s := open(t, viewtest.Fleet(), "", incident())
	i := slices.IndexFunc(s.Bindings(), func(b ui.Binding) bool { return b.Help == "note" })
	if s.Bindings()[i].Off == "" {
		t.Error("without Deps.Note a note must be off with its reason")
	}
	var written []string
	fail := errors.New("no space left")
	s.deps.Note = func(deployment, text string) error {
		written = append(written, deployment+": "+text)
		return fail
	}
	press(t, s, "n")
	for _, r := range "it is the cache" {
		s.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	if !strings.Contains(text(s, 80, 22), "note on model-api: it is the cache") {
		t.Error("the note that is typed must be seen")
	}
	toast := s.Update(s.Type(tea.KeyPressMsg{Code: tea.KeyEnter})())().(ui.Toast)
	if toast.Level != ui.Failure || !strings.Contains(toast.Text, "no space left") {
		t.Errorf("toast %v", toast)
	}
	press(t, s, "n") // the text is still there
	fail = nil
	s.Update(s.Type(tea.KeyPressMsg{Code: tea.KeyEnter})())
	if want := "model-api: it is the cache"; len(written) != 2 || written[1] != want || s.Typing() {
		t.Errorf("written %q", written)
	}
}

func TestReadsOnlyWhileLookedAt(t *testing.T) {
	s := open(t, viewtest.Fleet(), "", incident())
	text(s, 80, 22)
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
	s := open(t, viewtest.Fleet(), "", incident())
	if err := ui.CheckBindings(ui.Table{Screen: "alerts", Bindings: s.Bindings()}); err != nil {
		t.Error(err)
	}
}

func BenchmarkView(b *testing.B) {
	s := New(viewtest.Deps(viewtest.Many(1000)), "")
	f := viewtest.Frame(200, 58)
	for b.Loop() {
		s.revision++
		s.View(f)
	}
}
