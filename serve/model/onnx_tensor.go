package model

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Element types of onnx.TensorProto that are read.
const (
	elementFloat  = 1
	elementInt32  = 6
	elementInt64  = 7
	elementString = 8
	elementBool   = 9
	elementDouble = 11
)

// onnxTensor is a constant. One of floats, doubles, ints and texts holds its elements.
type onnxTensor struct {
	name    string
	element int64
	dims    []int64
	floats  []float32
	doubles []float64
	ints    []int64
	texts   []string
}

func readTensor(data []byte) (*onnxTensor, error) {
	t := &onnxTensor{}
	var raw []byte
	external := false
	err := eachField(data, func(w wireField) (err error) {
		switch w.number {
		case 1:
			t.dims, err = w.appendInts(t.dims)
		case 2:
			t.element = int64(w.value)
		case 4:
			t.floats, err = w.appendFloats(t.floats)
		case 5, 7:
			t.ints, err = w.appendInts(t.ints)
		case 6:
			t.texts = append(t.texts, string(w.bytes))
		case 8:
			t.name = string(w.bytes)
		case 9:
			raw = w.bytes
		case 10:
			t.doubles, err = w.appendDoubles(t.doubles)
		case 13:
			external = true
		}
		return err
	})
	if err == nil && external {
		err = fmt.Errorf("its data is in another file: save the model as one file")
	}
	if err == nil {
		err = t.readRaw(raw)
	}
	if err == nil {
		err = t.check()
	}
	if err != nil {
		return nil, fmt.Errorf("tensor %q: %w", t.name, err)
	}
	return t, nil
}

// readRaw decodes raw_data: little-endian elements.
func (t *onnxTensor) readRaw(raw []byte) error {
	size := map[int64]int{elementFloat: 4, elementInt32: 4, elementInt64: 8, elementBool: 1, elementDouble: 8}[t.element]
	if len(raw) == 0 {
		return nil
	}
	if size == 0 || len(raw)%size != 0 {
		return fmt.Errorf("%d bytes do not hold elements of type %d", len(raw), t.element)
	}
	for ; len(raw) > 0; raw = raw[size:] {
		switch t.element {
		case elementFloat:
			t.floats = append(t.floats, math.Float32frombits(binary.LittleEndian.Uint32(raw)))
		case elementDouble:
			t.doubles = append(t.doubles, math.Float64frombits(binary.LittleEndian.Uint64(raw)))
		case elementInt64:
			t.ints = append(t.ints, int64(binary.LittleEndian.Uint64(raw)))
		case elementInt32:
			t.ints = append(t.ints, int64(int32(binary.LittleEndian.Uint32(raw))))
		case elementBool:
			t.ints = append(t.ints, int64(raw[0]))
		}
	}
	return nil
}

// check compares the elements that are really there with what the header claims.
func (t *onnxTensor) check() error {
	have := 0
	switch t.element {
	case elementFloat:
		have = len(t.floats)
	case elementDouble:
		have = len(t.doubles)
	case elementInt32, elementInt64, elementBool:
		have = len(t.ints)
	case elementString:
		have = len(t.texts)
	default:
		return fmt.Errorf("element type %d is not supported", t.element)
	}
	want := int64(1)
	for _, d := range t.dims {
		if d < 0 || d > math.MaxInt32 || want > math.MaxInt32 {
			return fmt.Errorf("shape %v is out of range", t.dims)
		}
		want *= d
	}
	if want != int64(have) {
		return fmt.Errorf("shape %v needs %d elements, the file has %d", t.dims, want, have)
	}
	return nil
}

// values converts the tensor to what operators work on.
func (t *onnxTensor) values() *tensor {
	v := &tensor{}
	for _, d := range t.dims {
		v.dims = append(v.dims, int(d))
	}
	switch t.element {
	case elementFloat:
		v.f = t.floats
	case elementDouble:
		v.f = make([]float32, len(t.doubles))
		for i, d := range t.doubles {
			v.f[i] = float32(d)
		}
	case elementString:
		v.integer, v.text = true, t.texts
		v.i = make([]int64, len(t.texts))
		for i := range v.i {
			v.i[i] = int64(i)
		}
	default:
		v.integer, v.i = true, t.ints
	}
	return v
}
