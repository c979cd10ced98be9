package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"pitwall/ui/theme"
)

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

// wide is a dialog that breaks its contract.
type wide struct{ quitDialog }

func (wide) View(f Frame) []string { return []string{strings.Repeat("wide", f.Width), "narrow"} }

func TestTooSmallConfirmsNothing(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.send(OpenDialog{Dialog: wide{}}) // check looks at its width
		d.send(tea.WindowSizeMsg{Width: 79, Height: 24})
		d.press("y")
		if d.quit {
			t.Fatal("a dialog that cannot be seen was confirmed")
		}
		d.press("esc", "B")
		if len(d.m.dialogs) != 0 || d.fake().acted != 0 {
			t.Error("esc must close the dialog, and nothing dangerous may run")
		}
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
