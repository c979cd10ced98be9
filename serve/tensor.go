package serve

import (
	"math"
	"strconv"
)

// element takes one element of a tensor as a float32.
type element func(s *scanner) (float32, error)

// elements are the datatypes of the protocol that a row can be made of. Values
// become float32, what models compute in: large integers and FP64 are rounded.
// A floating-point null is a missing value, an extension of the protocol.
var elements = map[string]element{
	"BOOL": boolean,
	"INT8": signed(8), "INT16": signed(16), "INT32": signed(32), "INT64": signed(64),
	"UINT8": unsigned(8), "UINT16": unsigned(16), "UINT32": unsigned(32), "UINT64": unsigned(64),
	"FP16": float(65504), "FP32": float(math.MaxFloat32), "FP64": float(math.MaxFloat32),
}

func boolean(s *scanner) (float32, error) {
	switch {
	case s.literal("true"):
		return 1, nil
	case s.literal("false"):
		return 0, nil
	}
	return 0, s.wanted("true or false")
}

func signed(bits int) element {
	return integer("INT"+strconv.Itoa(bits), func(text string) (float32, error) {
		n, err := strconv.ParseInt(text, 10, bits)
		return float32(n), err
	})
}

func unsigned(bits int) element {
	return integer("UINT"+strconv.Itoa(bits), func(text string) (float32, error) {
		n, err := strconv.ParseUint(text, 10, bits)
		return float32(n), err
	})
}

func integer(datatype string, parse func(string) (float32, error)) element {
	return func(s *scanner) (float32, error) {
		text, whole, err := s.number()
		if err != nil {
			return 0, err
		}
		if whole {
			if n, err := parse(string(text)); err == nil {
				return n, nil
			}
		}
		return 0, badRequest("byte %d of the data: %.40s is no %s", s.at-len(text), text, datatype)
	}
}

func float(most float64) element {
	return func(s *scanner) (float32, error) {
		v, err := s.value()
		if err == nil && math.Abs(float64(v)) > most {
			return 0, badRequest("byte %d of the data: %v is beyond the datatype's range", s.at, v)
		}
		return v, err
	}
}

// readTensor reads the input's rows into b.x. The shape is [rows, features], or
// [features] for one row; the data is flat, row by row, or nested by the shape.
func (v *service) readTensor(in *inferInput, b *buffers) error {
	take, ok := elements[in.Datatype]
	if !ok {
		return badRequest("input %.80q: datatype %.20q is not accepted: use FP32, FP64, BOOL, or an integer type", in.Name, in.Datatype)
	}
	width := int64(v.info.Width)
	rows := int64(1)
	switch {
	case len(in.Shape) == 1 && in.Shape[0] == width:
	case len(in.Shape) == 2 && in.Shape[1] == width && in.Shape[0] > 0:
		rows = in.Shape[0]
	default:
		return badRequest("input %.80q: shape %d does not fit: want [rows, %d]", in.Name, in.Shape, width)
	}
	if rows > int64(v.config.MaxRows) {
		return tooLarge("input %.80q: %d rows, at most %d are accepted: split the batch", in.Name, rows, v.config.MaxRows)
	}
	b.rows = int(rows)
	s := scanner{data: in.Data}
	if !s.take('[') {
		return badRequest("input %.80q: data is missing or no array", in.Name)
	}
	if len(in.Shape) == 1 || s.next() != '[' {
		return readElements(&s, b, take, b.rows*v.info.Width)
	}
	for i := range b.rows {
		more, err := s.more(i == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			return badRequest("input %.80q: data has %d rows, the shape says %d", in.Name, i, b.rows)
		}
		if err := s.expect('[', "to begin a row"); err != nil {
			return err
		}
		if err := readElements(&s, b, take, v.info.Width); err != nil {
			return err
		}
	}
	return s.expect(']', "after the rows that the shape says")
}

// readElements takes n elements and the closing bracket.
func readElements(s *scanner, b *buffers, take element, n int) error {
	for i := range n {
		more, err := s.more(i == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			return badRequest("byte %d of the data: %d values, the shape says %d", s.at, i, n)
		}
		x, err := take(s)
		if err != nil {
			return err
		}
		b.x = append(b.x, x)
	}
	return s.expect(']', "after "+strconv.Itoa(n)+" values, as the shape says")
}
