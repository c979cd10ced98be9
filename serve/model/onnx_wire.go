package model

import (
	"encoding/binary"
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

var errWire = errors.New("truncated or damaged protobuf")

// wireField is one field of a protobuf message. A field of another wire type than expected reads as its zero value,
// the way protobuf readers skip unknown fields.
type wireField struct {
	number protowire.Number
	kind   protowire.Type
	value  uint64 // varint, fixed32 and fixed64
	bytes  []byte // strings, messages and packed values; aliases the file
}

// eachField calls f for every field of a message.
func eachField(message []byte, f func(wireField) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errWire
		}
		message = message[n:]
		w := wireField{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			w.value, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(message)
			w.value = uint64(v)
		case protowire.Fixed64Type:
			w.value, n = protowire.ConsumeFixed64(message)
		case protowire.BytesType:
			w.bytes, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return errWire
		}
		message = message[n:]
		if err := f(w); err != nil {
			return err
		}
	}
	return nil
}

func (w wireField) float() float32 { return math.Float32frombits(uint32(w.value)) }

// Repeated numbers come packed (TensorProto) or one by one (AttributeProto is proto2): both are accepted.

func (w wireField) appendFloats(to []float32) ([]float32, error) {
	switch {
	case w.kind == protowire.Fixed32Type:
		return append(to, w.float()), nil
	case w.kind != protowire.BytesType || len(w.bytes)%4 != 0:
		return nil, errWire
	}
	for b := w.bytes; len(b) > 0; b = b[4:] {
		to = append(to, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return to, nil
}

func (w wireField) appendDoubles(to []float64) ([]float64, error) {
	switch {
	case w.kind == protowire.Fixed64Type:
		return append(to, math.Float64frombits(w.value)), nil
	case w.kind != protowire.BytesType || len(w.bytes)%8 != 0:
		return nil, errWire
	}
	for b := w.bytes; len(b) > 0; b = b[8:] {
		to = append(to, math.Float64frombits(binary.LittleEndian.Uint64(b)))
	}
	return to, nil
}

func (w wireField) appendInts(to []int64) ([]int64, error) {
	switch w.kind {
	case protowire.VarintType:
		return append(to, int64(w.value)), nil
	case protowire.BytesType:
		for b := w.bytes; len(b) > 0; {
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return nil, errWire
			}
			to = append(to, int64(v))
			b = b[n:]
		}
		return to, nil
	}
	return nil, errWire
}
