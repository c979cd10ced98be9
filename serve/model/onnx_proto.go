package model

import (
	"fmt"
	"strings"
)

// The part of onnx.proto that an evaluator needs, read from the wire: field numbers are those of
// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Generated types would be ten times the code.

type onnxFile struct {
	producer string
	graph    *onnxGraph
}

type onnxGraph struct {
	nodes           []*onnxNode
	initializers    []*onnxTensor
	inputs, outputs []onnxValue
}

type onnxNode struct {
	name, op, domain string // domain is "" for ai.onnx
	in, out          []string
	attributes       map[string]*onnxAttribute
}

// opName is the operator with its domain, as messages show it.
func (n *onnxNode) opName() string {
	if n.domain == "" {
		return n.op
	}
	return n.domain + "." + n.op
}

// fail makes a FormatError that names the node and its operator.
func (n *onnxNode) fail(format string, args ...any) error {
	return &FormatError{Node: n.name, Op: n.opName(), Reason: fmt.Sprintf(format, args...)}
}

type onnxAttribute struct {
	name    string
	float   float32
	integer int64
	text    string
	tensor  *onnxTensor
	floats  []float32
	ints    []int64
	texts   []string
}

// onnxValue is a graph input or output. Dimensions that the file leaves open are -1.
type onnxValue struct {
	name    string
	element int64 // element type of a tensor; 0 for sequences and maps
	dims    []int64
}

func readONNX(data []byte) (*onnxFile, error) {
	f := &onnxFile{}
	var producer, version string
	err := eachField(data, func(w wireField) (err error) {
		switch w.number {
		case 2:
			producer = string(w.bytes)
		case 3:
			version = string(w.bytes)
		case 7:
			f.graph, err = readGraph(w.bytes)
		}
		return err
	})
	f.producer = strings.TrimSpace(producer + " " + version)
	return f, err
}

func readGraph(data []byte) (*onnxGraph, error) {
	g := &onnxGraph{}
	err := eachField(data, func(w wireField) error {
		switch w.number {
		case 1:
			n, err := readNode(w.bytes, len(g.nodes))
			if err != nil {
				return err
			}
			g.nodes = append(g.nodes, n)
		case 5:
			t, err := readTensor(w.bytes)
			if err != nil {
				return err
			}
			g.initializers = append(g.initializers, t)
		case 15:
			return fmt.Errorf("sparse initializers are not supported")
		case 11, 12:
			v, err := readValue(w.bytes)
			if err != nil {
				return err
			}
			if w.number == 11 {
				g.inputs = append(g.inputs, v)
			} else {
				g.outputs = append(g.outputs, v)
			}
		}
		return nil
	})
	return g, err
}

func readNode(data []byte, index int) (*onnxNode, error) {
	n := &onnxNode{attributes: map[string]*onnxAttribute{}}
	var attributes [][]byte
	err := eachField(data, func(w wireField) error {
		switch w.number {
		case 1:
			n.in = append(n.in, string(w.bytes))
		case 2:
			n.out = append(n.out, string(w.bytes))
		case 3:
			n.name = string(w.bytes)
		case 4:
			n.op = string(w.bytes)
		case 5:
			attributes = append(attributes, w.bytes)
		case 7:
			n.domain = string(w.bytes)
		}
		return nil
	})
	if n.domain == "ai.onnx" {
		n.domain = ""
	}
	if n.name == "" {
		n.name = fmt.Sprintf("#%d", index)
	}
	if err == nil && n.op == "" {
		err = fmt.Errorf("the node has no operator")
	}
	for _, b := range attributes {
		var a *onnxAttribute
		if err == nil {
			a, err = readAttribute(b)
		}
		if err == nil {
			n.attributes[a.name] = a
		}
	}
	if err != nil {
		return nil, n.fail("%v", err)
	}
	return n, nil
}

func readAttribute(data []byte) (*onnxAttribute, error) {
	a := &onnxAttribute{}
	err := eachField(data, func(w wireField) (err error) {
		switch w.number {
		case 1:
			a.name = string(w.bytes)
		case 2:
			a.float = w.float()
		case 3:
			a.integer = int64(w.value)
		case 4:
			a.text = string(w.bytes)
		case 5:
			a.tensor, err = readTensor(w.bytes)
		case 7:
			a.floats, err = w.appendFloats(a.floats)
		case 8:
			a.ints, err = w.appendInts(a.ints)
		case 9:
			a.texts = append(a.texts, string(w.bytes))
		}
		return err
	})
	if err == nil && a.name == "" {
		err = fmt.Errorf("an attribute has no name")
	}
	if err != nil {
		return nil, fmt.Errorf("attribute %q: %w", a.name, err)
	}
	return a, nil
}

// readValue reads ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1 } } } }.
func readValue(data []byte) (onnxValue, error) {
	var v onnxValue
	err := eachField(data, func(w wireField) error {
		switch w.number {
		case 1:
			v.name = string(w.bytes)
		case 2:
			return inside(w.bytes, 1, func(w wireField) error {
				switch w.number {
				case 1:
					v.element = int64(w.value)
				case 2:
					return v.readShape(w.bytes)
				}
				return nil
			})
		}
		return nil
	})
	return v, err
}

func (v *onnxValue) readShape(data []byte) error {
	return eachField(data, func(w wireField) error {
		if w.number != 1 {
			return nil
		}
		size := int64(-1)
		err := eachField(w.bytes, func(w wireField) error {
			if w.number == 1 {
				size = int64(w.value)
			}
			return nil
		})
		v.dims = append(v.dims, size)
		return err
	})
}

// inside calls f for the fields of the message in field number of data.
func inside(data []byte, number int, f func(wireField) error) error {
	return eachField(data, func(w wireField) error {
		if int(w.number) == number {
			return eachField(w.bytes, f)
		}
		return nil
	})
}
