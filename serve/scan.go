package serve

import (
	"encoding/json"
	"math"
	"strconv"
)

// scanner reads JSON (RFC 8259) from memory, token by token, for the shapes of
// body that this package accepts. It does not allocate for numbers and plain
// strings. encoding/json costs twice the time of a whole request of 64 rows.
type scanner struct {
	data []byte
	at   int // offset of the next byte
}

// next skips white space and gives the next byte without taking it, 0 at the end.
func (s *scanner) next() byte {
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take takes the next byte if it is c.
func (s *scanner) take(c byte) bool {
	if s.next() != c {
		return false
	}
	s.at++
	return true
}

// wanted is the error for finding anything else than what.
func (s *scanner) wanted(what string) error {
	if s.next(); s.at >= len(s.data) {
		return badRequest("the JSON ends at byte %d, want %s", s.at, what)
	}
	return badRequest("byte %d of the JSON: want %s, found %.16q", s.at, what, s.data[s.at:min(len(s.data), s.at+16)])
}

// expect takes c or fails.
func (s *scanner) expect(c byte, where string) error {
	if !s.take(c) {
		return s.wanted(strconv.QuoteRune(rune(c)) + " " + where)
	}
	return nil
}

// end fails unless nothing but white space is left.
func (s *scanner) end() error {
	if s.next(); s.at < len(s.data) {
		return s.wanted("nothing more")
	}
	return nil
}

// more goes on in a list: after its first element it wants a comma or close.
// It returns false when it took close.
func (s *scanner) more(first bool, closing byte) (bool, error) {
	if s.take(closing) {
		return false, nil
	}
	if !first {
		if err := s.expect(',', "or the end"); err != nil {
			return false, err
		}
	}
	return true, nil
}

// key takes an object's key and its colon. The result is valid until the data
// changes.
func (s *scanner) key() ([]byte, error) {
	if s.next() != '"' {
		return nil, s.wanted("a key in double quotes")
	}
	begin, plain := s.at, true
	for s.at++; ; s.at++ {
		if s.at >= len(s.data) || s.data[s.at] < ' ' {
			return nil, s.wanted("the rest of a string")
		}
		if s.data[s.at] == '"' {
			break
		}
		if s.data[s.at] == '\\' {
			plain = false
			s.at++
		}
	}
	s.at++
	key := s.data[begin+1 : s.at-1]
	if !plain {
		var text string
		if err := json.Unmarshal(s.data[begin:s.at], &text); err != nil {
			return nil, badRequest("byte %d of the JSON: a key cannot be read: %v", begin, err)
		}
		key = []byte(text)
	}
	return key, s.expect(':', "after a key")
}

// literal takes word if it is next.
func (s *scanner) literal(word string) bool {
	s.next()
	if end := s.at + len(word); end <= len(s.data) && string(s.data[s.at:end]) == word {
		s.at = end
		return true
	}
	return false
}

// digits takes decimal digits and says how many there were.
func (s *scanner) digits() int {
	begin := s.at
	for s.at < len(s.data) && s.data[s.at]-'0' <= 9 {
		s.at++
	}
	return s.at - begin
}

// number takes the text of a number. The grammar is JSON's: ParseFloat would
// also accept NaN, Inf, +1, 1_0, 0x1p-2, .5, 1. and 01.
func (s *scanner) number() (text []byte, integer bool, err error) {
	const what = "a number or null"
	s.next()
	begin := s.at
	char := func() byte {
		if s.at < len(s.data) {
			return s.data[s.at]
		}
		return 0
	}
	if char() == '-' {
		s.at++
	}
	zero := char() == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		s.at = begin
		return nil, false, s.wanted(what)
	}
	integer = true
	if char() == '.' {
		integer = false
		if s.at++; s.digits() == 0 {
			return nil, false, s.wanted("a digit after the point")
		}
	}
	if c := char(); c == 'e' || c == 'E' {
		integer = false
		s.at++
		if c := char(); c == '+' || c == '-' {
			s.at++
		}
		if s.digits() == 0 {
			return nil, false, s.wanted("a digit in the exponent")
		}
	}
	return s.data[begin:s.at], integer, nil
}

// value takes a number as the nearest float32, or null as NaN.
func (s *scanner) value() (float32, error) {
	if s.next() == 'n' && s.literal("null") {
		return float32(math.NaN()), nil
	}
	text, _, err := s.number()
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(string(text), 32)
	if err != nil { // the grammar was right: it can only be out of range
		return 0, badRequest("byte %d of the JSON: %.40s is beyond the range of a 32-bit float", s.at-len(text), text)
	}
	return float32(v), nil
}
