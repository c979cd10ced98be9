package model

import (
	"fmt"
	"slices"
	"strconv"
)

func (n *onnxNode) integer(name string, missing int64) int64 {
	if a := n.attributes[name]; a != nil {
		return a.integer
	}
	return missing
}

func (n *onnxNode) float(name string, missing float32) float32 {
	if a := n.attributes[name]; a != nil {
		return a.float
	}
	return missing
}

func (n *onnxNode) text(name, missing string) string {
	if a := n.attributes[name]; a != nil {
		return a.text
	}
	return missing
}

func (n *onnxNode) floats(name string) []float32 {
	if a := n.attributes[name]; a != nil {
		return a.floats
	}
	return nil
}

func (n *onnxNode) ints(name string) []int64 {
	if a := n.attributes[name]; a != nil {
		return a.ints
	}
	return nil
}

func (n *onnxNode) texts(name string) []string {
	if a := n.attributes[name]; a != nil {
		return a.texts
	}
	return nil
}

// doubles reads a list of numbers that may be in the file as floats or, for double-precision models, as a tensor under
// the name with "_as_tensor" added.
func (n *onnxNode) doubles(name string) []float64 {
	if a := n.attributes[name+"_as_tensor"]; a != nil && a.tensor != nil {
		if a.tensor.element == elementDouble {
			return a.tensor.doubles
		}
		return widen(a.tensor.floats)
	}
	return widen(n.floats(name))
}

func widen(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// classes are the labels of a classifier in column order: numbers or texts.
type classes struct {
	ints  []int64
	texts []string
}

func (k *classes) len() int { return max(len(k.ints), len(k.texts)) }

// names gives every label as text.
func (k *classes) names() []string {
	if k.texts != nil {
		return k.texts
	}
	names := make([]string, len(k.ints))
	for i, v := range k.ints {
		names[i] = strconv.FormatInt(v, 10)
	}
	return names
}

// numbered are the labels 0 to n-1.
func numbered(n int) *classes {
	k := &classes{ints: make([]int64, n)}
	for i := range k.ints {
		k.ints[i] = int64(i)
	}
	return k
}

// classesOf reads the labels of a classifier or ZipMap; ints is the name of the attribute with whole-number labels.
func classesOf(n *onnxNode, ints string) (*classes, error) {
	k := &classes{ints: n.ints(ints), texts: n.texts("classlabels_strings")}
	if len(k.texts) > 0 {
		k.ints = nil
	} else {
		k.texts = nil
	}
	if k.len() == 0 {
		return nil, fmt.Errorf("it has no class labels")
	}
	names := slices.Clone(k.names())
	slices.Sort(names)
	if len(slices.Compact(names)) != k.len() {
		return nil, fmt.Errorf("a class label appears twice")
	}
	return k, nil
}

// write stores the label of class index into row r of a label tensor made by shape.
func (k *classes) write(labels []int64, r, index int) {
	if k.texts != nil {
		labels[r] = int64(index)
	} else {
		labels[r] = k.ints[index]
	}
}

// shape makes t a label tensor: numbers, or numbers of texts.
func (k *classes) shape(t *tensor, rows int) []int64 {
	labels := t.setInts(rows, rows)
	t.text = k.texts
	return labels
}
