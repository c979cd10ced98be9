package nginx

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/gateway/split"
)

// edit replaces bytes of a file.
type edit struct {
	file       *file
	start, end int
	text       string
}

// edited is what a change makes of a configuration.
type edited struct {
	texts  map[string]string // by path, of the files that change
	change change
}

// edit writes what is wanted into the configuration. It touches the lines of
// the split block, the server lines of the variants' upstreams, and the answer
// of the proof location. A variant that want.Members lacks keeps its members.
// Errors: *frontdoor.RejectedError.
func (p *plan) edit(want frontdoor.Want, at time.Time) (edited, error) {
	points, err := p.points(want.Split)
	if err != nil {
		return edited{}, err
	}
	edits, err := p.editWeights(points)
	if err != nil {
		return edited{}, err
	}
	for _, v := range p.variants {
		if members, ok := want.Members[v.name]; ok {
			more, err := p.editMembers(v, members)
			if err != nil {
				return edited{}, err
			}
			edits = append(edits, more...)
		}
	}
	whole := backends.Split{}
	for name, n := range points {
		whole[name] = float64(n) / 100
	}
	c := change{split: whole, by: want.By, at: at}
	edits = append(edits, p.editRemarks(c)...)
	texts, err := apply(edits)
	if err != nil {
		return edited{}, err
	}
	done := edited{texts: texts, change: c}
	return done, p.verify(done, points, want.Members)
}

func refuse(format string, args ...any) error {
	return &frontdoor.RejectedError{Kind: frontdoor.NGINX, Text: fmt.Sprintf(format, args...)}
}

// points are the weights of all variants.
func (p *plan) points(s backends.Split) (map[string]int, error) {
	var names []string
	for _, v := range p.variants {
		names = append(names, v.name)
	}
	if err := s.Validate(names); err != nil {
		return nil, refuse("%v", err)
	}
	points := make(map[string]int, len(names))
	for _, name := range names {
		n, err := split.Points(s[name])
		if err != nil {
			return nil, refuse("%v", err)
		}
		points[name] = n
	}
	return points, nil
}

// editRemarks writes who changed what and when, and what proves it.
func (p *plan) editRemarks(c change) []edit {
	f := p.split.file
	var edits []edit
	if p.last != nil {
		edits = append(edits, edit{f, p.last.start, p.last.end, c.comment()})
	} else {
		edits = append(edits, atTop(p.split, c.comment()))
	}
	if p.proof != nil {
		w := p.proof.words[2]
		edits = append(edits, edit{p.proof.file, w.start, w.end, `"` + c.served() + `\n"`})
	}
	return edits
}

// atTop inserts a line at the top of a block.
func atTop(block *directive, line string) edit {
	f, at := block.file, block.open
	if comment, ok := f.commentAfter(at); ok {
		at = comment.end
	}
	indent := f.indent(block.start) + "  "
	if len(block.block) > 0 && f.alone(block.block[0].start) && block.block[0].file == f {
		indent = f.indent(block.block[0].start)
	}
	return f.breakAfter(at, f.eol()+indent+line, indent)
}

// breakAfter inserts a text that ends in a comment, and a line end behind it
// when something follows that the comment would swallow.
func (f *file) breakAfter(at int, text, indent string) edit {
	end := at
	for end < len(f.text) && (f.text[end] == ' ' || f.text[end] == '\t') {
		end++
	}
	if end == len(f.text) || f.text[end] == '\n' || f.text[end] == '\r' || f.text[end] == '#' {
		return edit{f, at, at, text}
	}
	if f.text[end] == '}' {
		indent = f.indent(at)
	}
	return edit{f, at, end, text + f.eol() + indent}
}

// apply gives the new texts of the files that the edits change.
// Edits of the same bytes are refused: two variants share an upstream.
func apply(edits []edit) (map[string]string, error) {
	byFile := map[*file][]edit{}
	for _, e := range edits {
		byFile[e.file] = append(byFile[e.file], e)
	}
	texts := make(map[string]string, len(byFile))
	for f, list := range byFile {
		slices.SortStableFunc(list, func(a, b edit) int {
			if a.start != b.start {
				return a.start - b.start
			}
			return a.end - b.end // what is inserted comes before what is replaced
		})
		var b strings.Builder
		at := 0
		for _, e := range list {
			if e.start < at {
				return nil, refuse("%s:%d: two variants share these lines", f.path, lineOf(f.text, e.start))
			}
			b.WriteString(f.text[at:e.start])
			b.WriteString(e.text)
			at = e.end
		}
		texts[f.path] = b.String() + f.text[at:]
	}
	return texts, nil
}

// verify reads the new texts back: what they say must be what was wanted.
func (p *plan) verify(done edited, points map[string]int, members map[string][]frontdoor.Member) error {
	conf, err := p.conf.with(done.texts)
	if err != nil {
		return refuse("the changed text cannot be read back: %v", err)
	}
	again, err := find(conf)
	if err != nil {
		return refuse("the changed text cannot be read back: %v", err)
	}
	if got := again.weights(); !maps.Equal(got, points) {
		return refuse("the changed text would mean %v, not %v", got, points)
	}
	for _, v := range again.variants {
		if want, ok := members[v.name]; ok && !sameMembers(again.members(v), want) {
			return refuse("the changed text would give %s the members %v, not %v", v.name, again.members(v), want)
		}
	}
	return nil
}
