package serve

import (
	"strings"
	"time"
)

// predict answers POST /predict.
func predict(v *service, b *buffers, deadline time.Time) error {
	if err := v.readRows(b); err != nil {
		return err
	}
	if err := v.predict(b, deadline); err != nil {
		return err
	}
	b.out = append(b.out, `{"predictions":[`...)
	for i := range b.rows {
		if i > 0 {
			b.out = append(b.out, ',')
		}
		b.out = v.appendPrediction(b.out, b, i)
	}
	b.out = append(b.out, v.tail...)
	return nil
}

// readRows reads the rows of a /predict body into b.x.
func (v *service) readRows(b *buffers) error {
	s := scanner{data: b.body}
	if err := s.expect('{', `to begin {"features": …} or {"instances": […]}`); err != nil {
		return err
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	switch string(key) {
	case "features":
		err = v.readRow(&s, b)
	case "instances":
		err = v.readInstances(&s, b)
	default:
		err = badRequest(`unknown key %.40q: send {"features": …} for one row or {"instances": […]} for several`, key)
	}
	if err != nil {
		return err
	}
	if err := s.expect('}', "to end the object: it takes one key"); err != nil {
		return err
	}
	return s.end()
}

func (v *service) readInstances(s *scanner, b *buffers) error {
	if err := s.expect('[', "to begin the list of instances"); err != nil {
		return err
	}
	for {
		more, err := s.more(b.rows == 0, ']')
		switch {
		case err != nil:
			return err
		case !more && b.rows == 0:
			return badRequest("instances is empty: send at least one row")
		case !more:
			return nil
		case b.rows == v.config.MaxRows:
			return tooLarge("more than %d rows: split the batch", v.config.MaxRows)
		}
		if err := v.readRow(s, b); err != nil {
			return err
		}
	}
}

// readRow reads one row of either form.
func (v *service) readRow(s *scanner, b *buffers) error {
	var err error
	switch s.next() {
	case '[':
		err = v.readPositions(s, b)
	case '{':
		err = v.readNames(s, b)
	default:
		err = s.wanted("a row: an array, or an object of numbers by feature name")
	}
	b.rows++
	return err
}

// readPositions reads [1.5, null, …].
func (v *service) readPositions(s *scanner, b *buffers) error {
	s.at++
	for n := 0; ; n++ {
		more, err := s.more(n == 0, ']')
		if err != nil {
			return err
		}
		if !more && n != v.info.Width || n > v.info.Width {
			return v.wrongWidth(b.rows, n)
		}
		if !more {
			return nil
		}
		x, err := s.value()
		if err != nil {
			return err
		}
		b.x = append(b.x, x)
	}
}

func (v *service) wrongWidth(row, n int) error {
	if n > v.info.Width {
		return badRequest("row %d has more than the %d values that the model takes", row, v.info.Width)
	}
	return badRequest("row %d has %d values, the model takes %d", row, n, v.info.Width)
}

// readNames reads {"mean radius": 1.5, …}: each feature once, in any order.
func (v *service) readNames(s *scanner, b *buffers) error {
	if v.index == nil {
		return badRequest("row %d is by name, but this model has no feature names: send an array of %d values", b.rows, v.info.Width)
	}
	s.at++
	first := len(b.x)
	b.x = append(b.x, make([]float32, v.info.Width)...)
	b.seen = append(b.seen[:0], make([]bool, v.info.Width)...)
	for n := 0; ; n++ {
		more, err := s.more(n == 0, '}')
		if err != nil {
			return err
		}
		if !more {
			return v.allSeen(b, n)
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		i, ok := v.index[string(key)]
		switch {
		case !ok:
			return badRequest("row %d: the model has no feature %.80q", b.rows, key)
		case b.seen[i]:
			return badRequest("row %d: feature %.80q comes twice", b.rows, key)
		}
		b.seen[i] = true
		if b.x[first+i], err = s.value(); err != nil {
			return err
		}
	}
}

// allSeen fails if fewer than all features were named.
func (v *service) allSeen(b *buffers, n int) error {
	if n == v.info.Width {
		return nil
	}
	var absent []string
	for i, seen := range b.seen {
		if !seen && len(absent) < 3 {
			absent = append(absent, v.names[i])
		}
	}
	return badRequest("row %d lacks %d of %d features (%.200q): send null for a missing value",
		b.rows, v.info.Width-n, v.info.Width, strings.Join(absent, ", "))
}

// appendPrediction writes the answer for row i.
func (v *service) appendPrediction(dst []byte, b *buffers, i int) []byte {
	scores := b.scores[i*b.columns : (i+1)*b.columns]
	if len(b.labels) > 0 {
		dst = append(dst, `{"label":`...)
		dst = append(dst, v.classes[b.labels[i]]...)
		dst = append(dst, `,"probabilities":{`...)
		for c, p := range scores {
			if c > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, v.classes[c]...)
			dst = append(dst, ':')
			dst = appendNumber(dst, p)
		}
		return append(dst, "}}"...)
	}
	if len(scores) == 1 {
		dst = append(dst, `{"score":`...)
		return append(appendNumber(dst, scores[0]), '}')
	}
	dst = append(dst, `{"scores":[`...)
	dst = appendNumbers(dst, scores)
	return append(dst, "]}"...)
}

func appendNumbers(dst []byte, values []float32) []byte {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendNumber(dst, v)
	}
	return dst
}
