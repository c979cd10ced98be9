package widget

import (
	"slices"
	"testing"

	"pitwall/ui/theme"
)

func TestTableFrames(t *testing.T) {
	goldenFrames(t, 70, func(th *theme.Theme) []string {
		table := NewTable(fleetColumns())
		table.SetSize(70, 6)
		table.SetRows(newFleet(20, th))
		table.SetSort("p95", true)
		table.Move(3)
		return table.View(th)
	})
}

func TestEmptyTable(t *testing.T) {
	goldenFrames(t, 30, func(th *theme.Theme) []string {
		table := NewTable(fleetColumns())
		table.SetSize(30, 3)
		table.SetEmpty("no deployments: pitwall up")
		return table.View(th)
	})
}

func TestTableFitsEverySize(t *testing.T) {
	th := theme.New(theme.Options{Profile: theme.ANSI16})
	table := NewTable(fleetColumns())
	table.SetRows(newFleet(30, th))
	for width := 1; width < 130; width++ {
		for _, height := range []int{1, 2, 40} {
			table.SetSize(width, height)
			lines := table.View(th)
			if len(lines) != height {
				t.Fatalf("%d×%d: %d lines", width, height, len(lines))
			}
			checkWidths(t, lines, width)
		}
	}
}

func TestTableHidesByPriority(t *testing.T) {
	table := NewTable(fleetColumns())
	visible := func(width int) (ids []string) {
		table.SetSize(width, 5)
		last := ""
		for x := range width {
			if id, ok := table.ColumnAt(x); ok && id != last {
				ids = append(ids, id)
				last = id
			}
		}
		return ids
	}
	if got := visible(24); !slices.Equal(got, []string{"state", "name", "split"}) {
		t.Errorf("24 columns show %v", got)
	}
	if got := visible(4); !slices.Equal(got, []string{"state"}) {
		t.Errorf("4 columns show %v", got)
	}
	if got := visible(200); len(got) != 10 {
		t.Errorf("200 columns show %v", got)
	}
}

func TestTableCursorFollowsItsRow(t *testing.T) {
	th := theme.New(theme.Options{})
	table := NewTable(fleetColumns())
	table.SetSize(80, 11)
	f := newFleet(100, th)
	table.SetRows(f)
	table.SelectRow(42)
	if first, end := table.Window(); first > 42 || end <= 42 || end-first != 10 {
		t.Fatalf("window %d-%d", first, end)
	}

	sorted := fleet{names: slices.Clone(f.names), theme: th}
	slices.Reverse(sorted.names)
	table.SetRows(sorted)
	if row, _ := table.Cursor(); row != 57 || table.CursorID() != "model-0042" {
		t.Errorf("after a sort: row %d, %s", row, table.CursorID())
	}

	sorted.names = slices.Delete(slices.Clone(sorted.names), 57, 58)
	table.SetRows(sorted)
	if row, _ := table.Cursor(); row != 57 || table.CursorID() != "model-0041" {
		t.Errorf("after its row went: row %d, %s", row, table.CursorID())
	}

	table.SetRows(newFleet(0, th))
	if _, ok := table.Cursor(); ok || table.CursorID() != "" {
		t.Error("an empty table has no cursor")
	}
}

func TestTableMovesAndHits(t *testing.T) {
	th := theme.New(theme.Options{})
	table := NewTable(fleetColumns())
	table.SetSize(80, 11)
	table.SetRows(newFleet(25, th))
	steps := []struct {
		do   func()
		want int
	}{
		{func() { table.Move(-1) }, 0},
		{func() { table.Page(1) }, 9},
		{table.End, 24},
		{func() { table.Move(5) }, 24},
		{func() { table.Page(-1) }, 15},
		{table.Home, 0},
		{func() { table.SelectRow(12) }, 12},
	}
	for i, step := range steps {
		step.do()
		if row, _ := table.Cursor(); row != step.want {
			t.Errorf("step %d: row %d, want %d", i, row, step.want)
		}
	}
	if _, ok := table.RowAt(0); ok {
		t.Error("the header is not a row")
	}
	first, _ := table.Window()
	if row, ok := table.RowAt(1); !ok || row != first {
		t.Errorf("line 1 is row %d %v, want %d", row, ok, first)
	}
	table.SetRows(newFleet(3, th))
	if _, ok := table.RowAt(4); ok {
		t.Error("below the last row is no row")
	}
}

// BenchmarkTable draws 50 visible of 1,000 rows of 10 columns: 21-41 µs is the goal.
func BenchmarkTable(b *testing.B) {
	th := theme.New(theme.Options{Profile: theme.TrueColor})
	table := NewTable(fleetColumns())
	table.SetSize(120, 51)
	table.SetRows(newFleet(1000, th))
	b.ReportAllocs()
	for b.Loop() {
		table.View(th)
	}
}
