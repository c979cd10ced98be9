package model

import "fmt"

// linear holds coefficients for several outputs over the same features.
type linear struct {
	coefficients []float64 // outputs×features
	intercepts   []float64 // outputs, or none
	features     int
}

func linearOf(n *onnxNode, outputs int) (*linear, error) {
	l := &linear{coefficients: widen(n.floats("coefficients")), intercepts: widen(n.floats("intercepts"))}
	if outputs < 1 || len(l.coefficients) == 0 || len(l.coefficients)%outputs != 0 || len(l.intercepts) != 0 && len(l.intercepts) != outputs {
		return nil, fmt.Errorf("%d coefficients and %d intercepts do not fit %d outputs", len(l.coefficients), len(l.intercepts), outputs)
	}
	l.features = len(l.coefficients) / outputs
	return l, nil
}

// input is the operator's input, checked against the number of coefficients.
func (l *linear) input(c *call) ([]float32, error) {
	x, columns, err := c.in[0].matrix()
	if err == nil && columns != l.features {
		err = fmt.Errorf("it takes %d features, the input has %d", l.features, columns)
	}
	return x, err
}

// scores computes coefficients·x + intercepts for each output.
func (l *linear) scores(x []float32, to []float64) {
	for k := range to {
		sum := 0.0
		for i, w := range l.coefficients[k*l.features : (k+1)*l.features] {
			sum += w * float64(x[i])
		}
		if len(l.intercepts) > 0 {
			sum += l.intercepts[k]
		}
		to[k] = sum
	}
}

// buildLinearClassifier is LinearClassifier: a score per class, or one score for two classes.
func buildLinearClassifier(n *onnxNode, _ []*tensor) (built, error) {
	labels, err := classesOf(n, "classlabels_ints")
	if err != nil {
		return built{}, err
	}
	outputs := labels.len()
	single := outputs == 2 && len(n.floats("intercepts")) == 1
	if single {
		outputs = 1
	}
	l, err := linearOf(n, outputs)
	if err != nil {
		return built{}, err
	}
	post, err := postTransformOf(n)
	if err != nil {
		return built{}, err
	}
	run := func(c *call) error {
		x, err := l.input(c)
		if err != nil {
			return err
		}
		rows := c.in[0].dims[0]
		y, err := c.floats(1, rows, labels.len())
		if err != nil {
			return err
		}
		predicted := labels.shape(c.out[0], rows)
		scores := c.scratch(labels.len())
		for r := range rows {
			row := x[r*l.features : (r+1)*l.features]
			if single {
				l.scores(row, scores[1:])
				scores[0] = -scores[1]
			} else {
				l.scores(row, scores)
			}
			labels.write(predicted, r, argmax(scores))
			post.apply(scores)
			narrow(y[r*len(scores):], scores)
		}
		return nil
	}
	return built{run: run, width: l.features, classes: labels}, nil
}

// buildLinearRegressor is LinearRegressor.
func buildLinearRegressor(n *onnxNode, _ []*tensor) (built, error) {
	targets := n.integer("targets", 1)
	if targets < 1 || targets > maxElements {
		return built{}, fmt.Errorf("it has %d targets", targets)
	}
	l, err := linearOf(n, int(targets))
	if err != nil {
		return built{}, err
	}
	post, err := postTransformOf(n)
	if err != nil {
		return built{}, err
	}
	run := func(c *call) error {
		x, err := l.input(c)
		if err != nil {
			return err
		}
		rows := c.in[0].dims[0]
		y, err := c.floats(0, rows, int(targets))
		if err != nil {
			return err
		}
		scores := c.scratch(int(targets))
		for r := range rows {
			l.scores(x[r*l.features:(r+1)*l.features], scores)
			post.apply(scores)
			narrow(y[r*len(scores):], scores)
		}
		return nil
	}
	return built{run: run, width: l.features}, nil
}

// buildZipMap is ZipMap: it only names the columns, so the matrix passes through.
func buildZipMap(n *onnxNode, _ []*tensor) (built, error) {
	labels, err := classesOf(n, "classlabels_int64s")
	if err != nil {
		return built{}, err
	}
	run := func(c *call) error {
		_, columns, err := c.in[0].matrix()
		if err == nil && columns != labels.len() {
			err = fmt.Errorf("it has %d labels for %d columns", labels.len(), columns)
		}
		if err == nil {
			c.out[0].alias(c.in[0], c.in[0].dims...)
		}
		return err
	}
	return built{run: run, classes: labels}, nil
}
