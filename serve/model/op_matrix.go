package model

import (
	"errors"
	"fmt"
	"math"
)

// product multiplies rows by a constant matrix: x·weights·alpha + bias. Sums are float64.
type product struct {
	weights []float64 // in×out
	in, out int
	alpha   float64
	bias    []float64 // out values, or none
}

// productOf widens the constant second operand of a matrix product.
func productOf(t *tensor, transpose bool) (*product, error) {
	if t == nil || t.integer || len(t.dims) != 2 {
		return nil, errors.New("its second operand is not a constant matrix")
	}
	p := &product{in: t.dims[0], out: t.dims[1], alpha: 1, weights: widen(t.f)}
	if transpose {
		p.in, p.out = p.out, p.in
		for i := range p.in {
			for k := range p.out {
				p.weights[i*p.out+k] = float64(t.f[k*p.in+i])
			}
		}
	}
	if len(p.weights) == 0 {
		return nil, errors.New("its second operand is empty")
	}
	if len(p.weights) > maxWork {
		return nil, errTooLarge
	}
	return p, nil
}

func (p *product) built() built {
	return built{run: p.run, width: p.in, work: len(p.weights)}
}

func (p *product) run(c *call) error {
	x := c.in[0]
	if x.integer {
		return errWantsFloat
	}
	if len(x.dims) != 2 || x.dims[1] != p.in {
		return fmt.Errorf("it multiplies rows of %d values, the input has shape %v", p.in, append([]int(nil), x.dims...))
	}
	rows := x.dims[0]
	y, err := c.floats(0, rows, p.out)
	if err != nil {
		return err
	}
	for r := range rows {
		sums := c.scratch(p.out)
		for i, v := range x.f[r*p.in : (r+1)*p.in] {
			v := float64(v)
			weights := p.weights[i*p.out:][:len(sums)]
			for k, w := range weights {
				sums[k] += v * w
			}
		}
		for k, s := range sums {
			s *= p.alpha
			if len(p.bias) > 0 {
				s += p.bias[k]
			}
			y[r*p.out+k] = float32(s)
		}
	}
	return nil
}

// buildMatMul is MatMul of rows by a constant matrix.
func buildMatMul(_ *onnxNode, constants []*tensor) (built, error) {
	p, err := productOf(constants[1], false)
	if err != nil {
		return built{}, err
	}
	return p.built(), nil
}

// buildGemm is Gemm of rows by a constant matrix, with a constant bias for each column.
func buildGemm(n *onnxNode, constants []*tensor) (built, error) {
	if n.integer("transA", 0) != 0 {
		return built{}, errors.New("transA mixes rows and is not supported")
	}
	p, err := productOf(constants[1], n.integer("transB", 0) != 0)
	if err != nil {
		return built{}, err
	}
	p.alpha = float64(n.float("alpha", 1))
	if len(n.in) < 3 || n.in[2] == "" {
		return p.built(), nil
	}
	t := constants[2]
	if t == nil || t.integer || len(t.f) != 1 && (len(t.f) != p.out || t.dims[len(t.dims)-1] != p.out) {
		return built{}, errors.New("its bias is not a constant with a value for each column")
	}
	p.bias = make([]float64, p.out)
	for k, v := range spread(t.f, p.out) {
		p.bias[k] = float64(v) * float64(n.float("beta", 1))
	}
	return p.built(), nil
}

// lastAxis applies f to each row along the last dimension.
func lastAxis(f func([]float64)) builder {
	return func(n *onnxNode, _ []*tensor) (built, error) {
		axis := n.integer("axis", -1) // opset 12 and older: 1, the same for matrices
		run := func(c *call) error {
			x := c.in[0]
			if x.integer {
				return errWantsFloat
			}
			rank := len(x.dims)
			if rank < 2 || axis != -1 && axis != int64(rank-1) {
				return fmt.Errorf("axis %d of %d dimensions is not the last", axis, rank)
			}
			columns := x.dims[rank-1]
			y := c.out[0].setFloats(len(x.f), x.dims...)
			values := c.scratch(columns)
			for start := 0; start < len(x.f); start += columns {
				for k, v := range x.f[start : start+columns] {
					values[k] = float64(v)
				}
				f(values)
				narrow(y[start:], values)
			}
			return nil
		}
		return built{run: run}, nil
	}
}

func logSoftmax(v []float64) {
	top := math.Inf(-1)
	for _, x := range v {
		top = max(top, x)
	}
	sum := 0.0
	for _, x := range v {
		sum += math.Exp(x - top)
	}
	for i, x := range v {
		v[i] = x - top - math.Log(sum)
	}
}
