package inspect

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// known is an inspector on fixed answers.
type known struct {
	nodes map[string]backends.Node // by replica
	err   error
	asked atomic.Int32
}

func (k *known) Inspect(_ context.Context, _, replica string) (backends.Node, error) {
	k.asked.Add(1)
	return k.nodes[replica], k.err
}

func leaf(name, value string) backends.Node { return backends.Node{Name: name, Value: value} }

// container is what an engine tells of a replica.
func container() backends.Node {
	env := backends.Node{Name: "environment", Nodes: []backends.Node{
		leaf("MODEL", "/models/churn.onnx"), leaf("DB_PASSWORD", "********"), leaf("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
	}}
	var labels []backends.Node
	for _, l := range []string{"deployment=churn", "environment=production", "port=8080", "predict=/predict", "ready=/ready", "replica=1", "revision=4", "role=replica", "variant=A", "version=1.0.0"} {
		name, value, _ := strings.Cut(l, "=")
		labels = append(labels, leaf("com.pitwall."+name, value))
	}
	return backends.Node{Name: "model-api-A-1", Nodes: []backends.Node{
		leaf("id", "8f2a9c0d1e2f"), leaf("image", "registry.example:5000/team/churn:1.0.0"), leaf("status", "running since 11:03:22"),
		leaf("command", "/pitwall serve /models/churn.onnx --listen :8080 --name churn --variant A --drift-window 2000 --log-format json --shutdown-timeout 10s"),
		{Name: "health", Value: "healthy", Nodes: []backends.Node{leaf("probe", "/pitwall health"), leaf("interval", "10s"), leaf("last output", "")}},
		env, {Name: "labels", Nodes: labels},
		{Name: "limits", Nodes: []backends.Node{leaf("memory", "64 MiB"), leaf("cpu", "0.5")}},
		{Name: "networks", Nodes: []backends.Node{{Name: "shop_default", Nodes: []backends.Node{
			leaf("address", "172.18.0.2"), {Name: "aliases", Nodes: manyNames(12)}}}}},
		{Name: "mounts"},
	}}
}

func manyNames(n int) []backends.Node {
	out := make([]backends.Node, n)
	for i := range out {
		out[i] = leaf("name", strings.Repeat("a", i+1))
	}
	return out
}

func hostile() backends.Node {
	return backends.Node{Nodes: []backends.Node{
		leaf("na\x1b[31mme\n", "line one\nline \x1b[2Jtwo\x9b31m"), leaf("日本語のモデル名前がとても長いのです日本語のモデル名前", strings.Repeat("値", 300)),
		{Name: "", Nodes: []backends.Node{leaf("", ""), leaf("👩‍👩‍👧‍👦", "\u202egpj.exe")}},
		{Name: strings.Repeat("deep", 30), Nodes: []backends.Node{{Name: "a", Nodes: []backends.Node{{Name: "b", Nodes: []backends.Node{leaf("c", "d")}}}}}},
	}}
}

func open(t testing.TB, k *known) *Screen {
	t.Helper()
	deps := viewtest.Deps(viewtest.Fleet())
	if k != nil {
		deps.Inspect = k
	}
	s := New(deps, "model-api")
	s.ctx = t.Context()
	return s
}

func fixture() *known {
	return &known{nodes: map[string]backends.Node{"model-api-A-1": container(), "model-api-B-1": container(),
		"": {Nodes: []backends.Node{leaf("kind", "nginx"), leaf("split", "A=70 B=30")}}}}
}

// run carries out a command and hands its message over.
func run(s *Screen, cmd tea.Cmd) {
	if cmd != nil {
		s.Update(cmd())
	}
}

func text(s *Screen, width, height int) string {
	return ansi.Strip(strings.Join(s.View(viewtest.Frame(width, height)), "\n"))
}

func press(t *testing.T, s *Screen, key string) {
	t.Helper()
	for _, b := range s.Bindings() {
		if slices.Contains(b.Keys, key) {
			if b.Off != "" {
				t.Fatalf("%s is off: %s", key, b.Off)
			}
			run(s, viewtest.Act(b))
			return
		}
	}
	t.Fatalf("no binding for %s", key)
}

func typeIn(s *Screen, words string) {
	for _, r := range words {
		s.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

func TestGolden(t *testing.T) {
	for name, arrange := range map[string]func(t *testing.T) *Screen{
		"replica": func(t *testing.T) *Screen {
			s := open(t, fixture())
			run(s, s.ask())
			s.move(3)
			return s
		},
		"folded": func(t *testing.T) *Screen {
			s := open(t, fixture())
			run(s, s.Update(views.InspectMsg{Deployment: "model-api", Replica: "model-api-A-1"}))
			press(t, s, "-")
			return s
		},
		"filter": func(t *testing.T) *Screen {
			s := open(t, fixture())
			run(s, s.ask())
			press(t, s, "/")
			typeIn(s, "labels re")
			return s
		},
		"frontdoor": func(t *testing.T) *Screen {
			s := open(t, fixture())
			run(s, s.Update(views.InspectMsg{Deployment: "model-api"}))
			return s
		},
		"asking": func(t *testing.T) *Screen { return open(t, fixture()) },
		"none":   func(t *testing.T) *Screen { return open(t, nil) },
		"error": func(t *testing.T) *Screen {
			s := open(t, &known{err: errors.New("no such container: \x1b[31mgone")})
			run(s, s.ask())
			return s
		},
		"stale": func(t *testing.T) *Screen {
			k := fixture()
			s := open(t, k)
			s.deps.Now = func() time.Time { return viewtest.Ago(3 * time.Minute) }
			run(s, s.ask())
			k.err = errors.New("cannot connect to the engine")
			s.deps.Now = viewtest.Clock
			run(s, s.ask())
			return s
		},
	} {
		t.Run(name, func(t *testing.T) { viewtest.Golden(t, arrange(t), viewtest.Fleet()) })
	}
}

func TestEveryWidthIsExact(t *testing.T) {
	k := &known{nodes: map[string]backends.Node{"model-api-B-1": hostile()}}
	s := open(t, k)
	run(s, s.ask())
	for width := ui.MinWidth; width < 230; width += 3 {
		f := viewtest.Frame(width, 18+width%45)
		if width%2 == 0 {
			f = viewtest.Frame(width, 18)
		}
		viewtest.Check(t, s.View(f), f)
		s.move(1)
		if width%30 == 0 {
			s.cursor = 0
		}
		s.revision++
	}
}

func TestTheWorstReplicaIsShownUntilSomebodyChooses(t *testing.T) {
	s := open(t, fixture())
	if s.subject != "model-api-B-1" {
		t.Errorf("shows %q", s.subject)
	}
	run(s, s.ask())
	press(t, s, "tab")
	if s.subject != frontDoor || !strings.Contains(text(s, 80, 18), "A=70 B=30") {
		t.Errorf("after the last replica comes the front door, not %q:\n%s", s.subject, text(s, 80, 18))
	}
	press(t, s, "tab")
	if s.subject != "model-api-A-1" {
		t.Errorf("then the first, not %q", s.subject)
	}
	press(t, s, "shift+tab")
	if s.subject != frontDoor {
		t.Errorf("and back, not %q", s.subject)
	}
	s.Update(views.InspectMsg{Deployment: "other", Replica: "x"})
	if s.subject != frontDoor {
		t.Error("the choice was for another deployment")
	}
}

func TestAnAnswerOfAnotherReplicaIsDropped(t *testing.T) {
	s := open(t, fixture())
	late := s.ask()
	run(s, s.choose(frontDoor))
	run(s, late)
	if got := text(s, 80, 18); !strings.Contains(got, "nginx") || strings.Contains(got, "command") {
		t.Errorf("shows\n%s", got)
	}
}

func TestFoldsAndTheCursorSurviveANewAnswer(t *testing.T) {
	k := fixture()
	s := open(t, k)
	run(s, s.ask())
	find := func(name string) int {
		return slices.IndexFunc(s.tree.lines, func(n *node) bool { return n.name == name })
	}
	if s.tree.line(find("aliases")) == nil || !s.tree.isFolded(s.tree.line(find("aliases"))) {
		t.Error("a long list far down must be folded at first")
	}
	s.cursor = find("environment")
	press(t, s, "space")
	s.cursor = find("aliases")
	press(t, s, "right")
	s.cursor = find("limits")
	n := container()
	n.Nodes = slices.Insert(n.Nodes, 0, leaf("new", "1"))
	k.nodes["model-api-B-1"] = n
	before := len(s.tree.lines)
	run(s, s.ask())
	if s.tree.line(s.cursor).name != "limits" || len(s.tree.lines) != before+1 || find("MODEL") >= 0 {
		t.Errorf("the cursor is on %q, %d lines, want %d", s.tree.line(s.cursor).name, len(s.tree.lines), before+1)
	}
}

func TestFilterShowsWhatIsAroundAMatch(t *testing.T) {
	s := open(t, fixture())
	run(s, s.ask())
	names := func(filter string) string {
		s.setFilter(filter)
		var out []string
		for _, n := range s.tree.lines {
			out = append(out, n.name)
		}
		return strings.Join(out, " ")
	}
	for filter, want := range map[string]string{
		"172.18":          "networks shop_default address",
		"limits":          "limits memory cpu",
		"limits memory":   "limits memory",
		"ALIASES aaaaaa ": "networks shop_default aliases name name name name name name name",
		"nothing like it": "",
	} {
		if got := names(filter); got != want {
			t.Errorf("%q shows %q, want %q", filter, got, want)
		}
	}
	s.setFilter("nothing like it")
	s.revision++
	if got := text(s, 80, 18); !strings.Contains(got, "Nothing matches") {
		t.Errorf("says\n%s", got)
	}
	if !s.Escape() || s.Escape() || len(s.tree.lines) == 0 {
		t.Error("esc clears the filter once")
	}
	press(t, s, "/")
	typeIn(s, "cpu")
	if !s.Typing() || len(s.tree.lines) != 2 {
		t.Errorf("%d lines while typing", len(s.tree.lines))
	}
	s.Type(tea.KeyPressMsg{Code: tea.KeyEnter})
	if s.Typing() || s.tree.filter != "cpu" {
		t.Error("enter keeps the filter")
	}
}

func TestLeftAndRightWalkTheTree(t *testing.T) {
	s := open(t, fixture())
	run(s, s.ask())
	at := func() string { return s.tree.line(s.cursor).name }
	s.cursor = slices.IndexFunc(s.tree.lines, func(n *node) bool { return n.name == "cpu" })
	press(t, s, "left")
	if at() != "limits" {
		t.Errorf("left leads to %q", at())
	}
	press(t, s, "left")
	press(t, s, "left")
	press(t, s, "j")
	if at() != "networks" {
		t.Errorf("limits is folded; below it is %q", at())
	}
	press(t, s, "right")
	if at() != "shop_default" {
		t.Errorf("right leads to %q", at())
	}
	press(t, s, "-")
	if at() != "networks" || len(s.tree.lines) != 10 {
		t.Errorf("all folded: on %q of %d", at(), len(s.tree.lines))
	}
	press(t, s, "+")
	if len(s.tree.lines) != s.tree.total {
		t.Errorf("all unfolded: %d of %d", len(s.tree.lines), s.tree.total)
	}
	press(t, s, "G")
	press(t, s, "g")
	if s.cursor != 0 {
		t.Errorf("g leads to %d", s.cursor)
	}
	text(s, 80, 18)
	s.Mouse(ui.MouseEvent{Y: headLines + 4, Kind: ui.MousePress})
	s.Mouse(ui.MouseEvent{Y: headLines + 4, Kind: ui.MousePress})
	if at() != "health" || !s.tree.isFolded(s.tree.line(4)) {
		t.Errorf("two presses fold: on %q", at())
	}
}

func TestItAsksOnlyWhileSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := fixture()
		s := open(t, k)
		s.deps.Now = time.Now
		run(s, s.ask())
		for i := range 20 {
			if i < 10 {
				text(s, 80, 18)
			}
			time.Sleep(beat)
			run(s, s.onBeat())
		}
		if n := k.asked.Load(); n != 3 {
			t.Errorf("asked %d times: at once, and twice in 20 s of looking", n)
		}
	})
}

func TestKeysAreConsistent(t *testing.T) {
	for _, k := range []*known{nil, fixture()} {
		if err := ui.CheckBindings(ui.Table{Screen: "inspect", Bindings: open(t, k).Bindings()}); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkView(b *testing.B) {
	s := open(b, &known{nodes: map[string]backends.Node{"model-api-B-1": {Nodes: manyNames(5000)}}})
	run(s, s.ask())
	f := viewtest.Frame(200, 58)
	b.ReportAllocs()
	for b.Loop() {
		s.revision++
		if len(s.View(f)) != f.Height {
			b.Fatal("no frame")
		}
	}
}
