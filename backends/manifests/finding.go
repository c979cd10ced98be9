package manifests

import (
	"cmp"
	"slices"
)

// Severity says how bad a finding is.
type Severity string

// The severities. Only an Error makes `pitwall lint` fail.
const (
	Error   Severity = "error"   // it does not work, or hurts somebody
	Warning Severity = "warning" // it works, until something happens
	Note    Severity = "note"    // better known
)

// Rule is one thing that is looked at.
type Rule struct {
	ID       string // kind/name
	Severity Severity
	Why      string // one sentence
	Fix      string // what to do, one sentence
}

// Finding is a rule that a file breaks.
type Finding struct {
	Rule
	File string
	Line int    // from 1; 0 is of the whole file
	Text string // what is wrong here, one sentence; foreign
}

// report gathers the findings of one file.
type report struct {
	file  string
	near  surroundings
	found []Finding
}

func (r *report) add(id string, line int, text string) {
	r.found = append(r.found, Finding{Rule: rules[id].named(id), File: r.file, Line: line, Text: text})
}

func (r Rule) named(id string) Rule {
	r.ID = id
	return r
}

// Rules lists every rule by its ID.
func Rules() []Rule {
	var list []Rule
	for id, r := range rules {
		list = append(list, r.named(id))
	}
	slices.SortFunc(list, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// sorted orders findings as they stand in the files.
func sorted(list []Finding) []Finding {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(list, func(a, b Finding) bool {
		return a.File == b.File && a.Line == b.Line && a.ID == b.ID && a.Text == b.Text
	})
}
