package logmerge

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// MaxLine is how many bytes of a line are kept.
const MaxLine = 64 << 10

var errNobodyReads = errors.New("nobody reads the log")

// Cutter cuts one stream of a log into lines with their times (RFC 3339, before
// the text of each line). It is an io.Writer for one goroutine.
//
// In a multiplexed log of Docker every Write is one message of the engine, and
// every message begins with a time: also the second and third part of a line
// that is longer than the 16 KiB that the engine keeps together. Those times
// are taken out. Other logs, that of a terminal or of a pod, are one stream
// with a time a line.
type Cutter struct {
	emit   func(at time.Time, text string) bool
	framed bool

	at   time.Time
	line []byte
	open bool // a line has begun
	more bool // of it than is kept
}

// NewCutter gives every line to emit, without its end, at most MaxLine bytes and
// then an ellipsis; its time is that of the line before when it has none. emit
// answers false when nobody reads any more. framed is for a multiplexed log.
func NewCutter(framed bool, emit func(at time.Time, text string) bool) *Cutter {
	return &Cutter{framed: framed, emit: emit}
}

// Write takes the next piece of the stream.
// Errors: one when nobody reads any more.
func (w *Cutter) Write(p []byte) (int, error) {
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

func (w *Cutter) add(text []byte) {
	w.open = true
	room := MaxLine - len(w.line)
	if !w.framed {
		room += len(time.RFC3339Nano) + 1
	}
	if len(text) > room {
		text, w.more = text[:max(room, 0)], true
	}
	w.line = append(w.line, text...)
}

// end gives out the line.
func (w *Cutter) end() bool {
	line, at := w.line, w.at
	if !w.framed {
		if t, rest, ok := cutTime(line); ok {
			at, line = t, rest
		}
	}
	text := strings.TrimSuffix(string(line[:min(len(line), MaxLine)]), "\r")
	if w.more {
		text = strings.ToValidUTF8(text, "") + "…"
	}
	w.line, w.open, w.more = w.line[:0], false, false
	if cap(w.line) > MaxLine/2 {
		w.line = nil
	}
	if !w.framed {
		w.at = at // a part without a time of its own is as old as the one before
	}
	return w.emit(at, text)
}

// Flush gives out a line that was not ended.
func (w *Cutter) Flush() {
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
