package nginx

import "fmt"

// Carry gives the configuration text the split that stands in from, with who
// set it and when, so that from can be replaced without moving traffic. Members
// and the rest are those of text. A split that author set is not carried: that
// is who writes text. ok is false then, and where from says no change that text
// can take, as one of a variant that it lacks.
func Carry(text, from []byte, author string) (out []byte, ok bool) {
	was, err := alone(from)
	if err != nil || was.last == nil {
		return nil, false
	}
	remark, _ := was.split.file.remark(*was.last)
	c, ok := readChange(remark)
	if !ok || c.by == author {
		return nil, false
	}
	p, err := alone(text)
	if err != nil {
		return nil, false
	}
	points, err := p.points(was.configured())
	if err != nil {
		return nil, false
	}
	edits, err := p.editWeights(points)
	if err != nil {
		return nil, false
	}
	c.split = was.configured()
	texts, err := apply(append(edits, p.editRemarks(c)...))
	if err != nil {
		return nil, false
	}
	return []byte(texts[soleFile]), true
}

// soleFile is how a configuration is called that is one text.
const soleFile = "/nginx.conf"

// alone reads a configuration that includes nothing.
func alone(text []byte) (*plan, error) {
	conf, err := load(soleFile, source{read: func(name string) (string, error) {
		if name != soleFile {
			return "", fmt.Errorf("%s: only the one text is there", name)
		}
		return string(text), nil
	}})
	if err != nil {
		return nil, err
	}
	return find(conf)
}
