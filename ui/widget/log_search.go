package widget

import (
	"slices"
	"strconv"
	"strings"

	"pitwall/ui/draw"
)

// Search marks every line that contains query, ignoring case, goes to the last one and returns how many lines match.
// An empty query ends the search.
func (p *LogPane) Search(query string) int {
	p.query, p.hit = strings.ToLower(query), -1
	if p.query == "" {
		return 0
	}
	count, last := 0, -1
	for _, n := range p.visible {
		if indexFold(p.at(n).Text, p.query) >= 0 {
			count, last = count+1, n
		}
	}
	if last >= 0 {
		p.goTo(last)
	}
	return count
}

// Query returns the text searched for in lower case, "" without a search.
func (p *LogPane) Query() string { return p.query }

// NextMatch goes to the next match below, round at the end, and reports whether
// there is one.
func (p *LogPane) NextMatch() bool { return p.step(1) }

// PrevMatch goes to the match above, round at the start, and reports whether there is one.
func (p *LogPane) PrevMatch() bool { return p.step(-1) }

func (p *LogPane) step(direction int) bool {
	n := len(p.visible)
	if p.query == "" || n == 0 {
		return false
	}
	at, found := slices.BinarySearch(p.visible, p.hit)
	if !found && direction > 0 {
		at--
	}
	for i := 1; i <= n; i++ {
		j := ((at+direction*i)%n + n) % n
		if number := p.visible[j]; indexFold(p.at(number).Text, p.query) >= 0 {
			p.goTo(number)
			return true
		}
	}
	return false
}

// goTo selects a match and shows it, with lines below it for context.
func (p *LogPane) goTo(number int) {
	p.Pause()
	p.hit = number
	i, _ := slices.BinarySearch(p.visible, number)
	p.bottom = p.visible[min(i+p.height/2, len(p.visible)-1)]
	p.reveal(number)
}

// reveal scrolls sideways so that the match is on screen.
func (p *LogPane) reveal(number int) {
	line := p.at(number)
	at := indexFold(line.Text, p.query)
	if p.wrap || at < 0 {
		return
	}
	column := draw.Width(line.Text[:at]) + tagWidth(line)
	if column < p.left || column >= p.left+p.width {
		p.left = column / scrollStep * scrollStep
	}
}

// bottomIndex returns the index in visible of the line at the bottom of the window, -1 when there are no lines.
func (p *LogPane) bottomIndex() int {
	if !p.paused || len(p.visible) == 0 {
		return len(p.visible) - 1
	}
	i, found := slices.BinarySearch(p.visible, p.bottom)
	if !found {
		i--
	}
	return clamp(i, p.topmost(), len(p.visible)-1)
}

// topmost returns the index of the bottom line when the window shows the oldest lines.
func (p *LogPane) topmost() int {
	if !p.wrap {
		return max(min(p.height, len(p.visible))-1, 0)
	}
	rows, i := 0, 0
	for ; i < len(p.visible) && rows <= p.height; i++ {
		rows += p.rowsOf(p.at(p.visible[i]))
	}
	if rows > p.height && i > 1 {
		i--
	}
	return i - 1
}

// Status is the pane's state for the box that frames it: "live", "paused +312", with the filter's count, the search
// and the lines dropped.
func (p *LogPane) Status() string {
	out := "live"
	if p.paused {
		out = "paused"
		if n := p.Unseen(); n > 0 {
			out += " +" + strconv.Itoa(n)
		}
	}
	if p.include != "" || p.exclude != "" {
		shown, kept := p.Len()
		out += ", " + strconv.Itoa(shown) + " of " + strconv.Itoa(kept)
	}
	if p.dropped > 0 {
		out += ", " + strconv.Itoa(p.dropped) + " dropped"
	}
	return out
}

// Matches returns how many of the shown lines match the search, and the place of the selected one among them, counted
// from 1, or 0. It looks at every line.
func (p *LogPane) Matches() (selected, count int) {
	if p.query == "" {
		return 0, 0
	}
	for _, n := range p.visible {
		if indexFold(p.at(n).Text, p.query) < 0 {
			continue
		}
		if count++; n == p.hit {
			selected = count
		}
	}
	return selected, count
}

// Current returns the line that a person means: the selected match, or the one at the bottom of the window.
func (p *LogPane) Current() (line LogLine, ok bool) {
	n := p.hit
	if n < 0 {
		i := p.bottomIndex()
		if i < 0 {
			return LogLine{}, false
		}
		n = p.visible[i]
	}
	return *p.at(n), true
}

// Below returns how many shown lines come after the one at the bottom of the window.
func (p *LogPane) Below() int { return len(p.visible) - 1 - p.bottomIndex() }
