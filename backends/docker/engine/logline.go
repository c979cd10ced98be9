package engine

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// maxLine is how many bytes of a line are kept.
const maxLine = 64 << 10

var errNobodyReads = errors.New("nobody reads the log")

// lineWriter cuts one stream of a log into lines with their times.
//
// In a multiplexed log every Write is one message of the engine, and every
// message begins with a time: also the second and third part of a line that
// is longer than the 16 KiB that the engine keeps together. Those times are
// taken out. The log of a terminal is one stream, with a time a line.
type lineWriter struct {
	emit   func(at time.Time, text string) bool // false: nobody reads any more
	framed bool

	at   time.Time
	line []byte
	open bool // a line has begun
	more bool // of it than is kept
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	if w.framed {
		at, rest, ok := cutTime(p)
		if ok {
			p = rest
			if !w.open {
				w.at = at
			}
		}
	}
	for len(p) > 0 {
		text, rest, ended := bytes.Cut(p, []byte{'\n'})
		w.add(text)
		p = rest
		if ended && !w.end() {
			return n, errNobodyReads
		}
	}
	return n, nil
}

func (w *lineWriter) add(text []byte) {
	w.open = true
	room := maxLine - len(w.line)
	if !w.framed {
		room += len(time.RFC3339Nano) + 1
	}
	if len(text) > room {
		text, w.more = text[:max(room, 0)], true
	}
	w.line = append(w.line, text...)
}

// end gives out the line.
func (w *lineWriter) end() bool {
	line, at := w.line, w.at
	if !w.framed {
		if t, rest, ok := cutTime(line); ok {
			at, line = t, rest
		}
	}
	text := strings.TrimSuffix(string(line[:min(len(line), maxLine)]), "\r")
	if w.more {
		text = strings.ToValidUTF8(text, "") + "…"
	}
	w.line, w.open, w.more = w.line[:0], false, false
	if cap(w.line) > maxLine/2 {
		w.line = nil
	}
	if !w.framed {
		w.at = at // a part without a time of its own is as old as the one before
	}
	return w.emit(at, text)
}

// flush gives out a line that was not ended.
func (w *lineWriter) flush() {
	if w.open && len(w.line) > 0 {
		w.end()
	}
}

// cutTime takes the time off the beginning of a message.
func cutTime(p []byte) (at time.Time, rest []byte, ok bool) {
	i := bytes.IndexByte(p[:min(len(p), len(time.RFC3339Nano)+1)], ' ')
	if i < len("2006-01-02T15:04:05Z") {
		return at, p, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(p[:i]))
	if err != nil {
		return time.Time{}, p, false
	}
	return at, p[i+1:], true
}
