package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// unary applies f to every element.
func unary(f func(float32) float32) builder {
	return func(*onnxNode, []*tensor) (built, error) {
		return built{run: func(c *call) error {
			x := c.in[0]
			if x.integer {
				return errWantsFloat
			}
			y := c.out[0].setFloats(len(x.f), x.dims...)
			for i, v := range x.f {
				y[i] = f(v)
			}
			return nil
		}}, nil
	}
}

func unary64(f func(float64) float64) builder {
	return unary(func(v float32) float32 { return float32(f(float64(v))) })
}

var errWantsFloat = errors.New("wants numbers of type float; cast them first")

func buildLeakyRelu(n *onnxNode, k []*tensor) (built, error) {
	alpha := n.float("alpha", 0.01)
	return unary(func(v float32) float32 {
		if v < 0 {
			return alpha * v
		}
		return v
	})(n, k)
}

// buildClip is Clip; the bounds are attributes (opset 6) or constant inputs (opset 11).
func buildClip(n *onnxNode, constants []*tensor) (built, error) {
	bounds := [2]float32{n.float("min", float32(math.Inf(-1))), n.float("max", float32(math.Inf(1)))}
	for i := 1; i < len(n.in); i++ {
		if n.in[i] == "" {
			continue
		}
		t := constants[i]
		if t == nil || t.integer || len(t.f) != 1 {
			return built{}, errors.New("its bounds are not constant numbers")
		}
		bounds[i-1] = t.f[0]
	}
	return unary(func(v float32) float32 { return min(max(v, bounds[0]), bounds[1]) })(n, constants)
}

// pairwise applies f to pairs of elements, with NumPy's broadcasting.
func pairwise(f func(a, b float32) float32) builder {
	return func(_ *onnxNode, constants []*tensor) (built, error) {
		b := built{run: func(c *call) error { return evaluatePairs(c, f) }}
		for _, t := range constants {
			if t != nil && len(t.dims) > 0 && t.dims[len(t.dims)-1] > 1 {
				b.width = t.dims[len(t.dims)-1] // the constant has an element for each column
			}
		}
		return b, nil
	}
}

const maxRank = 6

// strides walks one operand along the result's dimensions; a repeated dimension has step 0.
type strides [maxRank]int

func evaluatePairs(c *call, f func(a, b float32) float32) error {
	a, b := c.in[0], c.in[1]
	if a.integer || b.integer {
		return errWantsFloat
	}
	var dims [maxRank]int
	rank := max(len(a.dims), len(b.dims))
	if rank > maxRank || a.batch && b.batch && len(a.dims) != len(b.dims) {
		return fmt.Errorf("shapes %v and %v do not combine row by row", slices.Clone(a.dims), slices.Clone(b.dims))
	}
	for k := range rank {
		da, db := dimension(a, rank, k), dimension(b, rank, k)
		if da != db && da != 1 && db != 1 {
			return fmt.Errorf("shapes %v and %v do not combine", slices.Clone(a.dims), slices.Clone(b.dims))
		}
		dims[k] = max(da, db)
		if da == 0 || db == 0 {
			dims[k] = 0
		}
	}
	y, err := c.floats(0, dims[:rank]...)
	if err != nil || len(y) == 0 {
		return err
	}
	if rank == 0 {
		y[0] = f(a.f[0], b.f[0])
		return nil
	}
	sa, sb := stridesOf(a, rank), stridesOf(b, rank)
	inner := dims[rank-1]
	var at [maxRank]int
	for start := 0; start < len(y); start += inner {
		ia, ib := 0, 0
		for k := range rank - 1 {
			ia += at[k] * sa[k]
			ib += at[k] * sb[k]
		}
		for i := range inner {
			y[start+i] = f(a.f[ia+i*sa[rank-1]], b.f[ib+i*sb[rank-1]])
		}
		for k := rank - 2; k >= 0; k-- {
			if at[k]++; at[k] < dims[k] {
				break
			}
			at[k] = 0
		}
	}
	return nil
}

// dimension is dimension k of t seen as a tensor of the given rank: missing leading ones are 1.
func dimension(t *tensor, rank, k int) int {
	if k -= rank - len(t.dims); k >= 0 {
		return t.dims[k]
	}
	return 1
}

func stridesOf(t *tensor, rank int) (s strides) {
	step := 1
	for k := rank - 1; k >= 0; k-- {
		if d := dimension(t, rank, k); d != 1 {
			s[k] = step
			step *= d
		}
	}
	return s
}

// buildSum is Sum over inputs of one shape.
func buildSum(n *onnxNode, _ []*tensor) (built, error) {
	if slices.Contains(n.in, "") {
		return built{}, errors.New("an input is left out")
	}
	return built{run: func(c *call) error {
		first := c.in[0]
		for _, t := range c.in {
			if t.integer {
				return errWantsFloat
			}
			if !slices.Equal(t.dims, first.dims) {
				return errors.New("its inputs differ in shape")
			}
		}
		y := c.out[0].setFloats(len(first.f), first.dims...)
		clear(y)
		for _, t := range c.in {
			for i, v := range t.f {
				y[i] += v
			}
		}
		return nil
	}}, nil
}
