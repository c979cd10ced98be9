package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// reducer folds the values at v[0], v[step], v[2*step]… into one.
type reducer func(v []float32, step int) float64

func reduceSum(v []float32, step int) float64 {
	sum := 0.0
	for i := 0; i < len(v); i += step {
		sum += float64(v[i])
	}
	return sum
}

func reduceMean(v []float32, step int) float64 {
	return reduceSum(v, step) / float64((len(v)+step-1)/step)
}

func reduceMin(v []float32, step int) float64 {
	low := math.Inf(1)
	for i := 0; i < len(v); i += step {
		low = min(low, float64(v[i]))
	}
	return low
}

func reduceMax(v []float32, step int) float64 {
	top := math.Inf(-1)
	for i := 0; i < len(v); i += step {
		top = max(top, float64(v[i]))
	}
	return top
}

func reduceL1(v []float32, step int) float64 {
	sum := 0.0
	for i := 0; i < len(v); i += step {
		sum += math.Abs(float64(v[i]))
	}
	return sum
}

func reduceSumSquare(v []float32, step int) float64 {
	sum := 0.0
	for i := 0; i < len(v); i += step {
		sum += float64(v[i]) * float64(v[i])
	}
	return sum
}

func reduceL2(v []float32, step int) float64 { return math.Sqrt(reduceSumSquare(v, step)) }

func reduceLogSumExp(v []float32, step int) float64 {
	top := reduceMax(v, step)
	sum := 0.0
	for i := 0; i < len(v); i += step {
		sum += math.Exp(float64(v[i]) - top)
	}
	return top + math.Log(sum)
}

// along is a tensor cut at one axis: outer × size × inner elements.
type along struct {
	axis, outer, size, inner int
}

// cut resolves an axis, which may count from the end. The rows of a batch cannot be reduced: they are independent.
func cut(t *tensor, axis int64) (along, error) {
	rank := int64(len(t.dims))
	if axis < 0 {
		axis += rank
	}
	if axis < 0 || axis >= rank || axis == 0 && t.batch {
		return along{}, fmt.Errorf("axis %d of shape %v cannot be reduced", axis, slices.Clone(t.dims))
	}
	a := along{axis: int(axis), outer: 1, size: t.dims[axis], inner: 1}
	for _, d := range t.dims[:axis] {
		a.outer *= d
	}
	for _, d := range t.dims[axis+1:] {
		a.inner *= d
	}
	if a.size == 0 {
		return along{}, errors.New("an empty dimension cannot be reduced")
	}
	return a, nil
}

// dims is the shape after reduction, written into buffer.
func (a along) dims(t *tensor, keep bool, buffer []int) []int {
	buffer = append(buffer[:0], t.dims...)
	if keep {
		buffer[a.axis] = 1
		return buffer
	}
	return slices.Delete(buffer, a.axis, a.axis+1)
}

// values are those that fall together for one result.
func (a along) values(v []float32, outer, inner int) []float32 {
	start := outer*a.size*a.inner + inner
	return v[start : start+(a.size-1)*a.inner+1]
}

// reduce makes a Reduce* operator over one axis.
func reduce(f reducer) builder {
	return func(n *onnxNode, constants []*tensor) (built, error) {
		axes, err := axesOf(n, constants)
		if err != nil {
			return built{}, err
		}
		if len(axes) != 1 {
			return built{}, errors.New("it has to reduce exactly one axis; reducing all would mix rows")
		}
		keep := n.integer("keepdims", 1) != 0
		return built{run: func(c *call) error {
			x := c.in[0]
			if x.integer {
				return errWantsFloat
			}
			a, err := cut(x, axes[0])
			if err != nil {
				return err
			}
			var buffer [maxRank]int
			y := c.out[0].setFloats(a.outer*a.inner, a.dims(x, keep, buffer[:0])...)
			for i := range y {
				y[i] = float32(f(a.values(x.f, i/a.inner, i%a.inner), a.inner))
			}
			return nil
		}}, nil
	}
}

// axesOf reads axes from the attribute (older opsets) or the constant second input.
func axesOf(n *onnxNode, constants []*tensor) ([]int64, error) {
	if len(n.in) < 2 || n.in[1] == "" {
		return n.ints("axes"), nil
	}
	if t := constants[1]; t != nil && t.integer && t.text == nil {
		return t.i, nil
	}
	return nil, errors.New("its axes are not constant")
}

// buildArgMax is ArgMax; of equal values the first counts.
func buildArgMax(n *onnxNode, _ []*tensor) (built, error) {
	if n.integer("select_last_index", 0) != 0 {
		return built{}, errors.New("select_last_index is not supported")
	}
	axis, keep := n.integer("axis", 0), n.integer("keepdims", 1) != 0
	return built{run: func(c *call) error {
		x := c.in[0]
		if x.integer {
			return errWantsFloat
		}
		a, err := cut(x, axis)
		if err != nil {
			return err
		}
		var buffer [maxRank]int
		y := c.out[0].setInts(a.outer*a.inner, a.dims(x, keep, buffer[:0])...)
		for i := range y {
			v := a.values(x.f, i/a.inner, i%a.inner)
			best := 0
			for k := a.inner; k < len(v); k += a.inner {
				if v[k] > v[best] {
					best = k
				}
			}
			y[i] = int64(best / a.inner)
		}
		return nil
	}}, nil
}
