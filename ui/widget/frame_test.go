package widget

import (
	"testing"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// BenchmarkFrame composes a whole screen of 200×60: a table over 1,000 deployments beside three charts, boxes, bars
// and a dialog. The goal is 0.5 ms.
func BenchmarkFrame(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	table := NewTable(fleetColumns())
	table.SetRows(newFleet(1000, th))
	table.SetSize(118, 56)
	chart := latencies(th)
	b.ReportAllocs()
	for b.Loop() {
		left := draw.Box(th, draw.BoxOptions{Title: "fleet", Status: "live", Focus: true}, table.View(th), 120, 58)
		var right []string
		for range 3 {
			right = append(right, draw.Box(th, draw.BoxOptions{Title: "latency", Status: "2s"}, chart.View(th, 78, 17), 80, 19)...)
		}
		lines := []string{draw.Ends("pitwall > local", "prom 2s", 200, "")}
		lines = append(lines, draw.JoinColumns(58, draw.Pane{Lines: left, Width: 120}, draw.Pane{Lines: right, Width: 80})...)
		lines = append(lines, th.Bar.Around(draw.Fit("enter open", 200, draw.Left, "")))
		draw.OverlayCenter(lines, rollback().View(th, 80, 20), 200)
	}
}
