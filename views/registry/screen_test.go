package registry

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
	"pitwall/backends/mlflow"
	"pitwall/backends/operation"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/review"
	"pitwall/views/viewtest"
)

// shelf is a views.Registry on fixed answers.
type shelf struct {
	models   []mlflow.Model
	versions map[string][]mlflow.Version
	details  map[string]mlflow.Detail // by number
	err      error                    // of every list
	wrong    error                    // of every detail
	asked    []string
}

func (s *shelf) Where() string { return "https://mlflow.example" }

func (s *shelf) Models(context.Context) ([]mlflow.Model, error) {
	s.asked = append(s.asked, "models")
	return s.models, s.err
}

func (s *shelf) Versions(_ context.Context, name string) (mlflow.Model, []mlflow.Version, error) {
	s.asked = append(s.asked, "versions of "+name)
	for _, m := range s.models {
		if m.Name == name && s.err == nil {
			return m, s.versions[name], nil
		}
	}
	if s.err == nil {
		return mlflow.Model{}, nil, &mlflow.Error{Doing: "read model " + name, Status: 404, Code: mlflow.CodeNotFound, Message: "not found"}
	}
	return mlflow.Model{}, nil, s.err
}

func (s *shelf) Measured(_ context.Context, v mlflow.Version) mlflow.Detail {
	s.asked = append(s.asked, "run of "+v.Number)
	d := s.details[v.Number]
	d.Version, d.Signature, d.Files, d.Bytes = v, nil, nil, 0
	return d
}

func (s *shelf) Detail(_ context.Context, _, number string) (mlflow.Detail, error) {
	s.asked = append(s.asked, "detail of "+number)
	d := s.details[number]
	for _, list := range s.versions {
		for _, v := range list {
			if v.Number == number {
				d.Version = v
			}
		}
	}
	return d, s.wrong
}

// stock is a registry of three models. Champion of model-api was moved to
// version 3, which nobody serves yet.
func stock() *shelf {
	version := func(number, name, stage string, ago time.Duration, aliases ...string) mlflow.Version {
		return mlflow.Version{Model: "model-api", Number: number, Stage: stage, Status: "READY", Created: viewtest.Ago(ago), Updated: viewtest.Ago(ago),
			Source: "runs:/f00d" + number + "/model", RunID: "f00d" + number, Aliases: aliases, Description: "random forest, trained on churn " + number,
			Tags: map[string]string{mlflow.TagVersion: name, "validation_status": "approved"}}
	}
	pending := version("4", "1.3.0", "None", time.Minute)
	pending.Status, pending.RunID, pending.Description = "PENDING_REGISTRATION", "", ""
	run := func(number string, accuracy float64) mlflow.Detail {
		metrics := []mlflow.Metric{{Key: "accuracy", Value: accuracy}, {Key: "auc", Value: accuracy + .01}, {Key: "training_loss", Value: .2}}
		return mlflow.Detail{Metrics: metrics, Params: map[string]string{"trees": "1" + number + "0", "depth": "8"}, Unknown: map[string]string{}, Bytes: 3 << 20,
			Run: &mlflow.Run{ID: "f00d" + number, Name: "nightly-" + number, User: "ana", Status: "FINISHED", Ended: viewtest.Ago(50 * time.Hour), Metrics: metrics,
				Inputs: []mlflow.Dataset{{Name: "churn-test", Digest: "9f86d081"}}},
			Signature: &mlflow.Signature{Inputs: []mlflow.Field{{Name: "mean radius", Type: "double"}, {Name: "region", Type: "string", Optional: true}}, Outputs: []mlflow.Field{{Type: "double"}}},
			Files:     []mlflow.Artifact{{Path: "model", Dir: true}, {Path: "model/MLmodel", Bytes: 812}, {Path: "model/model.onnx", Bytes: 3<<20 - 812}}}
	}
	two := run("2", .93)
	two.Signature, two.Unknown[mlflow.PartSignature] = nil, "it was logged without a signature"
	return &shelf{
		models: []mlflow.Model{
			{Name: "churn", Description: "nightly", Created: viewtest.Ago(900 * time.Hour), Updated: viewtest.Ago(30 * time.Hour), Tags: map[string]string{"owner": "risk"}},
			{Name: "model-api", Description: "breast cancer, scored at admission", Created: viewtest.Ago(900 * time.Hour), Updated: viewtest.Ago(time.Minute), Tags: map[string]string{"owner": "care"},
				Aliases: map[string]string{mlflow.Champion: "3", mlflow.Challenger: "2", mlflow.Previous: "1"}, Latest: []mlflow.Version{{Number: "1", Stage: "Production"}, {Number: "4"}}},
			{Name: "wine-api", Updated: viewtest.Ago(40 * time.Hour), Aliases: map[string]string{mlflow.Champion: "1"}, Latest: []mlflow.Version{{Number: "1"}}},
		},
		versions: map[string][]mlflow.Version{
			"model-api": {pending, version("3", "1.2.0", "None", 2*time.Hour, mlflow.Champion), version("2", "1.1.0", "Staging", 50*time.Hour, mlflow.Challenger), version("1", "1.0.0", "Production", 900*time.Hour, mlflow.Previous)},
			"wine-api":  {{Model: "wine-api", Number: "1", Status: "READY", Tags: map[string]string{mlflow.TagVersion: "2.3.1"}, Aliases: []string{mlflow.Champion}}},
		},
		details: map[string]mlflow.Detail{
			"1": run("1", .91), "2": two, "3": run("3", .95),
			"4": {Unknown: map[string]string{mlflow.PartRun: "no run made this version", mlflow.PartMetrics: "no run made this version", mlflow.PartSignature: "it was logged without a signature", mlflow.PartFiles: "there is nothing at its source"}},
		},
	}
}

// bench is a screen whose commands run at once; beats come when the test says so.
type bench struct {
	ui.Screen
	t        *testing.T
	now      time.Time
	fleet    *fleet.Snapshot
	shelf    *shelf
	toasts   []string
	hold     bool // commands wait in held
	held     []tea.Cmd
	champion viewtest.Operations
	reviews  int // dialogs that were opened
}

func open(t *testing.T, s *shelf, snapshot *fleet.Snapshot, model string) *bench {
	t.Helper()
	b := &bench{t: t, now: viewtest.Now, fleet: snapshot, shelf: s}
	deps := viewtest.Deps(snapshot)
	deps.Now = func() time.Time { return b.now }
	if s != nil {
		deps.Registry, deps.Champion, deps.Running = s, &b.champion, &views.Running{}
	}
	b.Screen = New(deps, model)
	k := b.desk()
	k.poll.random = func() float64 { return 0 }
	k.tick = func(time.Duration, func(time.Time) tea.Msg) tea.Cmd { return nil } // beat lets time pass
	return b
}

// entered is open, with everything read.
func entered(t *testing.T, s *shelf, snapshot *fleet.Snapshot, model string) *bench {
	t.Helper()
	b := open(t, s, snapshot, model)
	b.run(b.Enter(t.Context()))
	return b
}

func (b *bench) desk() *desk {
	if s, ok := b.Screen.(*Models); ok {
		return &s.desk
	}
	return &b.Screen.(*Versions).desk
}

func (b *bench) versions() *Versions { return b.Screen.(*Versions) }

// run carries out what a command brings, or keeps it for later.
func (b *bench) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if b.hold {
		b.held = append(b.held, cmd)
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			b.run(c)
		}
	case ui.Toast:
		b.toasts = append(b.toasts, msg.Text)
	case ui.OpenDialog:
		b.reviews++
	default:
		b.run(b.Update(msg))
	}
}

// beat lets time pass to the next beat.
func (b *bench) beat(after time.Duration) {
	b.now = b.now.Add(after)
	b.run(b.Update(beatMsg{b.desk()}))
}

func (b *bench) frame(width, height int) ui.Frame {
	f := viewtest.Frame(width, height)
	f.Now = b.now
	return f
}

func (b *bench) text() string {
	return ansi.Strip(strings.Join(b.View(b.frame(200, 60)), "\n"))
}

func (b *bench) shows(want ...string) {
	b.t.Helper()
	text := b.text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			b.t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func (b *bench) lacks(unwanted ...string) {
	b.t.Helper()
	text := b.text()
	for _, w := range unwanted {
		if strings.Contains(text, w) {
			b.t.Errorf("%q in\n%s", w, text)
		}
	}
}

func (b *bench) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		if typer := b.Screen.(ui.Typer); typer.Typing() {
			k := tea.KeyPressMsg{Text: key}
			switch key {
			case "enter":
				k = tea.KeyPressMsg{Code: tea.KeyEnter}
			case "esc":
				k = tea.KeyPressMsg{Code: tea.KeyEscape}
			}
			b.run(typer.Type(k))
			continue
		}
		x := b.binding(key)
		if x.Off != "" {
			b.t.Fatalf("%s is off: %s", key, x.Off)
		}
		if x.Run != nil {
			b.run(x.Run())
		}
	}
}

func (b *bench) binding(key string) ui.Binding {
	b.t.Helper()
	at := slices.IndexFunc(b.Bindings(), func(x ui.Binding) bool { return slices.Contains(x.Keys, key) })
	if at < 0 {
		b.t.Fatalf("no binding for %q", key)
	}
	return b.Bindings()[at]
}

// away makes the registry fail after a first reading that is minutes old.
func (b *bench) away(err error) {
	b.View(b.frame(120, 40))
	b.shelf.err = err
	b.beat(3 * time.Minute)
}

var refused = &mlflow.Error{Doing: "list versions of model-api", Message: "no connection to mlflow.example: connection refused", Hint: "does it run, and is the URL right?"}

func TestGolden(t *testing.T) {
	for name, arrange := range map[string]func(t *testing.T) *bench{
		"models": func(t *testing.T) *bench { b := entered(t, stock(), viewtest.Fleet(), ""); b.press("j"); return b },
		"versions": func(t *testing.T) *bench {
			b := entered(t, stock(), viewtest.Fleet(), "model-api")
			b.press("j")
			return b
		},
		"whole": func(t *testing.T) *bench {
			b := entered(t, stock(), viewtest.Fleet(), "model-api")
			b.press("j", "j", "enter")
			return b
		},
		"compared": func(t *testing.T) *bench {
			b := entered(t, stock(), viewtest.Fleet(), "model-api")
			b.press("j", "j", "m", "k")
			return b
		},
		"away": func(t *testing.T) *bench {
			b := entered(t, stock(), viewtest.Fleet(), "model-api")
			b.now = viewtest.Ago(3 * time.Minute)
			b.desk().poll.at, b.desk().poll.next = b.now, b.now
			b.away(refused)
			return b
		},
		"filtered": func(t *testing.T) *bench {
			b := entered(t, stock(), viewtest.Fleet(), "")
			b.press("/", "w", "i")
			return b
		},
		"none":    func(t *testing.T) *bench { return open(t, nil, viewtest.Fleet(), "") },
		"reading": func(t *testing.T) *bench { return open(t, stock(), viewtest.Fleet(), "model-api") },
		"refused": func(t *testing.T) *bench {
			s := stock()
			s.err = refused
			return entered(t, s, viewtest.Fleet(), "model-api")
		},
		"no model": func(t *testing.T) *bench { return entered(t, stock(), viewtest.Fleet(), "fraud") },
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			b := arrange(t)
			b.now = viewtest.Now
			viewtest.Golden(t, b.Screen, b.fleet)
		})
	}
}

func TestEveryWidth(t *testing.T) {
	for _, b := range []*bench{entered(t, stock(), viewtest.Fleet(), ""), entered(t, stock(), viewtest.Fleet(), "model-api")} {
		for _, whole := range []bool{false, true} {
			b.desk().whole = whole
			for width := 80; width <= 210; width += 7 {
				for height := 18; height <= 60; height += 6 {
					b.desk().revision++
					f := b.frame(width, height)
					viewtest.Check(t, b.View(f), f)
				}
			}
		}
	}
}

// TestHostileTexts: names, tags, metrics and errors cannot break out of their cells.
func TestHostileTexts(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[31mred\x1b[2J\r\n日本語 \u202egpj\x9b5m\x00"
	s := stock()
	s.models = append(s.models, mlflow.Model{Name: evil, Description: evil, Aliases: map[string]string{evil: evil}, Tags: map[string]string{evil: evil}, Latest: []mlflow.Version{{Number: evil}}})
	s.versions[evil] = []mlflow.Version{
		{Model: evil, Number: evil, Description: evil, Stage: evil, Status: evil, StatusMessage: evil, Source: evil, RunID: evil, Tags: map[string]string{evil: evil, mlflow.TagVersion: evil}, Aliases: []string{evil}},
		{Model: evil, Number: "2"},
	}
	s.details[evil] = mlflow.Detail{Run: &mlflow.Run{ID: evil, Name: evil, User: evil, Status: evil, Inputs: []mlflow.Dataset{{Name: evil, Digest: evil}}},
		Metrics: []mlflow.Metric{{Key: evil, Dataset: evil}}, Params: map[string]string{evil: evil}, Signature: &mlflow.Signature{Inputs: []mlflow.Field{{Name: evil, Type: evil}}},
		Files: []mlflow.Artifact{{Path: evil, Bytes: 1}}, Unknown: map[string]string{mlflow.PartFiles: evil}}
	snapshot := viewtest.Hostile()
	row := viewtest.ModelAPI()
	row.Deployment.Name = evil
	snapshot.Rows = append(snapshot.Rows, row)
	for _, model := range []string{"", evil} {
		s.err = nil
		b := entered(t, s, snapshot, model)
		check := func() {
			for _, size := range viewtest.Sizes {
				f := b.frame(size.Width, size.Height)
				viewtest.Check(t, b.View(f), f)
			}
			plain := b.frame(120, 40)
			plain.Plain = true
			if text := ansi.Strip(strings.Join(b.View(plain), "\n")); strings.ContainsAny(text, "\x1b\x07\x00\r\u202e\u009b") {
				t.Errorf("plain text holds a control: %q", text)
			}
		}
		check()
		b.press("G")
		check()
		if model != "" {
			b.press("m", "k")
			check()
			b.press("enter")
			check()
			b.press("enter")
			if promotion(s.versions[evil][0]) != "" {
				t.Error("a command line holds the hostile name")
			}
		}
		b.away(errors.New(evil))
		check()
	}
}

// TestReadsOnlyWhileLookedAt: every 15 to 30 s, and not while another screen
// covers this one.
func TestReadsOnlyWhileLookedAt(t *testing.T) {
	for model, list := range map[string]string{"": "models", "wine-api": "versions of wine-api"} {
		b := entered(t, stock(), viewtest.Fleet(), model)
		b.desk().poll.random = func() float64 { return 0.999 }
		lists := func() int {
			return len(slices.DeleteFunc(slices.Clone(b.shelf.asked), func(a string) bool { return a != list }))
		}
		look := func(d time.Duration, want int, when string) {
			t.Helper()
			b.View(b.frame(120, 40))
			b.beat(d)
			if n := lists(); n != want {
				t.Errorf("%s: %q was read %d times, not %d", when, list, n, want)
			}
		}
		look(14*time.Second, 1, "before 15 s")
		look(2*time.Second, 2, "after 15 s")
		look(28*time.Second, 2, "before 30 s, with the most jitter")
		look(3*time.Second, 3, "after 30 s")
		for range 100 {
			b.beat(beat)
		}
		if n := lists(); n != 3 {
			t.Errorf("%q was read %d times while nobody looked", list, n-3)
		}
		look(beat, 4, "when somebody looks again")
		b.run(b.Update(ui.Refresh{}))
		if lists() != 5 {
			t.Error("r did not read")
		}
	}
}

func TestScreenThatWasLeftEnds(t *testing.T) {
	b := open(t, stock(), viewtest.Fleet(), "model-api")
	ctx, leave := context.WithCancel(t.Context())
	b.run(b.Enter(ctx))
	leave()
	b.View(b.frame(120, 40))
	before := len(b.shelf.asked)
	if b.now = b.now.Add(time.Minute); b.Update(beatMsg{b.desk()}) != nil || len(b.shelf.asked) != before {
		t.Error("the clock of a screen that was left goes on")
	}
}

// TestOneVersionIsReadAtATime: first the one under the cursor in full, then the
// runs of those on screen; the reading of one that the cursor has left is given up.
func TestOneVersionIsReadAtATime(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "model-api")
	if want := []string{"versions of model-api", "detail of 4", "run of 3", "run of 2", "run of 1"}; !slices.Equal(b.shelf.asked, want) {
		t.Errorf("asked for %q, want %q", b.shelf.asked, want)
	}
	b.shelf.asked = nil
	b.hold = true
	b.press("j", "j") // the reading of 3 is not carried out before the cursor leaves it
	b.hold = false
	for _, cmd := range b.held {
		b.run(cmd)
	}
	if s := b.versions(); s.facts.known["3"].full || !s.facts.known["2"].full || s.facts.known["3"].err != nil {
		t.Errorf("asked for %q; known %+v", b.shelf.asked, s.facts.known)
	}
	b.shelf.asked = nil
	b.View(b.frame(120, 40))
	b.beat(keep + time.Second)
	if !slices.Contains(b.shelf.asked, "detail of 2") || !slices.Contains(b.shelf.asked, "run of 1") {
		t.Errorf("after %v it asked for %q only", keep, b.shelf.asked)
	}
}

// TestAliasThatMovesIsTold: nothing else in the registry changes with it.
func TestAliasThatMovesIsTold(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "model-api")
	b.shows("alias moved, not rolled out")
	b.shelf.models[1].Aliases = map[string]string{mlflow.Champion: "1", mlflow.Challenger: "2", "next": "4"}
	b.shelf.versions["model-api"][3].Aliases, b.shelf.versions["model-api"][1].Aliases = []string{mlflow.Champion}, nil
	b.View(b.frame(120, 40))
	b.beat(time.Minute)
	want := []string{"alias champion of model-api moved from version 3 to 1", "alias next of model-api is new: version 4", "alias previous of model-api was removed from version 1"}
	if !slices.Equal(b.toasts, want) {
		t.Errorf("told %q, want %q", b.toasts, want)
	}
	b.shows("aliases agree")
	b.lacks("alias moved, not rolled out")
}

// TestMismatchesFollowTheFleet: a rollout ends one without any reading.
func TestMismatchesFollowTheFleet(t *testing.T) {
	for _, model := range []string{"", "model-api"} {
		b := entered(t, stock(), viewtest.Fleet(), model)
		b.press("j")
		b.shows("champion is version 3, and model-api A serves version 1")
		asked := len(b.shelf.asked)
		rolled := viewtest.Fleet()
		rolled.Rows[0].Deployment.Variants[0].Version = "1.2.0"
		b.run(b.Update(views.SnapshotMsg{Snapshot: rolled}))
		b.lacks("champion is version 3, and")
		unregistered := viewtest.Fleet()
		unregistered.Rows[0].Deployment.Variants[0].Version = "9.9"
		b.run(b.Update(views.SnapshotMsg{Snapshot: unregistered}))
		b.shows("model-api A serves 9.9, which the registry does not know")
		if len(b.shelf.asked) != asked {
			t.Errorf("snapshots made it ask for %q", b.shelf.asked[asked:])
		}
	}
}

// TestUnknownFleetIsNotNothingServed: without a backend nobody knows who serves.
func TestUnknownFleetIsNotNothingServed(t *testing.T) {
	b := entered(t, stock(), viewtest.NoStack(), "model-api")
	b.shows("what is deployed is not known: local: no local stack runs", "serving at  – local: no local stack runs")
	b.lacks("no deployment has this name", "aliases agree")
	if b.binding("d").Off == "" || b.binding("c").Off == "" {
		t.Error("a deployment that is not there can be opened")
	}
}

// TestUnreadRegistryKnowsOfNoMismatch: what was not read disagrees with nothing.
func TestUnreadRegistryKnowsOfNoMismatch(t *testing.T) {
	s := stock()
	s.err = refused
	b := entered(t, s, viewtest.Fleet(), "model-api")
	b.shows("The registry cannot be read:", "connection refused")
	b.lacks("not in the registry", "does not know")
}

func TestComparison(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "model-api")
	if b.binding("v").Off == "" {
		t.Error("there is nothing to compare yet")
	}
	b.press("j", "m")
	b.lacks("change")
	b.press("j", "j")
	b.shows("version 3  1.2.0 and version 1  1.0.0", "accuracy", "-0.04", "trees", "130", "110", "equal, v shows them too")
	b.lacks("training_loss")
	b.press("v")
	b.shows("training_loss", "same")
	b.press("k") // version 2, whose signature is not known
	b.shows("not known", "its signature is not known: it was logged")
	b.lacks("gone")
	b.press("m", "j", "m", "m") // another mark, then none
	b.lacks("change", " and version")
}

func TestWholeAndFilterEndWithEscape(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "model-api")
	escape := func() bool { return b.Screen.(ui.Escaper).Escape() }
	b.press("/", "stag", "enter", "enter")
	b.shows("stage       Staging")
	b.lacks("VERS")
	if !escape() {
		t.Error("esc left the screen with a version on the whole of it")
	}
	b.shows("1 of 4", "1.1.0")
	b.lacks("1.3.0")
	if !escape() || escape() {
		t.Error("esc does not clear the filter first and leave then")
	}
	b.shows("1.3.0")
	b.press("/", "nothing", "enter")
	b.shows("No version matches nothing.")
	if off := b.binding("m").Off; off == "" {
		t.Error("no version can be marked")
	}
}

func TestModelsLeadOn(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "")
	if b.binding("d").Off == "" {
		t.Error("churn is deployed nowhere, and d leads to it")
	}
	b.press("j")
	for key, want := range map[string]ui.Place{"enter": {Screen: "registry", Name: "model-api"}, "d": {Screen: "deployment", Name: "model-api"}, "c": {Screen: "checklist", Name: "model-api"}} {
		if x := b.binding(key); x.Off != "" || x.To != want {
			t.Errorf("%s leads to %v (%s)", key, x.To, x.Off)
		}
	}
	if b.Screen.(ui.Copier).Copy() != "model-api" {
		t.Error("y copies something else")
	}
	mouse := b.Screen.(ui.Mouser)
	b.View(b.frame(120, 40))
	if mouse.Mouse(ui.MouseEvent{Kind: ui.MousePress, Y: 4}) != nil || b.Screen.(ui.Copier).Copy() != "wine-api" {
		t.Error("a press did not choose wine-api")
	}
	if cmd := mouse.Mouse(ui.MouseEvent{Kind: ui.MousePress, Y: 4}); cmd == nil || cmd() != (ui.Go{To: ui.Place{Screen: "registry", Name: "wine-api"}}) {
		t.Error("a second press did not open it")
	}
}

// TestAwayKeepsTheListAndSaysWhy: with its age; and again when it is back.
func TestAwayKeepsTheListAndSaysWhy(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "model-api")
	b.away(refused)
	b.shows("connection refused", "read 3m ago", "as of 3m ago", "challenger")
	asked := len(b.shelf.asked)
	b.press("j")
	if len(b.shelf.asked) != asked {
		t.Error("a registry that is away is asked at each step of the cursor")
	}
	b.shelf.err = nil
	b.View(b.frame(120, 40))
	b.beat(time.Minute)
	b.shows("read 0s ago")
	b.lacks("connection refused", "as of")
}

func TestVersionThatCannotBeReadSaysWhy(t *testing.T) {
	s := stock()
	s.wrong = errors.New("the run store is down")
	b := entered(t, s, viewtest.Fleet(), "model-api")
	b.shows("the run store is down")
	s.wrong = nil
	b.View(b.frame(120, 40))
	b.beat(least + time.Second)
	b.lacks("the run store is down")
}

// The key P plans the promotion of the version under the cursor, and says why it
// does not where it cannot.
func TestPromotionOpensItsReview(t *testing.T) {
	b := entered(t, stock(), viewtest.Fleet(), "model-api")
	b.champion.Planned.Danger = operation.Confirm
	off := map[string]string{}
	for _, v := range b.versions().shown {
		if x := b.binding("P"); x.Off != "" {
			off[v.Number] = x.Off
		} else {
			b.press("P")
		}
		b.press("j")
	}
	var asked []string
	for _, c := range b.champion.Asked {
		if c.Op != backends.OpPromote || c.Deployment != "model-api" {
			t.Errorf("asked for %+v", c)
		}
		asked = append(asked, c.Version)
	}
	if b.reviews != len(asked) || len(asked)+len(off) != len(b.versions().shown) || off["3"] != "it is the champion" || !slices.Contains(asked, "2") {
		t.Errorf("%d reviews of versions %v; off: %v", b.reviews, asked, off)
	}
	b.champion.Off = "read-only: pitwall was started with --read-only"
	b.press("G")
	if x := b.binding("P"); !x.Danger || !strings.Contains(x.Off, "read-only") {
		t.Errorf("read-only: %+v", x)
	}
	b.shelf.asked = nil
	b.run(b.Update(review.EndedMsg{Plan: operation.Plan{Change: backends.Change{Deployment: "wine-api"}}}))
	b.run(b.Update(review.EndedMsg{Plan: operation.Plan{Change: backends.Change{Deployment: "model-api"}}}))
	if !slices.Equal(b.shelf.asked, []string{"versions of model-api"}) {
		t.Errorf("after the end it asks %q", b.shelf.asked)
	}
	b = entered(t, stock(), nil, "model-api")
	if x := b.binding("P"); x.Off != "no deployment has the name of this model" {
		t.Errorf("without a deployment: %q", x.Off)
	}
}

func TestPromotionNamesACommandLine(t *testing.T) {
	for want, v := range map[string]mlflow.Version{
		"pitwall registry promote model-api 2":         {Model: "model-api", Number: "2", Status: "READY"},
		`pitwall registry promote 'it'\''s $(mine)' 2`: {Model: "it's $(mine)", Number: "2", Status: "READY"},
		"": {Model: "model-api", Number: "2", Status: "READY", Aliases: []string{mlflow.Champion}},
	} {
		if got := promotion(v); got != want {
			t.Errorf("%+v: %q, want %q", v, got, want)
		}
	}
	for _, v := range []mlflow.Version{{Model: "m", Number: "1", Status: "FAILED_REGISTRATION"}, {Model: "-m", Number: "1", Status: "READY"}} {
		if got := promotion(v); got != "" {
			t.Errorf("%+v: %q", v, got)
		}
	}
}
