package widget

import (
	"math"
	"unicode/utf8"
)

// raster is a grid of cells with dots inside: 2 × 4 of braille, or one character of its series in ASCII. Each cell has one owner, the series that is drawn in its style: the
// last one that set a dot there, so that the first series never hides the others.
type raster struct {
	ascii         bool
	width, height int // cells
	sx, sy        int // dots per cell
	dots          []uint8
	owner         []uint8
}

func newRaster(ascii bool, width, height int) *raster {
	r := &raster{ascii: ascii, width: width, height: height, sx: 2, sy: 4}
	if ascii {
		r.sx, r.sy = 1, 1
	}
	cells := make([]uint8, 2*width*height)
	r.dots, r.owner = cells[:width*height], cells[width*height:]
	return r
}

// brailleBit is the bit of a dot by column and row from the top (Unicode block U+2800).
var brailleBit = [2][4]uint8{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// set sets the dot in column x and row y from the top for a series.
func (r *raster) set(x, y int, series uint8) {
	cell := y/r.sy*r.width + x/r.sx
	if r.ascii {
		r.dots[cell] = series
	} else {
		r.dots[cell] |= brailleBit[x&1][y&3]
	}
	r.owner[cell] = series
}

// clear reports whether n cells from x on have no dots.
func (r *raster) clear(row, x, n int) bool {
	for i := range n {
		if x+i >= r.width || r.owner[row*r.width+x+i] != 0 {
			return false
		}
	}
	return true
}

func (r *raster) appendCell(dst []byte, row, x int) []byte {
	d := r.dots[row*r.width+x]
	if r.ascii {
		return append(dst, seriesMark(int(d)-1))
	}
	return utf8.AppendRune(dst, 0x2800+rune(d))
}

// seriesMark is the character of the i-th series in an ASCII chart.
func seriesMark(i int) byte {
	const marks = "*o+x%@"
	return marks[i%len(marks)]
}

// trace draws a series. Points are reduced to the range of each dot column (min-max down-sampling keeps every peak);
// neighbouring columns are joined unless a gap is between their points.
func (c *Chart) trace(r *raster, series int, low, high float64) {
	s := &c.Series[series]
	columns, rows := r.width*r.sx, r.height*r.sy
	scale := float64(columns) / float64(c.To-c.From)
	yScale := float64(rows-1) / (high - low)
	pen := tracer{raster: r, series: uint8(series%255 + 1), pattern: s.Pattern}
	for i := range s.Points {
		pt := &s.Points[i]
		if pt.T < c.From || pt.T > c.To {
			continue
		}
		if math.IsNaN(pt.V) || math.IsInf(pt.V, 0) {
			pen.lift()
			continue
		}
		if c.MaxGap > 0 && pen.down && pt.T-pen.at > c.MaxGap {
			pen.lift()
		}
		x := min(int(float64(pt.T-c.From)*scale), columns-1)
		y := clamp(int(math.Round((high-pt.V)*yScale)), 0, rows-1)
		pen.to(x, y)
		pen.at = pt.T
	}
	pen.lift()
}

// tracer collects the rows reached in one dot column and draws the column when it is left.
type tracer struct {
	*raster
	series      uint8
	pattern     Pattern
	down        bool
	at          int64 // time of the last point
	x, y        int   // of the last point
	least, most int   // rows reached in column x
}

func (t *tracer) to(x, y int) {
	if !t.down {
		t.down, t.x, t.y, t.least, t.most = true, x, y, y, y
		return
	}
	if x == t.x {
		t.y, t.least, t.most = y, min(t.least, y), max(t.most, y)
		return
	}
	dx, dy, fromX, fromY := x-t.x, y-t.y, t.x, t.y
	last := fromY
	for i := 1; i <= dx; i++ { // one vertical run per column, from where the last ended
		next := fromY + (dy*i*2+dx*sign(dy))/(2*dx)
		mid := (last + next) / 2
		t.least, t.most = min(t.least, last, mid), max(t.most, last, mid)
		t.flush()
		t.x = fromX + i
		t.least, t.most = min(mid, next), max(mid, next)
		last = next
	}
	t.y = y
}

func sign(v int) int {
	if v < 0 {
		return -1
	}
	return 1
}

// lift ends the line.
func (t *tracer) lift() {
	if t.down {
		t.flush()
	}
	t.down = false
}

// flush draws the collected column. Patterns leave out columns: dots every other one, dashes every third pair; a
// column that reaches more than one cell is always drawn, so that no peak is lost.
func (t *tracer) flush() {
	if t.most-t.least < t.sy {
		switch {
		case t.ascii:
		case t.pattern == Dotted && t.x%(2*t.sx) >= t.sx:
			return
		case t.pattern == Dashed && t.x%(6*t.sx) >= 4*t.sx:
			return
		}
	}
	for y := t.least; y <= t.most; y++ {
		t.set(t.x, y, t.series)
	}
}
