package ui

import (
	"strings"
	"unicode/utf8"
)

// fuzzy reports whether text has every word of query, and how well: a word
// that stands at the start of a word in text beats one inside, which beats
// letters that only follow each other in order.
func fuzzy(query, text string) (score int, ok bool) {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		s, found := fuzzyWord(word, text)
		if !found {
			return 0, false
		}
		score += s
	}
	return score, true
}

const (
	atStart  = 300
	inside   = 200
	inOrder  = 100
	exactEnd = 30
)

func fuzzyWord(word, text string) (int, bool) {
	if i := strings.Index(text, word); i >= 0 {
		start := i == 0 || strings.ContainsRune(" -_./", rune(text[i-1]))
		if !start {
			return inside - min(i, 50), true
		}
		if end := i + len(word); end == len(text) || text[end] == ' ' {
			return atStart + exactEnd - min(i, 20), true
		}
		return atStart - min(i, 50), true
	}
	at, gaps := 0, 0
	for _, r := range word {
		i := strings.IndexRune(text[at:], r)
		if i < 0 {
			return 0, false
		}
		gaps += i
		at += i + utf8.RuneLen(r)
	}
	return inOrder - min(gaps, 90), true
}
