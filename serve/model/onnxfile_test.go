package model_test

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message under construction: small ONNX files are written field by field.
type message []byte

func (m message) text(field protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, field, protowire.BytesType), s)
}

func (m message) number(field protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), uint64(v))
}

func (m message) float(field protowire.Number, v float32) message {
	return protowire.AppendFixed32(protowire.AppendTag(m, field, protowire.Fixed32Type), math.Float32bits(v))
}

func (m message) nest(field protowire.Number, inner message) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), inner)
}

// attribute makes an AttributeProto from a Go value.
func attribute(name string, value any) message {
	m := message(nil).text(1, name)
	switch v := value.(type) {
	case float32:
		m = m.float(2, v)
	case int:
		m = m.number(3, int64(v))
	case string:
		m = m.text(4, v)
	case message:
		m = m.nest(5, v)
	case []float32:
		for _, f := range v {
			m = m.float(7, f)
		}
	case []int64:
		for _, i := range v {
			m = m.number(8, i)
		}
	case []string:
		for _, s := range v {
			m = m.text(9, s)
		}
	}
	return m
}

// attributes of a node, in any order.
type attributes map[string]any

// node makes a NodeProto named "the OP".
func node(domain, op string, in, out []string, with attributes) message {
	var m message
	for _, s := range in {
		m = m.text(1, s)
	}
	for _, s := range out {
		m = m.text(2, s)
	}
	m = m.text(3, "the "+op).text(4, op).text(7, domain)
	for name, value := range with {
		m = m.nest(5, attribute(name, value))
	}
	return m
}

const ml = "ai.onnx.ml"

// floats and ints make constant TensorProtos.
func floats(name string, dims []int64, values ...float32) message {
	raw := []byte{}
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return tensorHeader(name, 1, dims).text(9, string(raw))
}

func ints(name string, dims []int64, values ...int64) message {
	m := tensorHeader(name, 7, dims)
	for _, v := range values {
		m = m.number(7, v)
	}
	return m
}

func texts(name string, values ...string) message {
	m := tensorHeader(name, 8, []int64{int64(len(values))})
	for _, v := range values {
		m = m.text(6, v)
	}
	return m
}

func tensorHeader(name string, element int64, dims []int64) message {
	m := message(nil).text(8, name).number(2, element)
	for _, d := range dims {
		m = m.number(1, d)
	}
	return m
}

// input makes a ValueInfoProto of a [None, columns] matrix; 0 columns leaves the width open.
func input(name string, columns int64) message {
	open := message(nil).text(2, "N")
	width := message(nil).text(2, "C")
	if columns > 0 {
		width = message(nil).number(1, columns)
	}
	shape := message(nil).nest(1, open).nest(1, width)
	tensor := message(nil).number(1, 1).nest(2, shape)
	return message(nil).text(1, name).nest(2, message(nil).nest(1, tensor))
}

// graph is what a test file is made of.
type graph struct {
	inputs, constants, nodes []message
	outputs                  []string
}

// file makes a ModelProto.
func (g graph) file() []byte {
	var m message
	for _, n := range g.nodes {
		m = m.nest(1, n)
	}
	for _, t := range g.constants {
		m = m.nest(5, t)
	}
	for _, v := range g.inputs {
		m = m.nest(11, v)
	}
	for _, name := range g.outputs {
		m = m.nest(12, message(nil).text(1, name))
	}
	return message(nil).number(1, 8).text(2, "test").nest(7, m)
}
