package model

import (
	"errors"
	"fmt"
	"slices"
)

// buildConcat is Concat along an axis other than the rows.
func buildConcat(n *onnxNode, _ []*tensor) (built, error) {
	if slices.Contains(n.in, "") {
		return built{}, errors.New("an input is left out")
	}
	axis := n.integer("axis", 1)
	return built{run: func(c *call) error {
		first := c.in[0]
		if first.integer {
			return errWantsFloat
		}
		a, err := cut(first, axis)
		if err != nil {
			return err
		}
		size := 0
		for _, t := range c.in {
			if t.integer {
				return errWantsFloat
			}
			if len(t.dims) != len(first.dims) || !slices.Equal(t.dims[:a.axis], first.dims[:a.axis]) ||
				!slices.Equal(t.dims[a.axis+1:], first.dims[a.axis+1:]) {
				return errors.New("its inputs differ in shape beside the axis")
			}
			size += t.dims[a.axis]
		}
		var buffer [maxRank]int
		dims := append(buffer[:0], first.dims...)
		dims[a.axis] = size
		y, err := c.floats(0, dims...)
		if err != nil {
			return err
		}
		at := 0
		for _, t := range c.in {
			part := t.dims[a.axis] * a.inner
			for r := range a.outer {
				copy(y[r*size*a.inner+at:], t.f[r*part:(r+1)*part])
			}
			at += part
		}
		return nil
	}}, nil
}

// buildGather is Gather in its two row-wise forms: columns picked by constant indices, or a constant list looked up by
// an index for each row.
func buildGather(n *onnxNode, constants []*tensor) (built, error) {
	axis := n.integer("axis", 0)
	if constants[0] != nil && axis == 0 {
		return lookUp(constants[0], false)
	}
	if axis != 1 && axis != -1 {
		return built{}, fmt.Errorf("axis %d mixes rows", axis)
	}
	return pickColumns(constants[1])
}

// buildArrayFeatureExtractor is ArrayFeatureExtractor, in the same two forms.
func buildArrayFeatureExtractor(_ *onnxNode, constants []*tensor) (built, error) {
	if constants[0] != nil {
		return lookUp(constants[0], true)
	}
	return pickColumns(constants[1])
}

// pickColumns keeps the columns that constant indices name.
func pickColumns(indices *tensor) (built, error) {
	if indices == nil || !indices.integer || indices.text != nil || len(indices.i) == 0 {
		return built{}, errors.New("its indices are not constant whole numbers")
	}
	highest := slices.Max(indices.i)
	if slices.Min(indices.i) < 0 || highest >= maxWidth {
		return built{}, errors.New("an index is out of range")
	}
	run := func(c *call) error {
		x, columns, err := c.in[0].matrix()
		if err != nil {
			return err
		}
		if highest >= int64(columns) {
			return fmt.Errorf("it reads column %d, the input has %d", highest, columns)
		}
		rows := c.in[0].dims[0]
		y, err := c.floats(0, rows, len(indices.i))
		if err != nil {
			return err
		}
		for r := range rows {
			for k, i := range indices.i {
				y[r*len(indices.i)+k] = x[r*columns+int(i)]
			}
		}
		return nil
	}
	return built{run: run, atLeast: int(highest) + 1}, nil
}

// lookUp gives the element of a constant list that each row's index names: how skl2onnx turns ArgMax into a label. The
// standard's ArrayFeatureExtractor answers [1, rows] here; rows come first in this package, so it is [rows, 1], which
// the Reshape to [-1] that follows flattens to the same.
func lookUp(list *tensor, column bool) (built, error) {
	if !list.integer {
		return built{}, errors.New("only lists of labels can be looked up")
	}
	labels := &classes{ints: list.i, texts: list.text}
	if list.text != nil {
		labels.ints = nil
	}
	run := func(c *call) error {
		index := c.in[1]
		if !index.integer || index.text != nil {
			return errors.New("wants indices that are whole numbers")
		}
		y := c.out[0]
		var to []int64
		if column {
			to = y.setInts(len(index.i), len(index.i), 1)
		} else {
			to = y.setInts(len(index.i), index.dims...)
		}
		y.text = list.text
		for r, i := range index.i {
			if i < 0 || i >= int64(len(list.i)) {
				return fmt.Errorf("index %d of %d labels", i, len(list.i))
			}
			to[r] = list.i[i]
		}
		return nil
	}
	return built{run: run, classes: labels}, nil
}
