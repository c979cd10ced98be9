package widget

import (
	"strings"

	"pitwall/ui/draw"
	"pitwall/ui/theme"
)

// LogLine is one line of a log. Both texts are sanitised and plain.
type LogLine struct {
	Tag      string // replica or source, painted in TagStyle before the text; "" without
	TagStyle theme.Style
	Text     string
	Style    theme.Style // by level
}

// LogPane shows the last lines of a stream: it follows the end until the user scrolls, keeps its place while lines
// come in, wraps or scrolls sideways, filters and searches. Lines are numbered from 0 as they come; the oldest are
// forgotten when the ring is full.
type LogPane struct {
	ring    []LogLine
	start   int   // number of the oldest line kept
	next    int   // number of the next line
	visible []int // numbers of the lines that pass the filter, rising
	dropped int   // lines lost before they reached the pane

	width, height int
	paused        bool
	bottom        int // number of the line at the bottom, when paused
	seen          int // the next line's number when the user paused
	wrap          bool
	left          int // first column shown, when not wrapped

	include, exclude string
	query            string
	hit              int // number of the selected match, -1 for none
}

// scrollStep is the columns of one sideways step: single columns take ages on long lines.
const scrollStep = 16

// NewLogPane returns a pane that keeps the last capacity lines, at least 1, and follows.
func NewLogPane(capacity int) *LogPane {
	return &LogPane{ring: make([]LogLine, max(capacity, 1)), hit: -1}
}

// SetSize sets the size in columns and rows.
func (p *LogPane) SetSize(width, height int) { p.width, p.height = width, height }

// Append adds lines at the end.
func (p *LogPane) Append(lines ...LogLine) {
	for _, line := range lines {
		p.ring[p.next%len(p.ring)] = line
		if p.matches(&p.ring[p.next%len(p.ring)]) {
			p.visible = append(p.visible, p.next)
		}
		p.next++
	}
	p.start = max(p.start, p.next-len(p.ring))
	p.forget()
}

// forget drops the numbers of lines that the ring has lost.
func (p *LogPane) forget() {
	n := 0
	for n < len(p.visible) && p.visible[n] < p.start {
		n++
	}
	p.visible = p.visible[n:]
	if p.hit < p.start {
		p.hit = -1
	}
}

// Clear forgets all lines and follows again.
func (p *LogPane) Clear() {
	p.start, p.visible, p.hit = p.next, nil, -1
	clear(p.ring)
	p.Follow()
}

// AddDropped counts lines that were lost before they reached the pane; Status shows the count.
func (p *LogPane) AddDropped(n int) { p.dropped += n }

// Len returns how many lines pass the filter, and how many are kept.
func (p *LogPane) Len() (shown, kept int) { return len(p.visible), p.next - p.start }

// Follow goes to the end and stays there as lines come in.
func (p *LogPane) Follow() { p.paused = false }

// Pause stops following and keeps the place.
func (p *LogPane) Pause() {
	if !p.paused {
		p.paused, p.seen = true, p.next
		p.bottom = p.next - 1
		if n := len(p.visible); n > 0 {
			p.bottom = p.visible[n-1]
		}
	}
}

// Following reports whether the pane stays at the end.
func (p *LogPane) Following() bool { return !p.paused }

// Unseen returns how many lines came since the pane was paused, 0 while it follows.
func (p *LogPane) Unseen() int {
	if !p.paused {
		return 0
	}
	return p.next - max(p.seen, p.start)
}

// Scroll moves by delta lines, down when positive. Up pauses; down past the end follows again.
func (p *LogPane) Scroll(delta int) {
	if delta < 0 {
		p.Pause()
	}
	if !p.paused || len(p.visible) == 0 {
		return
	}
	i := p.bottomIndex() + delta
	if i >= len(p.visible)-1 && delta > 0 {
		p.Follow()
		return
	}
	p.bottom = p.visible[clamp(i, p.topmost(), len(p.visible)-1)]
}

// Page moves by delta windows, less one line of overlap.
func (p *LogPane) Page(delta int) { p.Scroll(delta * max(p.height-1, 1)) }

// Home goes to the oldest line and pauses.
func (p *LogPane) Home() { p.Scroll(-len(p.visible)) }

// ScrollX moves sideways by steps of 16 columns, right when positive, not past the longest line in the window;
// wrapped lines do not move.
func (p *LogPane) ScrollX(steps int) {
	if p.wrap {
		return
	}
	widest := 0
	last := p.bottomIndex()
	for i := max(last-p.height+1, 0); i <= last; i++ {
		line := p.at(p.visible[i])
		widest = max(widest, tagWidth(line)+draw.Width(line.Text))
	}
	most := max(widest-p.width+scrollStep-1, 0) / scrollStep * scrollStep
	p.left = clamp(p.left+steps*scrollStep, 0, max(most, min(p.left, p.left+steps*scrollStep)))
}

// SetWrap chooses between wrapping long lines and cutting them.
func (p *LogPane) SetWrap(on bool) { p.wrap = on }

// Wrapped reports whether long lines are wrapped.
func (p *LogPane) Wrapped() bool { return p.wrap }

// SetFilter shows only lines that contain include and do not contain exclude, ignoring case; "" filters nothing.
func (p *LogPane) SetFilter(include, exclude string) {
	p.include, p.exclude = strings.ToLower(include), strings.ToLower(exclude)
	p.visible = nil
	for n := p.start; n < p.next; n++ {
		if p.matches(p.at(n)) {
			p.visible = append(p.visible, n)
		}
	}
}

// Filter returns what lines must and must not contain.
func (p *LogPane) Filter() (include, exclude string) { return p.include, p.exclude }

func (p *LogPane) matches(line *LogLine) bool {
	return (p.include == "" || line.contains(p.include)) && (p.exclude == "" || !line.contains(p.exclude))
}

// contains looks for lower in the line without regard to case.
func (l *LogLine) contains(lower string) bool {
	return indexFold(l.Text, lower) >= 0 || l.Tag != "" && indexFold(l.Tag, lower) >= 0
}

// at returns the line with number n, which must be kept.
func (p *LogPane) at(n int) *LogLine { return &p.ring[n%len(p.ring)] }
