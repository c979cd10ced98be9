package manifests

import (
	"io/fs"
	"slices"
)

// Fixed is a file of which findings were mended.
type Fixed struct {
	File          string // slash-separated, below the directory
	Before, After []byte
	Mended        []Finding // as they stood before, in the order of their lines
}

// Fix mends in every file of a directory what is mechanical, and returns the
// files that change. It writes nothing. What it changes are bytes where the
// finding is: comments and formatting stay. A change is made only when the
// finding is gone with it and nothing new is found; findings of other rules,
// and those that take a decision, are left.
// The error is that of Lint.
func Fix(dir fs.FS) ([]Fixed, error) {
	var list []Fixed
	near, err := survey(dir)
	if err != nil {
		return nil, err
	}
	err = each(dir, func(name string, data []byte) {
		if f := fix(near, name, data, fixers); len(f.Mended) > 0 {
			list = append(list, f)
		}
	})
	return list, err
}

// fixer proposes, for a rule, changes of which each might mend one finding.
type fixer struct {
	rule    string
	propose func(data []byte) []change
}

var fixers = []fixer{
	{"docker/shell-form", execForms},
	{"docker/add", copies},
	{"docker/pip-cache", pipCaches},
	{"docker/apt-lists", aptLists},
	{"compose/no-restart", restarts},
	{"nginx/tokens", hiddenTokens},
	{"k8s/escalation", escalations},
	{"k8s/capabilities", capabilities},
	{"k8s/unavailable", strategies},
	{"k8s/token", tokens},
	{"workflow/permissions", permissions},
	{"workflow/credentials", credentials},
}

// Fixable reports whether findings of a rule may be mended by Fix.
func Fixable(rule string) bool {
	for _, f := range fixers {
		if f.rule == rule {
			return true
		}
	}
	return false
}

// mostFixes bounds the changes of one file.
const mostFixes = 500

// fix mends one file.
func fix(near surroundings, name string, data []byte, fixers []fixer) Fixed {
	f := Fixed{File: name, Before: data, After: data}
	found := judged(near, name, data)
	for _, x := range fixers {
		skip := 0 // proposals that mend nothing
		for n := 0; n < mostFixes && slices.ContainsFunc(found, func(f Finding) bool { return f.ID == x.rule }); n++ {
			proposed := x.propose(f.After)
			if skip >= len(proposed) {
				break
			}
			text := proposed[skip].apply(f.After)
			now := judged(near, name, text)
			mended, ok := better(found, now, x.rule)
			if !ok {
				skip++
				continue
			}
			f.After, found = text, now
			f.Mended = append(f.Mended, mended...)
		}
	}
	slices.SortStableFunc(f.Mended, func(a, b Finding) int { return a.Line - b.Line })
	return f
}

// judged are the findings of a file by itself, with the patches that others have
// for its objects.
func judged(near surroundings, name string, data []byte) []Finding {
	r := &report{file: name, near: near}
	all := objects(file(r, data))
	return sorted(append(slices.Clone(r.found), all.patched(near, all.findings())...))
}

// better returns what is no longer found. It is not ok when that is nothing of
// the rule, or when something is found that was not before.
func better(before, after []Finding, rule string) (mended []Finding, ok bool) {
	left := slices.Clone(before)
	for _, f := range after {
		i := slices.IndexFunc(left, func(g Finding) bool { return g.ID == f.ID && g.Text == f.Text })
		if i < 0 {
			return nil, false
		}
		left = slices.Delete(left, i, i+1)
	}
	return left, slices.ContainsFunc(left, func(f Finding) bool { return f.ID == rule }) &&
		!slices.ContainsFunc(left, func(f Finding) bool { return !Fixable(f.ID) })
}

// edit replaces bytes of a text.
type edit struct {
	from, to int
	text     string
}

// change is made whole; its edits do not overlap.
type change []edit

func (c change) apply(data []byte) []byte {
	c = slices.Clone(c)
	slices.SortFunc(c, func(a, b edit) int { return b.from - a.from })
	text := string(data)
	for _, e := range c {
		text = text[:e.from] + e.text + text[e.to:]
	}
	return []byte(text)
}
