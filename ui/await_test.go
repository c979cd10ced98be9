package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// TestAYesBeforeTheReviewIsOpenCopiesNothing: the plan takes a while on a busy
// backend, and the "y" is meant for what it leads to.
func TestAYesBeforeTheReviewIsOpenCopiesNothing(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		slow := func() tea.Msg {
			time.Sleep(3 * time.Second)
			return OpenDialog{Dialog: newQuitDialog(nil)}
		}
		d.fake().extra = []Binding{{Keys: []string{"R"}, Help: "restart", About: "review a restart", Danger: true, Run: func() tea.Cmd { return slow }}}
		d.press("R", "y")
		d.shows("y was not for the clipboard")
		if len(d.seen) != 0 {
			t.Errorf("the terminal was told %v", d.seen)
		}
		d.sleep(4 * time.Second)
		if len(d.m.dialogs) != 1 || d.m.awaits() {
			t.Errorf("%d dialogs are open, awaiting: %v", len(d.m.dialogs), d.m.awaits())
		}
		d.press("esc", "enter", "y")
		d.shows("copied model-api")
	})
}
