package widget

import (
	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// Column is one column of a Table.
type Column struct {
	ID       string // for sorting and hit tests
	Title    string
	Width    int        // columns wanted, at least 1
	Min      int        // columns needed; 0 is Width
	Flex     int        // share of the columns left over; 0 keeps Width
	Align    draw.Align // of cells and title
	Priority int        // 0 stays always; the highest goes first when the table is narrow
}

// Cell is one field of a row. Text is plain, or painted when Style is zero; a painted text keeps its own colours on
// the selected row's background.
type Cell struct {
	Text  string
	Style theme.Style
}

// Rows is the table's data, asked for only where it is visible. IDs are unique and keep the cursor on its row when
// rows are sorted, added or removed.
type Rows interface {
	Len() int
	ID(row int) string
	Cell(row, column int) Cell
}

// Table is a windowed list of rows with a header and a cursor that follows its row by identity.
type Table struct {
	columns []Column
	rows    Rows
	empty   []string

	width, height int
	layout        []placed

	cursor, offset int
	cursorID       string
	sortID         string
	descending     bool
	header         string       // painted header, valid for headerTheme
	headerTheme    *theme.Theme // nil when the header must be painted again
}

// placed is a visible column: its index in columns, its first screen column and its width.
type placed struct {
	index, x, width int
}

// gutter is the columns before the first: the cursor mark and a blank.
const gutter = 2

// NewTable returns an empty table with the given columns.
func NewTable(columns []Column) *Table {
	t := &Table{}
	t.SetColumns(columns)
	return t
}

// SetColumns replaces the columns.
func (t *Table) SetColumns(columns []Column) {
	t.columns = columns
	t.place()
}

// SetSize sets the size in columns and rows, header included.
func (t *Table) SetSize(width, height int) {
	if width == t.width && height == t.height {
		return
	}
	resized := width != t.width
	t.width, t.height = width, height
	if resized {
		t.place()
	}
	t.scroll()
}

// SetRows replaces the data. The cursor stays on the row with its ID; when that row is gone it stays at its place.
func (t *Table) SetRows(rows Rows) {
	t.rows = rows
	n := t.Len()
	if t.cursor >= n || n > 0 && rows.ID(t.cursor) != t.cursorID {
		if i, ok := t.find(t.cursorID); ok {
			t.cursor = i
		}
	}
	t.move(t.cursor)
}

// SetEmpty sets the lines shown instead of rows when there are none: say why, and the next key.
func (t *Table) SetEmpty(lines ...string) { t.empty = lines }

// SetSort marks the column by which the caller has sorted the rows; "" marks none.
func (t *Table) SetSort(columnID string, descending bool) {
	if t.sortID == columnID && t.descending == descending {
		return
	}
	t.sortID, t.descending, t.headerTheme = columnID, descending, nil
}

// Len returns the number of rows.
func (t *Table) Len() int {
	if t.rows == nil {
		return 0
	}
	return t.rows.Len()
}

// Cursor returns the row under the cursor; ok is false for a table without rows.
func (t *Table) Cursor() (row int, ok bool) { return t.cursor, t.Len() > 0 }

// CursorID returns the ID of the row under the cursor, "" for a table without rows.
func (t *Table) CursorID() string {
	if t.Len() == 0 {
		return ""
	}
	return t.cursorID
}

// SelectRow puts the cursor on a row, clamped to those that exist.
func (t *Table) SelectRow(row int) { t.move(row) }

// Move moves the cursor by delta rows and stops at the ends.
func (t *Table) Move(delta int) { t.move(t.cursor + delta) }

// Page moves the cursor by delta windows, less one row of overlap.
func (t *Table) Page(delta int) { t.move(t.cursor + delta*max(t.window()-1, 1)) }

// Home moves the cursor to the first row.
func (t *Table) Home() { t.move(0) }

// End moves the cursor to the last row.
func (t *Table) End() { t.move(t.Len() - 1) }

// RowAt returns the row drawn at line y of the view (0 is the header).
func (t *Table) RowAt(y int) (row int, ok bool) {
	row = t.offset + y - 1
	return row, y >= 1 && y < t.height && row < t.Len()
}

// ColumnAt returns the ID of the column drawn at screen column x of the view.
func (t *Table) ColumnAt(x int) (columnID string, ok bool) {
	for _, p := range t.layout {
		if x >= p.x && x < p.x+p.width {
			return t.columns[p.index].ID, true
		}
	}
	return "", false
}

// Window returns the first visible row and one past the last: fetch details for these only.
func (t *Table) Window() (first, end int) {
	return t.offset, min(t.offset+t.window(), t.Len())
}

func (t *Table) window() int { return max(t.height-1, 0) }

func (t *Table) find(id string) (int, bool) {
	if id == "" {
		return 0, false
	}
	for i := range t.Len() {
		if t.rows.ID(i) == id {
			return i, true
		}
	}
	return 0, false
}

func (t *Table) move(row int) {
	t.cursor = max(min(row, t.Len()-1), 0)
	if t.Len() > 0 {
		t.cursorID = t.rows.ID(t.cursor)
	}
	t.scroll()
}

// scroll keeps the cursor in the window and the window full.
func (t *Table) scroll() {
	w := t.window()
	if w == 0 {
		return
	}
	t.offset = min(t.offset, t.cursor)
	t.offset = max(t.offset, t.cursor-w+1)
	t.offset = max(min(t.offset, t.Len()-w), 0)
}
