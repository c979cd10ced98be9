package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"pitwall/ui/theme"
)

func TestToastsExpireAndStayInTheLog(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(Toast{Failure, "split was \x1b[2Jrefused"})
		d.sleep(3 * time.Second)
		d.send(Toast{Good, "second"})
		d.shows("split was refused")
		d.sleep(3 * time.Second)
		d.hides("split was refused")
		d.shows("second")
		d.sleep(3 * time.Second)
		d.hides("second")
		d.press("!")
		d.shows("split was refused")
		d.press("s", "e", "c")
		d.hides("split was refused")
		d.shows("second")
	})
}

func TestEscapeLadderNeverQuits(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		root := d.fake()
		d.press("enter")
		split := d.fake()
		split.filter = "text"
		d.press("?")
		d.shows("keys of split")
		d.press("esc")
		d.hides("keys of split")
		if split.filter == "" {
			t.Error("closing help also cleared the filter")
		}
		d.press("esc")
		if split.filter != "" || d.fake() != split {
			t.Error("the second esc must clear the filter and stay")
		}
		d.press("esc")
		if d.fake() != root {
			t.Error("the third esc must leave the screen")
		}
		if split.ctx.Err() == nil {
			t.Error("the context of a screen must end when it is left")
		}
		d.press("esc", "esc", "backspace")
		if d.quit || root.ctx.Err() != nil {
			t.Error("esc must never quit")
		}
	})
}

func TestQuitOnlyAtTheRootAndAsksWhileATaskRuns(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.press("enter", "q")
		if d.quit || d.fake().place.Screen != "fleet" {
			t.Fatal("q on an inner screen must go back")
		}
		d.send(Task{ID: "1", Text: "moving model-api"})
		d.shows("moving model-api")
		d.press("q")
		d.shows("1 operation is still running")
		d.press("q", "enter")
		if d.quit {
			t.Fatal("neither the trigger nor enter may confirm")
		}
		d.press("q", "y")
		if !d.quit {
			t.Fatal("y must quit")
		}
	})
	bubble(t, Options{}, func(d *driver) {
		d.send(Task{ID: "1", Text: "moving"})
		d.send(Task{ID: "1", Done: true})
		d.press("q")
		if !d.quit {
			t.Error("nothing runs: q must quit at once")
		}
	})
}

func TestControlCTwiceQuitsFromAnywhere(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.press("ctrl+c")
		d.shows("press ctrl+c again to quit")
		d.sleep(quitAgain)
		d.press("ctrl+c")
		if d.quit {
			t.Fatal("the first one was forgotten after a while")
		}
		d.press("j", "ctrl+c")
		if d.quit {
			t.Fatal("a key in between disarms")
		}
		d.press(":", "ctrl+c", "ctrl+c")
		if !d.quit {
			t.Error("ctrl+c twice must quit from the palette too")
		}
	})
}

func TestDialogGraceSwallowsKeysInFlight(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(OpenDialog{Dialog: newQuitDialog([]Task{{Text: "x"}}), Grace: true})
		for range 5 {
			d.press("y")
			d.sleep(300 * time.Millisecond)
		}
		d.shows("keys are held back")
		if d.quit {
			t.Fatal("a key in flight confirmed the dialog")
		}
		d.sleep(grace)
		d.hides("keys are held back")
		d.press("y")
		if !d.quit {
			t.Error("after a quiet time the dialog must take keys")
		}
	})
}

func TestPasteConfirmsNothingAndTypesIntoTheFilter(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(OpenDialog{Dialog: newQuitDialog([]Task{{Text: "x"}})})
		d.send(tea.PasteMsg{Content: "y"})
		if d.quit {
			t.Fatal("a paste confirmed a dialog")
		}
		d.press("esc")
		d.fake().typing = true
		d.send(tea.PasteMsg{Content: "model\x1b[31m-api\n"})
		if got := d.fake().typed; got != "model-api " {
			t.Errorf("typed %q", got)
		}
		d.press("q", "?", "B")
		if got := d.fake().typed; got != "model-api q?B" {
			t.Errorf("typed %q: a typing screen gets every key", got)
		}
	})
}

func TestDisabledActionSaysWhyAndDangerDoesNotRepeat(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		f := d.fake()
		f.off = "this console is read-only"
		d.press("B")
		d.shows("rollback is off: this console is read-only")
		f.off = ""
		held := key("B")
		held.IsRepeat = true
		d.send(held)
		if f.acted != 0 {
			t.Error("a held key must not act")
		}
		d.press("B")
		if f.acted != 1 {
			t.Error("a pressed key must act")
		}
	})
}

func TestPlacesAreFoundAgainAndFailuresAreShown(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		root := d.fake()
		d.send(Go{Place{"split", "model-api"}})
		d.send(Go{Place{"logs", "model-api"}})
		d.shows("fleet ▸ model-api split ▸ logs")
		d.send(Go{Place{"split", "model-api"}})
		if len(d.m.stack) != 2 {
			t.Errorf("%d screens, want 2", len(d.m.stack))
		}
		d.send(Go{Place{"nowhere", ""}})
		d.shows("cannot open nowhere: there is no such place")
		d.send(Back{})
		d.send(Back{})
		if d.fake() != root {
			t.Error("back must lead to the root and stay there")
		}
	})
}

func TestDataReachesCoveredScreensAndDialogs(t *testing.T) {
	type data struct{}
	bubble(t, Options{}, func(d *driver) {
		root := d.fake()
		d.press("enter")
		d.send(data{})
		for _, f := range []*fake{root, d.fake()} {
			if len(f.got) == 0 || f.got[len(f.got)-1] != (data{}) {
				t.Errorf("%s did not get the data", f.place)
			}
		}
	})
}

func TestBlurPausesPaintingButNotForever(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(tea.BlurMsg{})
		before := d.text()
		d.send(StatusMsg{Context: "news"})
		d.sleep(time.Second)
		if d.text() != before {
			t.Error("painted without focus")
		}
		d.sleep(clockBlurred)
		d.shows("news")
		d.send(StatusMsg{Context: "more"})
		d.send(tea.FocusMsg{})
		d.shows("more")
	})
}

func TestEqualFramesAreTheSameString(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		before := d.m.View()
		d.send(struct{}{})
		after := d.m.View()
		if before.Content != after.Content || before.WindowTitle != after.WindowTitle {
			t.Error("a message without effect changed the frame")
		}
		if n := testing.AllocsPerRun(100, func() { d.m.View() }); n != 0 {
			t.Errorf("View of an unchanged model allocates %v times", n)
		}
	})
}

func TestTooSmallKeepsKeysWorking(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		for _, size := range [][2]int{{79, 24}, {80, 19}, {1, 1}, {30, 2}} {
			d.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		}
		d.send(tea.WindowSizeMsg{Width: 79, Height: 24})
		d.shows("terminal too small: 80x20 needed")
		d.press("enter")
		d.send(tea.WindowSizeMsg{Width: 80, Height: 20})
		d.shows("body of model-api split")
	})
}

func TestEveryFrameHasTheSizeOfTheTerminal(t *testing.T) {
	status := StatusMsg{Context: "k8s://日本/ml", Production: true, ReadOnly: "asked for", Practice: "slow", Sources: []SourceStatus{
		{Name: "prometheus", State: "live"}, {Name: "kube\x1b[2J", State: "offline", Text: "refused"},
	}}
	bubble(t, Options{Status: status}, func(d *driver) {
		d.send(Task{ID: "1", Text: strings.Repeat("long task ", 20)})
		d.send(Toast{Warning, strings.Repeat("long toast ", 40)})
		for _, open := range []string{"", "?", ":", "!"} {
			if open != "" {
				d.press(open)
			}
			for w := 80; w < 210; w += 7 {
				d.send(tea.WindowSizeMsg{Width: w, Height: 20 + w%30}) // check looks at each frame
			}
			d.press("esc")
		}
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.shows("[PROD]")
		d.shows("[READ-ONLY]")
		d.shows("[PRACTICE slow]")
		d.shows("offline")
	})
}

func TestColoursFollowTerminalChoiceAndNoColor(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI256})
		if got := d.m.look.theme.Options; got.Profile != theme.ANSI256 || got.Palette != theme.Dark {
			t.Errorf("theme %+v", got)
		}
		d.press(":")
		for _, r := range "theme light" {
			d.send(key(string(r)))
		}
		d.press("enter")
		if got := d.m.look.theme.Options.Palette; got != theme.Light {
			t.Errorf("palette %s, want light", got)
		}
	})
	for _, value := range []string{"1", "yes", "0", "anything"} {
		env := map[string]string{"NO_COLOR": value, "SSH_TTY": "/dev/pts/1"}
		o := Options{}.WithEnvironment(func(name string) string { return env[name] })
		bubble(t, o, func(d *driver) {
			d.send(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
			if strings.Contains(d.m.View().Content, "38;2") || d.m.look.theme.Options.Profile != theme.NoColor {
				t.Errorf("NO_COLOR=%s: the frame has colours", value)
			}
			if d.m.View().MouseMode != tea.MouseModeNone {
				t.Error("the mouse must be off over SSH")
			}
			d.press("M")
			if d.m.View().MouseMode != tea.MouseModeCellMotion {
				t.Error("M must switch it on")
			}
		})
	}
}

func TestTitleAndProgramStatusCarryTheIncident(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(StatusMsg{Context: "local", Incident: "1 fail", Level: Failure})
		v := d.m.View()
		if v.WindowTitle != "pitwall local: 1 fail" || v.ProgramStatus.State != tea.ProgramStateError {
			t.Errorf("title %q, status %+v", v.WindowTitle, v.ProgramStatus)
		}
		d.send(Task{ID: "1", Text: "moving"})
		if s := d.m.View().ProgramStatus; s.State != tea.ProgramStateWorking {
			t.Errorf("status %+v", s)
		}
		d.press("q")
		if s := d.m.View().ProgramStatus; s.State != tea.ProgramStateBlocked {
			t.Errorf("status %+v", s)
		}
	})
}

func TestSourcesThatGoAndComeBackAreTold(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		status := func(state, text string) StatusMsg {
			return StatusMsg{Sources: []SourceStatus{{Name: "prometheus", State: state, Text: text}}}
		}
		d.send(status("live", ""))
		d.send(status("offline", "connection refused"))
		d.send(status("offline", "connection refused"))
		d.shows("prometheus is offline, what it told before stays on screen: connection refused")
		d.send(status("live", ""))
		d.shows("prometheus is back")
		if n := len(d.m.toasts.log); n != 2 {
			t.Errorf("%d messages, want 2", n)
		}
	})
}

func TestMouseIsGatheredAndStaysOutsideOfDialogs(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		f := d.fake()
		for range 20 {
			d.send(tea.MouseWheelMsg{X: 3, Y: 4, Button: tea.MouseWheelDown})
		}
		d.sleep(100 * time.Millisecond)
		if len(f.mouse) != 1 || f.mouse[0] != (MouseEvent{X: 3, Y: 3, Kind: MouseWheel, Wheel: 60}) {
			t.Errorf("wheel arrived as %+v", f.mouse)
		}
		f.mouse = nil
		d.send(tea.MouseClickMsg{X: 5, Y: 0, Button: tea.MouseLeft})  // header
		d.send(tea.MouseClickMsg{X: 5, Y: 29, Button: tea.MouseLeft}) // key bar
		d.send(tea.MouseClickMsg{X: 5, Y: 2, Button: tea.MouseRight})
		d.press("?")
		d.send(tea.MouseClickMsg{X: 5, Y: 2, Button: tea.MouseLeft})
		if len(f.mouse) != 0 {
			t.Errorf("the screen got %+v", f.mouse)
		}
	})
}
