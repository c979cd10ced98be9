package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"pitwall/ui/draw"
)

// liveLine tells how something that is waited for goes on: on a terminal in one
// line that is written over, in a log each sentence once, whatever its figures.
type liveLine struct {
	out   io.Writer
	what  string // the first word of each line
	width int    // of the terminal, 0 for a log

	said  map[string]bool // log
	shown int             // columns of the line that stands on the terminal
}

// newLiveLine writes to out. plain asks for a log also on a terminal.
func newLiveLine(out io.Writer, what string, plain bool) *liveLine {
	l := &liveLine{out: out, what: what, said: make(map[string]bool)}
	if f, ok := out.(*os.File); ok && !plain && isTerminal(out) {
		l.width, _, _ = term.GetSize(int(f.Fd()))
	}
	return l
}

// say tells how it is at a time; the text may be foreign. The last one stays.
func (l *liveLine) say(at time.Time, text string, last bool) {
	line := fmt.Sprintf("%s  %-9s %s", at.Local().Format(time.TimeOnly), l.what, draw.Sanitize(text))
	if l.width > 0 {
		if !last {
			line = draw.Truncate(line, l.width-1, "...")
		}
		fmt.Fprint(l.out, "\r", draw.Pad(line, l.shown, draw.Left))
		if l.shown = draw.Width(line); last {
			l.end()
		}
		return
	}
	if kind := withoutFigures(text); last || !l.said[kind] {
		l.said[kind] = true
		fmt.Fprintln(l.out, line)
	}
}

// end leaves the line, so that what follows begins one of its own.
func (l *liveLine) end() {
	if l.shown > 0 {
		fmt.Fprintln(l.out)
		l.shown = 0
	}
}
