package fleet

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"pitwall/backends"
	data "pitwall/backends/fleet"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// console is the screen with a clock that tests move.
type console struct {
	*Screen
	now time.Time
}

func open(t *testing.T, s *data.Snapshot) *console {
	t.Helper()
	c := &console{now: viewtest.Now}
	deps := viewtest.Deps(s)
	deps.Now = func() time.Time { return c.now }
	c.Screen = New(deps)
	return c
}

func (c *console) text() string {
	return ansi.Strip(strings.Join(c.View(viewtest.Frame(120, 40)), "\n"))
}

// names are the rows from top to bottom.
func (c *console) names() []string {
	var names []string
	for i := range c.cells.Len() {
		names = append(names, c.cells.ID(i))
	}
	return names
}

func (c *console) press(t *testing.T, key string) tea.Cmd {
	t.Helper()
	for _, b := range c.Bindings() {
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

func (c *console) types(text string) {
	for _, r := range text {
		c.Type(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// swapped is the fleet after wine-api has failed and model-api is well again.
func swapped() *data.Snapshot {
	s := viewtest.Fleet()
	s.Version++
	s.Rows[0].State, s.Rows[0].Alerts = backends.OK, nil
	s.Rows[0].Signals = map[string]backends.Signals{"": viewtest.Signals(40, 0, 0.003, 0.009, 0.01, 0.02)}
	s.Rows[0].Deployment.Variants[1].Ready = 1
	s.Rows[1].State = backends.Fail
	return s
}

func TestRowsStayUnderAMovingCursor(t *testing.T) {
	c := open(t, viewtest.Fleet())
	worst := []string{"model-api", "wine-api"}
	if got := c.names(); !slices.Equal(got, worst) {
		t.Fatalf("rows %v, want the worst first: %v", got, worst)
	}
	c.press(t, "j")
	c.now = c.now.Add(settle / 2)
	cmd := c.Update(views.SnapshotMsg{Snapshot: swapped()})
	if got := c.names(); !slices.Equal(got, worst) {
		t.Errorf("rows changed places %s after the cursor moved: %v", settle/2, got)
	}
	if cmd == nil || !strings.Contains(c.text(), "moves when the cursor is still") {
		t.Error("the held order must be told and come later")
	}
	c.now = c.now.Add(settle)
	c.Update(settleMsg{})
	if got := c.names(); !slices.Equal(got, []string{"wine-api", "model-api"}) {
		t.Errorf("rows %v, want the new worst first", got)
	}
	if got := c.Copy(); got != "wine-api" {
		t.Errorf("the cursor is on %s, want it to follow wine-api", got)
	}
}

// TestOpeningARowChoosesIt comes back from a deployment after another one
// became the worst.
func TestOpeningARowChoosesIt(t *testing.T) {
	c := open(t, viewtest.Fleet())
	chosen := c.Copy()
	c.Leave()
	s := *viewtest.Fleet()
	s.Rows = slices.Clone(s.Rows)
	for i := range s.Rows {
		s.Rows[i].State = backends.OK
		if s.Rows[i].Deployment.Name != chosen {
			s.Rows[i].State = backends.Fail
		}
	}
	c.now = c.now.Add(time.Hour)
	c.Update(views.SnapshotMsg{Snapshot: &s})
	if got := c.Copy(); got != chosen {
		t.Errorf("the cursor is on %s, %s was opened", got, chosen)
	}
}

func TestSortNowDoesNotWait(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.press(t, "j")
	c.Update(views.SnapshotMsg{Snapshot: swapped()})
	c.press(t, "S")
	if got := c.names()[0]; got != "wine-api" {
		t.Errorf("%s is first", got)
	}
}

func TestHeldOrderComesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deps := viewtest.Deps(viewtest.Fleet())
		deps.Now = time.Now
		s := New(deps)
		s.move(func() { s.table.Move(1) })
		cmd := s.Update(views.SnapshotMsg{Snapshot: swapped()})
		start := time.Now()
		s.Update(cmd())
		if waited := time.Since(start); waited != settle {
			t.Errorf("waited %s, want %s", waited, settle)
		}
		if s.cells.ID(0) != "wine-api" {
			t.Error("the order did not come")
		}
	})
}

func TestFilterFollowsTypingAndSaysWhatIsWrong(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.press(t, "/")
	if b := c.Bindings()[0]; b.Help != "keep" {
		t.Errorf("the key bar says that enter does %q while the filter is typed", b.Help)
	}
	c.types("status:fail p95>100ms")
	if got := c.names(); !slices.Equal(got, []string{"model-api"}) {
		t.Errorf("rows %v", got)
	}
	c.types(" p95>quick")
	if !strings.Contains(c.text(), "p95>quick") || c.filter.err == nil {
		t.Errorf("no error in:\n%s", c.text())
	}
	if got := c.names(); !slices.Equal(got, []string{"model-api"}) {
		t.Errorf("a word that is wrong must be left out, not %v", got)
	}
	c.Type(tea.KeyPressMsg{Code: 'u', Mod: tea.ModCtrl})
	c.types("nothing-like-it")
	for _, want := range []string{"No deployment matches nothing-like-it", "esc clears the filter", "0 of 2"} {
		if !strings.Contains(c.text(), want) {
			t.Errorf("no %q in:\n%s", want, c.text())
		}
	}
	c.Type(tea.KeyPressMsg{Code: tea.KeyEnter})
	if c.Typing() || !c.Escape() || len(c.names()) != 2 || c.Escape() {
		t.Error("enter must keep the filter, esc clear it once")
	}
}

func TestLongFilterShowsItsEnd(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.press(t, "/")
	c.types(strings.Repeat("model ", 40) + "the-end")
	if !strings.Contains(c.text(), "the-end") {
		t.Errorf("the end is cut off:\n%s", c.text())
	}
}

func TestKeysLeadToPlaces(t *testing.T) {
	for key, screen := range map[string]string{"enter": "deployment", "s": "split", "B": "rollout", "l": "logs", "a": "alerts", "x": "explain"} {
		c := open(t, viewtest.Fleet())
		want := ui.Go{To: ui.Place{Screen: screen, Name: "model-api"}}
		if got := c.press(t, key)(); got != want {
			t.Errorf("%s gives %v, want %v", key, got, want)
		}
	}
}

func TestRollbackIsOffWithAReason(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.deps.Operations = &viewtest.Operations{Off: "this console is read-only"}
	for _, b := range c.Bindings() {
		if want := "this console is read-only"; b.Help == "rollback" && b.Off != want {
			t.Errorf("rollback is off for %q, want %q", b.Off, want)
		}
	}
	for _, b := range open(t, viewtest.NoStack()).Bindings() {
		if slices.Contains([]string{"open", "split", "logs", "rollback"}, b.Help) && b.Off == "" {
			t.Errorf("%s is on without a deployment", b.Help)
		}
	}
	for _, b := range c.Bindings() {
		if slices.Contains(b.Keys, "e") && b.To != (ui.Place{Screen: "journal"}) {
			t.Errorf("e leads to %+v, not to the journal of all deployments", b.To)
		}
	}
	if !slices.ContainsFunc(c.Bindings(), func(b ui.Binding) bool { return slices.Contains(b.Keys, "e") }) {
		t.Error("e is no key of the fleet")
	}
	if err := ui.CheckBindings(ui.Table{Screen: "fleet", Bindings: c.Bindings()}); err != nil {
		t.Error(err)
	}
}

func TestMouse(t *testing.T) {
	c := open(t, viewtest.Fleet())
	c.text()
	press := func(x, y int) tea.Cmd { return c.Mouse(ui.MouseEvent{X: x, Y: y, Kind: ui.MousePress}) }
	press(4, tableTop+2)
	if got := c.Copy(); got != "wine-api" {
		t.Errorf("a click selected %s", got)
	}
	if cmd := press(4, tableTop+2); cmd == nil || cmd() != (ui.Go{To: ui.Place{Screen: "deployment", Name: "wine-api"}}) {
		t.Error("a click on the selected row must open it")
	}
	press(20, tableTop) // the header NAME
	if c.order.column != "name" || c.order.reverse {
		t.Errorf("sorted by %+v", c.order)
	}
	press(20, tableTop)
	if got := c.names(); got[0] != "wine-api" {
		t.Errorf("a second click must turn the order, not %v", got)
	}
	c.Mouse(ui.MouseEvent{Kind: ui.MouseWheel, Wheel: -9})
	if at, _ := c.table.Cursor(); at != 0 {
		t.Errorf("the wheel moved to %d", at)
	}
	if press(4, 30) != nil || press(4, 0) != nil {
		t.Error("clicks beside rows must do nothing")
	}
}

func TestMissingSortsLastBothWays(t *testing.T) {
	s := viewtest.Many(3)
	s.Rows[1].Signals = nil
	s.Rows[2].Signals = map[string]backends.Signals{"": viewtest.Signals(1, 0, 0, 0.9, 1, 0)}
	c := open(t, s)
	for _, want := range [][]string{{"model-0002", "model-0000", "model-0001"}, {"model-0000", "model-0002", "model-0001"}} {
		c.sortBy("p95")
		if got := c.names(); !slices.Equal(got, want) {
			t.Errorf("rows %v, want %v", got, want)
		}
	}
}

func TestChangeIsToldAgainstAMinuteAgo(t *testing.T) {
	c := open(t, viewtest.Fleet())
	for i := range 8 {
		s := viewtest.Fleet()
		s.Version += uint64(i)
		s.Rows[0].SignalsAt = viewtest.Now.Add(time.Duration(i) * 10 * time.Second)
		s.Rows[0].Signals = map[string]backends.Signals{"": viewtest.Signals(40, 0, 0.1, 0.1+0.01*float64(i), 0.2, 0)}
		c.take(s)
	}
	row, _ := c.snapshot.Row("model-api")
	if got := c.history.change(&row); got < 0.059 || got > 0.061 {
		t.Errorf("change %v, want 0.06", got)
	}
	if got := strings.Join(c.View(viewtest.Frame(200, 40)), "\n"); !strings.Contains(got, "▲60ms") {
		t.Errorf("no ▲60ms in\n%s", ansi.Strip(got))
	}
}

// TestCachedFramesEqualFreshOnes walks at random and compares each frame with
// one that is drawn without any cache.
func TestCachedFramesEqualFreshOnes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := open(t, viewtest.Many(60))
	keys := []string{"j", "k", "g", "G", "pgdown", "pgup", "S", "w", "<", ">", "j", "j"}
	sizes := [][2]int{{80, 22}, {120, 38}, {200, 58}, {160, 18}, {159, 18}}
	f := viewtest.Frame(80, 22)
	for i := range 400 {
		switch random.IntN(6) {
		case 0:
			size := sizes[random.IntN(len(sizes))]
			f.Width, f.Height = size[0], size[1]
		case 1:
			f.Now = f.Now.Add(time.Second)
			c.now = f.Now
		case 2:
			s := viewtest.Many(random.IntN(60))
			s.Version = uint64(i + 100)
			c.Update(views.SnapshotMsg{Snapshot: s})
		case 3:
			c.filter.set([]string{"", "status:fail", "model-000", "zzz"}[random.IntN(4)])
			c.arrange(true)
		default:
			c.press(t, keys[random.IntN(len(keys))])
		}
		got := slices.Clone(c.View(f))
		viewtest.Check(t, got, f)
		c.cache, c.cells.memo = cache{}, nil
		if fresh := c.View(f); !slices.Equal(got, fresh) {
			t.Fatalf("step %d: the cached frame differs from a fresh one", i)
		}
	}
}

func TestEveryWidthIsExact(t *testing.T) {
	for name, s := range map[string]*data.Snapshot{"hostile": viewtest.Hostile(), "dead": viewtest.Dead(), "none": viewtest.NoStack()} {
		c := open(t, s)
		for width := ui.MinWidth; width < 230; width += 3 {
			f := viewtest.Frame(width, 18+width%25)
			viewtest.Check(t, c.View(f), f)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}
