package fleet

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/viewtest"
)

// BenchmarkFleetView1000 is the goal of reference/terminal.md §3.3: at most
// 0.5 ms a view at 200×60, after a move of the cursor and for new data.
func BenchmarkFleetView1000(b *testing.B) {
	for _, change := range []string{"cursor", "snapshot", "nothing"} {
		b.Run(change, func(b *testing.B) {
			s := New(viewtest.Deps(viewtest.Many(1000)))
			f := viewtest.Frame(200, 58)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				switch change {
				case "cursor":
					s.move(func() { s.table.Move(1 - 2*(i%2)) })
				case "snapshot":
					s.revision++
					s.cells.memo = nil
				}
				if len(s.View(f)) != f.Height {
					b.Fatal("no frame")
				}
			}
		})
	}
}

// BenchmarkFrame1000 is the whole frame after a key, header and key bar too.
func BenchmarkFrame1000(b *testing.B) {
	deps := viewtest.Deps(viewtest.Many(1000))
	m, err := ui.New(b.Context(), ui.Options{
		Open: func(ui.Place) (ui.Screen, error) { return New(deps), nil },
		Now:  viewtest.Clock, Status: views.Status(ui.StatusMsg{Context: "local"}, deps.Snapshot()),
	})
	if err != nil {
		b.Fatal(err)
	}
	m.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Update(tea.KeyPressMsg{Code: rune("jk"[i%2]), Text: "jk"[i%2 : i%2+1]})
		m.View()
	}
}

func BenchmarkFleetFilter1000(b *testing.B) {
	s := New(viewtest.Deps(viewtest.Many(1000)))
	for i := 0; b.Loop(); i++ {
		s.filter.set(fmt.Sprintf("model-0%d", i%10))
		s.arrange(true)
	}
}
