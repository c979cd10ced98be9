package model

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// answer says where a program's scores and labels are and what they mean.
type answer struct {
	scores, labels int // slots; labels is -1 when the graph predicts none
	columns        int
	names          []string // class labels; nil for a regressor
	values         []int64  // class labels as numbers, when all are
	text           []int    // for labels that are numbers of texts: class index by number
	pair           bool     // scores has one column, the probability of the second of two classes
}

// answer finds the outputs of a graph after a trial run in f.
func (l *linker) answer(f *frame) (answer, error) {
	a := answer{scores: -1, labels: -1}
	for _, v := range l.graph.outputs {
		slot, ok := l.slots[v.name]
		if !ok {
			return a, fmt.Errorf("nothing makes output %q", v.name)
		}
		if !f.tensors[slot].batch {
			return a, fmt.Errorf("output %q does not depend on the input", v.name)
		}
		to := &a.scores
		if f.tensors[slot].integer {
			to = &a.labels
		}
		if *to >= 0 {
			return a, fmt.Errorf("output %q is one too many: only one output of scores and one of labels are served", v.name)
		}
		*to = slot
	}
	if a.scores < 0 {
		return a, errors.New("no output has scores or values")
	}
	t := &f.tensors[a.scores]
	if len(t.dims) > 2 {
		return a, fmt.Errorf("the scores have %d dimensions", len(t.dims))
	}
	a.columns = t.len() / t.dims[0]
	return a, a.classify(l, f)
}

// classify finds the class labels: of the operator that made the scores or the labels, else by number.
func (a *answer) classify(l *linker, f *frame) error {
	found, last := l.origin(a.scores)
	if found == nil && a.labels >= 0 {
		found, _ = l.origin(a.labels)
	}
	a.pair = a.columns == 1 && (a.labels >= 0 || found != nil || last == "Sigmoid")
	if a.pair {
		a.columns = 2
	}
	if found == nil && (a.pair || a.labels >= 0 || last == "Softmax") {
		found = numbered(a.columns)
	}
	if found == nil {
		return nil // a regressor
	}
	if found.len() != a.columns {
		return fmt.Errorf("the file has %d class labels for %d columns of scores", found.len(), a.columns)
	}
	a.names, a.values = found.names(), found.ints
	if a.values == nil {
		a.values = numbers(a.names)
	}
	if a.labels < 0 {
		return nil
	}
	t := &f.tensors[a.labels]
	if t.len() != t.dims[0] {
		return fmt.Errorf("the label output has shape %v: models with several labels are not served", slices.Clone(t.dims))
	}
	if t.text == nil {
		return nil
	}
	a.text = make([]int, len(t.text))
	for i, s := range t.text {
		if a.text[i] = slices.Index(a.names, s); a.text[i] < 0 {
			return fmt.Errorf("label %q is not among the classes %q", s, a.names)
		}
	}
	return nil
}

// numbers reads labels that are all whole numbers, or gives nil.
func numbers(names []string) []int64 {
	values := make([]int64, len(names))
	for i, s := range names {
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil
		}
		values[i] = v
	}
	return values
}

// origin walks back from a slot through operators that keep columns or elements, to class labels if there are any; last
// is the operator nearest to the slot that changes values.
func (l *linker) origin(slot int) (found *classes, last string) {
	for i := len(l.steps) - 1; i >= 0; i-- {
		s := &l.steps[i]
		if !slices.Contains(s.out, slot) {
			continue
		}
		if op := s.node.op; last == "" && s.spec.flow != flowView && op != "Identity" && op != "Cast" && op != "ZipMap" {
			last = op
		}
		if s.built.classes != nil {
			return s.built.classes, last
		}
		if s.spec.flow == flowNew {
			return nil, last
		}
		slot = s.in[0]
	}
	return nil, last
}

// write copies the answers of a block of rows from a frame.
func (a *answer) write(f *frame, scores []float32, labels []int) error {
	from := f.tensors[a.scores].f
	if a.pair {
		for r, p := range from {
			scores[2*r], scores[2*r+1] = 1-p, p
		}
	} else {
		copy(scores, from)
	}
	switch {
	case labels == nil:
	case a.labels < 0:
		for r := range labels {
			labels[r] = argmax(scores[r*a.columns : (r+1)*a.columns])
		}
	default:
		return a.writeLabels(&f.tensors[a.labels], labels)
	}
	return nil
}

func (a *answer) writeLabels(t *tensor, labels []int) error {
	for r, v := range t.i {
		if a.text != nil {
			labels[r] = a.text[v]
			continue
		}
		if labels[r] = slices.Index(a.values, v); labels[r] < 0 {
			return fmt.Errorf("the model answered label %d, which is not among its classes", v)
		}
	}
	return nil
}
