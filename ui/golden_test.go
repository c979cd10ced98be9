package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"
)

func fixedNow() time.Time { return time.Date(2026, time.November, 24, 14, 3, 22, 0, time.UTC) }

// frames are the states of the frame that are proved line by line.
var frames = map[string]func(m *Model){
	"quiet":   func(*Model) {},
	"help":    func(m *Model) { m.Update(key("?")) },
	"palette": func(m *Model) { m.Update(key(":")) },
	"busy": func(m *Model) {
		m.Update(Task{ID: "1", Text: "model-api: moving to A=50 B=50"})
		m.Update(Task{ID: "2", Text: "wine-api: restarting"})
		m.Update(Toast{Good, "model-api was rolled back to 1.0.0"})
		m.Update(Toast{Failure, "the journal cannot be written: no space left on device"})
	},
	"quit": func(m *Model) {
		m.Update(Task{ID: "1", Text: "model-api: moving to A=50 B=50"})
		m.Update(key("q"))
	},
	"small": func(m *Model) { m.Update(tea.WindowSizeMsg{Width: 60, Height: 10}) },
}

func TestGolden(t *testing.T) {
	modes := map[string]Options{"color": {}, "mono": {NoColor: true}, "ascii": {NoColor: true, ASCII: true}}
	for name, arrange := range frames {
		for mode, o := range modes {
			t.Run(name+"-"+mode, func(t *testing.T) {
				o.Now, o.Open, o.First = fixedNow, openFake, Place{Screen: "fleet"}
				ran := ""
				o.Commands = commands(&ran)
				o.Status = StatusMsg{Context: "local", ReadOnly: "--read-only", Practice: "slow", Sources: []SourceStatus{
					{Name: "local", State: "live", At: fixedNow().Add(-time.Second)},
					{Name: "prometheus", State: "stale", At: fixedNow().Add(-42 * time.Second)},
				}}
				m, err := New(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				m.Update(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
				m.Update(tea.WindowSizeMsg{Width: 100, Height: 24})
				m.top().(*fake).off = "this console is read-only"
				arrange(m)
				golden.RequireEqual(t, m.View().Content)
			})
		}
	}
}
