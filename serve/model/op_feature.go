package model

import (
	"errors"
	"fmt"
	"math"
)

// eachColumn evaluates f(value, column) for every element of a matrix.
func eachColumn(c *call, f func(v float32, column int) float32) error {
	x, columns, err := c.in[0].matrix()
	if err != nil {
		return err
	}
	y := c.out[0].setFloats(len(x), c.in[0].dims...)
	for start := 0; start < len(x); start += columns {
		for k, v := range x[start : start+columns] {
			y[start+k] = f(v, k)
		}
	}
	return nil
}

// perColumn checks that a list has one element, or one for each column, and gives the column count it implies (0: any).
func perColumn(name string, lengths ...int) (int, error) {
	width := 0
	for _, n := range lengths {
		switch {
		case n == 0:
			return 0, fmt.Errorf("it has no %s", name)
		case n > 1 && width > 1 && n != width:
			return 0, fmt.Errorf("%s differ in length: %v", name, lengths)
		case n > 1:
			width = n
		}
	}
	return width, nil
}

func wantColumns(c *call, width int) error {
	if _, columns, err := c.in[0].matrix(); err != nil || width == 0 || width == columns {
		return err
	}
	return fmt.Errorf("it takes %d features, the input has %d", width, c.in[0].dims[len(c.in[0].dims)-1])
}

// spread repeats a single value width times.
func spread(values []float32, width int) []float32 {
	if len(values) == width || len(values) != 1 {
		return values
	}
	many := make([]float32, width)
	for i := range many {
		many[i] = values[0]
	}
	return many
}

// buildScaler is Scaler: (x - offset) * scale.
func buildScaler(n *onnxNode, _ []*tensor) (built, error) {
	offset, scale := n.floats("offset"), n.floats("scale")
	width, err := perColumn("offset and scale", len(offset), len(scale))
	if err != nil {
		return built{}, err
	}
	offset, scale = spread(offset, max(width, 1)), spread(scale, max(width, 1))
	run := func(c *call) error {
		if err := wantColumns(c, width); err != nil {
			return err
		}
		return eachColumn(c, func(v float32, k int) float32 {
			if width == 0 {
				k = 0
			}
			return float32((float64(v) - float64(offset[k])) * float64(scale[k]))
		})
	}
	return built{run: run, width: width}, nil
}

// buildImputer is Imputer for floats: it replaces NaN, or another marker, by a value for each column.
func buildImputer(n *onnxNode, _ []*tensor) (built, error) {
	values, marker := n.floats("imputed_value_floats"), n.float("replaced_value_float", 0)
	width, err := perColumn("imputed_value_floats", len(values))
	if err != nil {
		return built{}, err
	}
	missing := marker != marker
	run := func(c *call) error {
		if err := wantColumns(c, width); err != nil {
			return err
		}
		return eachColumn(c, func(v float32, k int) float32 {
			if v != marker && !(missing && v != v) {
				return v
			}
			if width == 0 {
				k = 0
			}
			return values[k]
		})
	}
	return built{run: run, width: width}, nil
}

// buildBinarizer is Binarizer: 1 above the threshold, else 0.
func buildBinarizer(n *onnxNode, _ []*tensor) (built, error) {
	threshold := n.float("threshold", 0)
	return unary(func(v float32) float32 {
		if v > threshold {
			return 1
		}
		return 0
	})(n, nil)
}

// buildNormalizer is Normalizer: it divides each row by its norm. A row whose norm is 0 stays as it is.
func buildNormalizer(n *onnxNode, _ []*tensor) (built, error) {
	var norm func(row []float32) float64
	switch name := n.text("norm", "MAX"); name {
	case "MAX":
		norm = func(row []float32) float64 {
			top := math.Inf(-1)
			for _, v := range row {
				top = max(top, float64(v))
			}
			return top
		}
	case "L1":
		norm = func(row []float32) float64 { return reduceL1(row, 1) }
	case "L2":
		norm = func(row []float32) float64 { return reduceL2(row, 1) }
	default:
		return built{}, fmt.Errorf("norm %q is not supported", name)
	}
	run := func(c *call) error {
		x, columns, err := c.in[0].matrix()
		if err != nil {
			return err
		}
		y := c.out[0].setFloats(len(x), c.in[0].dims...)
		for start := 0; start < len(x); start += columns {
			row := x[start : start+columns]
			size := norm(row)
			if size == 0 {
				size = 1
			}
			for k, v := range row {
				y[start+k] = float32(float64(v) / size)
			}
		}
		return nil
	}
	return built{run: run}, nil
}

// buildFeatureVectorizer is FeatureVectorizer: its inputs side by side.
func buildFeatureVectorizer(n *onnxNode, _ []*tensor) (built, error) {
	for _, name := range n.in {
		if name == "" {
			return built{}, errors.New("an input is left out")
		}
	}
	run := func(c *call) error {
		total := 0
		for _, t := range c.in {
			_, columns, err := t.matrix()
			if err != nil {
				return err
			}
			if t.dims[0] != c.in[0].dims[0] {
				return errors.New("its inputs differ in rows")
			}
			total += columns
		}
		rows := c.in[0].dims[0]
		y, err := c.floats(0, rows, total)
		if err != nil {
			return err
		}
		at := 0
		for _, t := range c.in {
			x, columns, _ := t.matrix()
			for r := range rows {
				copy(y[r*total+at:], x[r*columns:(r+1)*columns])
			}
			at += columns
		}
		return nil
	}
	return built{run: run}, nil
}
