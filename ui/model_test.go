package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
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
		d.press("B", "B", "B")
		d.shows("rollback is off: this console is read-only")
		if n := strings.Count(d.text(), "rollback is off"); n != 1 {
			t.Errorf("told %d times", n)
		}
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
