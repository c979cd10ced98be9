package ui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func commands(ran *string) func() []Command {
	return func() []Command {
		var all []Command
		for _, title := range []string{"model-api deployment", "model-api split", "model-api logs", "wine-api split", "practise slow"} {
			all = append(all, Command{Title: title, About: "about " + title, Run: func() tea.Cmd { *ran = title; return nil }})
		}
		return append(all, Command{Title: "practise drift", Off: "another backend\x1b[2J", Run: func() tea.Cmd { *ran = "drift"; return nil }})
	}
}

func TestPaletteFindsRunsAndRemembers(t *testing.T) {
	ran := ""
	bubble(t, Options{Commands: commands(&ran)}, func(d *driver) {
		typed := func(text string) {
			d.press("ctrl+p")
			for _, r := range text {
				d.send(key(string(r)))
			}
			d.press("enter")
		}
		typed("wi sp")
		if ran != "wine-api split" {
			t.Errorf("ran %q", ran)
		}
		typed("mdl lgs")
		if ran != "model-api logs" {
			t.Errorf("ran %q", ran)
		}
		d.press(":")
		lines := strings.Split(d.text(), "\n")
		first := ""
		for i, line := range lines {
			if strings.Contains(line, "palette") && strings.Contains(line, "━") {
				first = lines[i+3]
				break
			}
		}
		if !strings.Contains(first, "model-api logs") {
			t.Errorf("the entry used last must stand first, not %q", first)
		}
		d.press("esc")
		ran = ""
		typed("practise drift")
		if ran != "" {
			t.Error("an entry that is off must not run")
		}
		d.shows("practise drift is off: another backend")
		typed("zzzz")
		d.shows("nothing matches")
	})
}

func TestPaletteShowsKeysOfTheScreenAndTheFrame(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.fake().off = "read-only"
		d.press(":")
		for _, want := range []string{"rollback", "off: read-only", "refresh", "theme high-contrast", "enter do it"} {
			d.shows(want)
		}
	})
}

func TestHelpListsEverythingAndSearchesReasons(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.fake().off = "nothing to go back to"
		d.press("?")
		for _, want := range []string{"open the thing", "off: nothing to go back to", "copy screen", "everywhere"} {
			d.shows(want)
		}
		for _, r := range "nothing to" {
			d.send(key(string(r)))
		}
		d.shows("rollback")
		d.hides("copy screen")
	})
}

func TestFuzzyOrder(t *testing.T) {
	tests := []struct {
		query, better, worse string
	}{
		{"split", "model-api split", "splitter logs"},
		{"api", "model-api split", "capital"},
		{"mas", "mask", "model-api split"},
		{"model split", "model-api split", "model-api zsplit"},
	}
	for _, tt := range tests {
		b, ok := fuzzy(tt.query, tt.better)
		w, alsoOK := fuzzy(tt.query, tt.worse)
		if !ok || !alsoOK || b <= w {
			t.Errorf("fuzzy(%q): %q scores %d (%v), %q scores %d (%v)", tt.query, tt.better, b, ok, tt.worse, w, alsoOK)
		}
	}
	if _, ok := fuzzy("xyz", "model-api"); ok {
		t.Error("xyz must not match")
	}
	if _, ok := fuzzy("ÄÖ", "für Öl und Äpfel"); ok {
		t.Error("letters in another order must not match")
	}
}

func TestCopy(t *testing.T) {
	bubble(t, Options{}, func(d *driver) {
		d.press("y")
		d.shows("nothing is selected")
		d.press("enter", "y")
		d.shows("copied model-api")
		d.press("ctrl+y")
		if len(d.seen) != 2 {
			t.Errorf("the clipboard was set %d times, want 2", len(d.seen))
		}
	})
}
