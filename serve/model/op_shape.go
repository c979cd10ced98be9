package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// buildConstant is Constant: its value is folded away at load.
func buildConstant(n *onnxNode, _ []*tensor) (built, error) {
	a := n.attributes
	value := &tensor{}
	switch {
	case a["value"] != nil && a["value"].tensor != nil:
		value = a["value"].tensor.values()
	case a["value_float"] != nil:
		value.f = []float32{a["value_float"].float}
	case a["value_floats"] != nil:
		value.f = a["value_floats"].floats
		value.dims = []int{len(value.f)}
	case a["value_int"] != nil:
		value.integer, value.i = true, []int64{a["value_int"].integer}
	case a["value_ints"] != nil:
		value.integer, value.i = true, a["value_ints"].ints
		value.dims = []int{len(value.i)}
	default:
		return built{}, errors.New("its value is of a kind that is not supported")
	}
	return built{run: func(c *call) error { c.out[0].alias(value, value.dims...); return nil }}, nil
}

func buildIdentity(*onnxNode, []*tensor) (built, error) {
	return built{run: func(c *call) error { c.out[0].alias(c.in[0], c.in[0].dims...); return nil }}, nil
}

// buildCast is Cast between numbers. Whole-number labels cast to strings stay numbers: they are shown as text anyway.
func buildCast(n *onnxNode, _ []*tensor) (built, error) {
	to := n.integer("to", 0)
	switch to {
	case elementFloat, elementDouble, elementInt32, elementInt64, elementBool, elementString:
	default:
		return built{}, fmt.Errorf("casting to element type %d is not supported", to)
	}
	return built{run: func(c *call) error {
		x, y := c.in[0], c.out[0]
		toFloat := to == elementFloat || to == elementDouble
		switch {
		case x.text != nil && to != elementString, !x.integer && to == elementString:
			return errors.New("casting between text and numbers is not supported")
		case x.integer && toFloat:
			to := y.setFloats(len(x.i), x.dims...)
			for i, v := range x.i {
				to[i] = float32(v)
			}
		case !x.integer && !toFloat:
			castInts(x, y, to == elementBool)
		default:
			y.alias(x, x.dims...)
		}
		return nil
	}}, nil
}

func castInts(x, y *tensor, truth bool) {
	to := y.setInts(len(x.f), x.dims...)
	for i, v := range x.f {
		switch {
		case truth && v != 0:
			to[i] = 1
		case truth || v != v:
			to[i] = 0
		default: // converting a float beyond int64 gives a different number on each processor
			to[i] = int64(min(max(float64(v), math.MinInt32), math.MaxInt32))
		}
	}
}

// buildReshape is Reshape to a constant shape: 0 keeps a dimension, -1 takes what is left.
func buildReshape(n *onnxNode, constants []*tensor) (built, error) {
	t := constants[1]
	if t == nil || !t.integer || t.text != nil || len(t.i) > maxRank || n.integer("allowzero", 0) != 0 {
		return built{}, errors.New("its shape is not a constant it can use")
	}
	shape := t.i
	return built{run: func(c *call) error {
		x := c.in[0]
		var buffer [maxRank]int
		dims, known, open := buffer[:len(shape)], 1, -1
		for k, d := range shape {
			switch {
			case d == -1 && open < 0:
				open = k
				continue
			case d == 0 && k < len(x.dims):
				dims[k] = x.dims[k]
			case d > 0 && d <= math.MaxInt32:
				dims[k] = int(d)
			default:
				return fmt.Errorf("shape %v is not valid", shape)
			}
			if known *= dims[k]; known > math.MaxInt32 {
				return errTooLarge
			}
		}
		if open >= 0 && known > 0 {
			dims[open] = x.len() / known
			known *= dims[open]
		}
		if known != x.len() {
			return fmt.Errorf("shape %v does not become %v", slices.Clone(x.dims), shape)
		}
		c.out[0].alias(x, dims...)
		return nil
	}}, nil
}

// buildFlatten is Flatten to rows.
func buildFlatten(n *onnxNode, _ []*tensor) (built, error) {
	if n.integer("axis", 1) != 1 {
		return built{}, errors.New("only axis 1 keeps rows apart")
	}
	return built{run: func(c *call) error {
		x := c.in[0]
		if len(x.dims) == 0 || x.dims[0] == 0 {
			return errors.New("the input has no rows")
		}
		c.out[0].alias(x, x.dims[0], x.len()/x.dims[0])
		return nil
	}}, nil
}

func buildSqueeze(n *onnxNode, constants []*tensor) (built, error) {
	axes, err := axesOf(n, constants)
	if err == nil && len(axes) != 1 {
		err = errors.New("it has to remove exactly one axis")
	}
	if err != nil {
		return built{}, err
	}
	return built{run: func(c *call) error {
		x := c.in[0]
		a, err := cut(x, axes[0])
		if err != nil {
			return err
		}
		var buffer [maxRank]int
		if a.size != 1 {
			return fmt.Errorf("axis %d has %d elements", a.axis, a.size)
		}
		c.out[0].alias(x, a.dims(x, false, buffer[:0])...)
		return nil
	}}, nil
}

func buildUnsqueeze(n *onnxNode, constants []*tensor) (built, error) {
	axes, err := axesOf(n, constants)
	if err == nil && len(axes) != 1 {
		err = errors.New("it has to add exactly one axis")
	}
	if err != nil {
		return built{}, err
	}
	return built{run: func(c *call) error {
		x, axis := c.in[0], axes[0]
		if axis < 0 {
			axis += int64(len(x.dims)) + 1
		}
		if axis < 0 || axis > int64(len(x.dims)) || len(x.dims) >= maxRank || axis == 0 && x.batch {
			return fmt.Errorf("axis %d cannot be added to shape %v", axes[0], slices.Clone(x.dims))
		}
		var buffer [maxRank]int
		c.out[0].alias(x, slices.Insert(append(buffer[:0], x.dims...), int(axis), 1)...)
		return nil
	}}, nil
}
