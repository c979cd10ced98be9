package nginx

import (
	"fmt"
	"strconv"
	"strings"

	"pitwall/serve/gateway/split"
)

// slot is a line of a split block, or the remark of one that has no weight.
type slot struct {
	value   string
	variant string // known once the variants are named
	points  int    // of 0.01 %
	rest    bool   // written *
	in      *file
	line    *directive
	zero    token // the remark, when line is nil
}

// readSlots reads a split block's lines in order, and the remark of the last change.
func readSlots(d *directive) (slots []slot, last *token, err error) {
	for _, comment := range d.file.commentsIn(d.open, d.close) {
		if text, ok := d.file.remark(comment); ok && isChange(text) {
			last = &comment
			break
		}
	}
	at := d.open
	for _, line := range d.block { // nginx knows no include in it
		slots = append(slots, zeros(d.file, at, line.start)...)
		at = line.end
		s, err := readSlot(line, slots)
		if err != nil {
			return nil, nil, err
		}
		slots = append(slots, s)
	}
	return append(slots, zeros(d.file, at, d.close)...), last, nil
}

// zeros reads the remarks of lines without weight between two offsets.
func zeros(f *file, from, to int) []slot {
	var found []slot
	for _, comment := range f.commentsIn(from, to) {
		text, _ := f.remark(comment)
		if !strings.HasPrefix(text, "0%") {
			continue
		}
		if words, ok := oneDirective(text); ok && len(words) == 2 && words[0] == "0%" {
			found = append(found, slot{value: words[1], zero: comment, in: f})
		}
	}
	return found
}

// oneDirective reads the words of the first directive of a text.
func oneDirective(text string) (words []string, ok bool) {
	tokens, err := lex("", text)
	if err != nil {
		return nil, false
	}
	for _, t := range tokens {
		switch t.kind {
		case tokWord:
			words = append(words, t.text)
		case tokEnd:
			return words, true
		case tokOpen, tokClose:
			return nil, false
		}
	}
	return nil, false
}

func readSlot(line *directive, before []slot) (slot, error) {
	taken := 0
	for _, s := range before {
		taken += s.points
	}
	wrong := func(why string) (slot, error) {
		return slot{}, &SyntaxError{Path: line.file.path, Line: line.line(), Why: why}
	}
	if line.hasBlock || len(line.words) != 2 {
		return wrong("a line of split_clients is a percentage and a value")
	}
	s := slot{value: line.arg(1), line: line, in: line.file}
	if line.name() == "*" {
		s.rest, s.points = true, max(split.Whole-taken, 0)
		return s, nil
	}
	points, err := readPercent(line.name())
	if err != nil {
		return wrong(err.Error())
	}
	if s.points = points; taken+points > split.Whole {
		return wrong("the percentages sum to more than 100")
	}
	return s, nil
}

// readPercent reads what nginx does: more than 0, at most two decimals.
func readPercent(text string) (points int, err error) {
	number, found := strings.CutSuffix(text, "%")
	whole, fraction, _ := strings.Cut(number, ".")
	if len(fraction) > 2 || len(whole) > 3 {
		found = false
	}
	digits := whole + (fraction + "00")[:2]
	points, err = strconv.Atoi(digits)
	if !found || err != nil || strings.ContainsAny(digits, "+-") || points == 0 {
		return 0, fmt.Errorf("invalid percent value %q", text)
	}
	return points, nil
}

// percent writes points as split_clients reads them: "70%", "12.5%".
func percent(points int) string {
	return strconv.FormatFloat(float64(points)/100, 'f', -1, 64) + "%"
}

// owner gives the slot that a hash falls in, by nginx's arithmetic, or -1.
func owner(slots []slot, hash uint32) int {
	var end uint64
	for i, s := range slots {
		switch {
		case s.line == nil:
			continue
		case s.rest:
			return i
		}
		if end += uint64(s.points) * 0xffffffff / split.Whole; uint64(hash) < end {
			return i
		}
	}
	return -1
}
