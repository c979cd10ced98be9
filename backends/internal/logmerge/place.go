package logmerge

import "time"

// Place is how far a log was read, so that a log which is opened anew goes on
// there. The zero Place is the beginning.
type Place struct {
	last  time.Time
	count int // lines of exactly that time
}

// At is the time of the last line that was read, zero when there was none: the
// time to open the log from.
func (p *Place) At() time.Time { return p.last }

// Pass moves the place to a line of that time.
func (p *Place) Pass(at time.Time) {
	if at.After(p.last) {
		p.last, p.count = at, 0
	}
	if at.Equal(p.last) {
		p.count++
	}
}

// Again gives a function to be asked for every line of a log that is opened
// anew, with its time, before Pass: whether the line was read before. A log may
// begin with lines that are older than the time that was asked for.
func (p *Place) Again() func(at time.Time) bool {
	last, count := p.last, p.count
	return func(at time.Time) bool {
		if count == 0 || at.After(last) {
			return false
		}
		if at.Equal(last) {
			count--
		}
		return true
	}
}
