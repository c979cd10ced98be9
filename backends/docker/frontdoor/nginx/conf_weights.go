package nginx

import (
	"slices"
	"strings"

	"pitwall/serve/gateway/split"
)

// layout is the order of the variants in the hash space that package split
// keeps, so that a candidate only ever trades users with the stable variant.
const layout = "BAEDAC"

// spot is a line that a split block shall have.
type spot struct {
	variant string
	points  int
	slot    *slot // that is there, nil for a new line
}

// editWeights sets the percentages.
func (p *plan) editWeights(points map[string]int) ([]edit, error) {
	spots, err := p.spots(points)
	if err != nil {
		return nil, err
	}
	last := -1
	for i, s := range spots {
		if s.points > 0 {
			last = i
		}
	}
	var edits []edit
	for i, s := range spots {
		weight := percent(s.points)
		switch {
		case i == last:
			weight = "*"
		case s.points == 0:
			weight = ""
		}
		switch {
		case s.slot == nil && weight != "":
			edits = append(edits, p.insertLine(spots, i, weight))
		case s.slot != nil:
			edits = append(edits, s.slot.edit(weight)...)
		}
	}
	return edits, nil
}

// spots tells which lines the block shall have: in package split's layout when
// its lines are in that order, else in the owner's order.
func (p *plan) spots(points map[string]int) ([]spot, error) {
	var order strings.Builder
	for _, s := range p.slots {
		order.WriteString(s.variant)
	}
	if where, ok := places(order.String()); ok {
		return p.laidOut(points, where)
	}
	var spots []spot
	for i, s := range p.slots {
		n := points[s.variant]
		if slices.ContainsFunc(p.slots[:i], func(o slot) bool { return o.variant == s.variant }) {
			n = 0
		}
		spots = append(spots, spot{s.variant, n, &p.slots[i]})
	}
	for _, v := range p.variants {
		switch {
		case strings.Contains(order.String(), v.name):
		case v.name == "B":
			spots = slices.Insert(spots, 0, spot{variant: v.name, points: points[v.name]})
		default:
			spots = append(spots, spot{variant: v.name, points: points[v.name]})
		}
	}
	return spots, nil
}

// places gives each variant of a sequence its place in the layout, if the
// sequence keeps the layout's order.
func places(order string) ([]int, bool) {
	where := make([]int, 0, len(order))
	at := 0
	for _, name := range order {
		i := strings.IndexRune(layout[at:], name)
		if i < 0 {
			return nil, false
		}
		where = append(where, at+i)
		at += i + 1
	}
	return where, true
}

// laidOut places the lines as package split does.
func (p *plan) laidOut(points map[string]int, where []int) ([]spot, error) {
	var weights []split.Weight
	for name, n := range points {
		weights = append(weights, split.Weight{Variant: name, Points: n})
	}
	table, err := split.New(weights)
	if err != nil {
		return nil, refuse("%v", err)
	}
	var full [len(layout)]spot
	for i := range full {
		full[i].variant = layout[i : i+1]
	}
	for i, at := range where {
		full[at].slot = &p.slots[i]
	}
	var order strings.Builder
	for _, part := range table.Parts() {
		order.WriteString(part.Variant)
	}
	at, _ := places(order.String())
	for i, part := range table.Parts() {
		full[at[i]].points = part.Points
	}
	// Without D and E all of A is one part: it goes to the line that exists.
	if full[4].points == 0 && full[1].slot == nil && full[4].slot != nil {
		full[1].points, full[4].points = 0, full[1].points
	}
	return slices.DeleteFunc(full[:], func(s spot) bool { return s.slot == nil && s.points == 0 }), nil
}

// edit gives a slot another weight; "" makes it a remark.
func (s *slot) edit(weight string) []edit {
	f := s.in
	switch {
	case s.line == nil && weight == "":
		return nil
	case s.line == nil:
		text := f.text[s.zero.start:s.zero.end]
		return []edit{{f, s.zero.start, s.zero.end, weight + text[strings.Index(text, "0%")+len("0%"):]}}
	case weight == "":
		return []edit{s.mute()}
	}
	w := s.line.words[0]
	if w.text == weight || w.text != "*" && weight != "*" && s.points > 0 && percent(s.points) == weight {
		return nil // 70.0% stays as its owner wrote it
	}
	return []edit{{f, w.start, w.end, weight}}
}

// mute makes a line a remark, from which it comes back as it was.
func (s *slot) mute() edit {
	f, line := s.in, s.line
	indent := f.indent(line.start)
	value := f.text[line.words[0].end:line.end]
	if strings.Contains(value, "\n") {
		w := line.words[1]
		value = " " + f.text[w.start:w.end] + ";"
		for _, comment := range f.commentsIn(line.start, line.end) {
			value += f.eol() + indent + f.text[comment.start:comment.end]
		}
	}
	e := f.breakAfter(line.end, remarkPrefix+"0%"+value, indent)
	if comment, ok := f.commentAfter(line.end); ok && len(zeros(f, comment.start, comment.end)) > 0 {
		e.text += f.eol() + indent // the other remark needs a line of its own
	}
	e.start = line.start
	return e
}

// insertLine writes a line for the i-th spot, which the block lacks.
func (p *plan) insertLine(spots []spot, i int, weight string) edit {
	var value string
	for _, v := range p.variants {
		if v.name == spots[i].variant {
			value = v.value
		}
	}
	text := weight + " " + quote(value) + ";"
	for _, next := range spots[i+1:] {
		if next.slot == nil {
			continue
		}
		f, start := next.slot.in, next.slot.start()
		if f.alone(start) {
			return edit{f, start, start, text + f.eol() + f.indent(start)}
		}
		return edit{f, start, start, text + " "}
	}
	for j := i - 1; j >= 0; j-- {
		if s := spots[j].slot; s != nil {
			at := s.end()
			if comment, ok := s.in.commentAfter(at); ok {
				at = comment.end
			}
			if !s.in.alone(s.start()) {
				return edit{s.in, at, at, " " + text}
			}
			return edit{s.in, at, at, s.in.eol() + s.in.indent(s.start()) + text}
		}
	}
	return atTop(p.split, text) // not reached: a split has lines
}

func (s *slot) start() int {
	if s.line == nil {
		return s.zero.start
	}
	return s.line.start
}

func (s *slot) end() int {
	if s.line == nil {
		return s.zero.end
	}
	return s.line.end
}

// quote writes a word so that nginx reads it back.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\r\n;{}#\"'\\") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(word) + `"`
}
