package model

import (
	"errors"
	"fmt"
	"slices"
)

const (
	maxElements = 1 << 20 // elements of one tensor, for each row of a batch
	maxTotal    = 1 << 23 // elements of all tensors together, for each row
	maxWork     = 1 << 25 // multiplications of all matrix products together, for each row
)

var errTooLarge = errors.New("the result is too large")

// tensor is a value between operators. Its first dimension counts the rows of the batch, unless it is a constant.
type tensor struct {
	dims    []int
	integer bool      // elements are in i, otherwise in f
	f       []float32 // row-major; may alias another tensor's buffer
	i       []int64
	text    []string // what the values of i stand for, when they are numbers of strings
	batch   bool     // false for constants

	floatBuffer []float32 // owned memory behind f and i, kept between calls
	intBuffer   []int64
}

// elements is the number of elements the dimensions span, or -1 if that is beyond maxTotal for each of rows.
func elements(dims []int, rows int) int {
	n, limit := 1, maxTotal*max(rows, 1)
	for _, d := range dims {
		if d < 0 || d > limit {
			return -1
		}
		if n *= d; n > limit {
			return -1
		}
	}
	return n
}

func (t *tensor) len() int {
	if t.integer {
		return len(t.i)
	}
	return len(t.f)
}

// matrix views the tensor as rows of columns, the way ai.onnx.ml operators take it.
func (t *tensor) matrix() (x []float32, columns int, err error) {
	if t.integer {
		return nil, 0, errors.New("wants numbers of type float; cast them first")
	}
	switch len(t.dims) {
	case 1:
		return t.f, 1, nil
	case 2:
		return t.f, t.dims[1], nil
	}
	return nil, 0, fmt.Errorf("wants rows of features, got shape %v", t.dims)
}

// setFloats gives the tensor a shape and n elements of its own memory, whose content is undefined.
func (t *tensor) setFloats(n int, dims ...int) []float32 {
	t.dims = append(t.dims[:0], dims...)
	t.integer, t.text = false, nil
	t.floatBuffer = slices.Grow(t.floatBuffer[:0], n)[:n]
	t.f = t.floatBuffer
	return t.f
}

func (t *tensor) setInts(n int, dims ...int) []int64 {
	t.dims = append(t.dims[:0], dims...)
	t.integer, t.text = true, nil
	t.intBuffer = slices.Grow(t.intBuffer[:0], n)[:n]
	t.i = t.intBuffer
	return t.i
}

// alias shows x's elements in another shape. Nothing is copied: every value is written once per call.
func (t *tensor) alias(x *tensor, dims ...int) {
	t.dims = append(t.dims[:0], dims...)
	t.integer, t.f, t.i, t.text = x.integer, x.f, x.i, x.text
}

// call is one operator bound to the tensors of a frame.
type call struct {
	in   []*tensor // nil where an optional input is left out
	out  []*tensor
	rows int        // rows of the batch; 0 while folding constants
	sums *[]float64 // scratch, shared by the operators of a frame
}

// floats shapes output k. A result beyond the limits is an error: chains of small operators can ask for any size.
func (c *call) floats(k int, dims ...int) ([]float32, error) {
	n := elements(dims, c.rows)
	if n < 0 || n > maxElements*max(c.rows, 1) {
		return nil, fmt.Errorf("%w: shape %v", errTooLarge, slices.Clone(dims)) // a clone, so that dims stays on the stack
	}
	return c.out[k].setFloats(n, dims...), nil
}

// scratch is n float64 zeros, valid until the next call of scratch.
func (c *call) scratch(n int) []float64 {
	*c.sums = slices.Grow((*c.sums)[:0], n)[:n]
	clear(*c.sums)
	return *c.sums
}

// kernel evaluates one operator.
type kernel func(c *call) error
