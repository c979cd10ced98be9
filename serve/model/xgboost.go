package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// objective says how a margin becomes an answer and where the margin starts, after
// xgboost/src/objective: base_score is given as an answer, so the margin starts at its inverse.
type objective uint8

const (
	objectiveValue   objective = iota // the margin is the answer
	objectiveLogit                    // the margin is the answer, base_score is a probability
	objectiveSigmoid                  // one probability
	objectiveBinary                   // one probability, of the second of two classes
	objectiveSoftmax                  // a probability per class
	objectiveExp                      // e^margin
)

var objectives = map[string]objective{
	"reg:squarederror": objectiveValue, "reg:linear": objectiveValue, "reg:squaredlogerror": objectiveValue,
	"reg:pseudohubererror": objectiveValue, "reg:absoluteerror": objectiveValue, "reg:quantileerror": objectiveValue,
	"rank:pairwise": objectiveValue, "rank:ndcg": objectiveValue, "rank:map": objectiveValue,
	"binary:logitraw": objectiveLogit, "reg:logistic": objectiveSigmoid, "binary:logistic": objectiveBinary,
	"multi:softprob": objectiveSoftmax, "multi:softmax": objectiveSoftmax,
	"count:poisson": objectiveExp, "reg:gamma": objectiveExp, "reg:tweedie": objectiveExp,
}

// margin inverts the objective for a base score.
func (o objective) margin(base float64) (float64, error) {
	m := base
	switch o {
	case objectiveLogit, objectiveSigmoid, objectiveBinary:
		m = -math.Log(1/base - 1)
	case objectiveExp:
		m = math.Log(base)
	}
	if math.IsNaN(m) || math.IsInf(m, 0) {
		return 0, fmt.Errorf("base_score %v does not fit the objective", base)
	}
	return m, nil
}

// booster evaluates an XGBoost model of booster gbtree. All trees vote, as in Booster.predict.
type booster struct {
	forest    *forest
	objective objective
	margins   []float64 // where each output's sum starts
	width     int
	sums      sync.Pool // of *[]float64, maxBlock rows
}

func (b *booster) evaluate(x []float32, rows int, scores []float32, labels []int) error {
	scratch := b.sums.Get().(*[]float64)
	defer b.sums.Put(scratch)
	outputs := len(b.margins)
	sums := (*scratch)[:rows*outputs]
	for r := range rows {
		copy(sums[r*outputs:], b.margins)
	}
	b.forest.addVotes(x, b.width, rows, sums)
	switch b.objective {
	case objectiveBinary:
		for r, margin := range sums {
			p := sigmoid(margin)
			scores[2*r], scores[2*r+1] = float32(1-p), float32(p)
			labels[r] = argmax(scores[2*r : 2*r+2])
		}
		return nil
	case objectiveSoftmax:
		for r := range rows {
			row := sums[r*outputs : (r+1)*outputs]
			labels[r] = argmax(row)
			softmax(row)
		}
	case objectiveSigmoid:
		postLogistic.apply(sums)
	case objectiveExp:
		for i, v := range sums {
			sums[i] = math.Exp(v)
		}
	}
	narrow(scores, sums)
	return nil
}

// compileXGBoost reads a save_model file in its JSON form.
func compileXGBoost(format string, text []byte, o Options) (*compiled, error) {
	f, err := readXGBoost(text)
	if err != nil {
		return nil, err
	}
	b, err := f.booster()
	if err != nil {
		return nil, err
	}
	if o.Width != 0 && o.Width != b.width {
		return nil, &WidthError{Want: b.width, Got: o.Width}
	}
	c := &compiled{evaluator: b, columns: len(b.margins), block: maxBlock}
	c.info = Info{Format: format, Width: b.width, Producer: "xgboost " + dotted(f.Version)}
	switch b.objective {
	case objectiveBinary:
		c.columns = 2
		c.info.Classes = numbered(2).names()
	case objectiveSoftmax:
		c.info.Classes = numbered(c.columns).names()
	}
	if names := f.Learner.FeatureNames; len(names) > 0 {
		if len(names) != b.width {
			return nil, fmt.Errorf("the file names %d features and has %d", len(names), b.width)
		}
		c.info.Features = names
	}
	return c, nil
}

func dotted(version []int) string {
	parts := make([]string, len(version))
	for i, v := range version {
		parts[i] = strconv.Itoa(v)
	}
	return strings.Join(parts, ".")
}

const maxClasses = 1 << 14

func (f *xgbFile) booster() (*booster, error) {
	if name := f.Learner.Booster.Name; name != "gbtree" {
		return nil, &FormatError{Op: "booster " + strconv.Quote(name), Reason: "not supported: train with booster=\"gbtree\""}
	}
	name := f.Learner.Objective.Name
	kind, known := objectives[name]
	if !known {
		return nil, &FormatError{Op: "objective " + strconv.Quote(name), Reason: "not supported"}
	}
	p := f.Learner.Parameters
	width, err := p.Features.whole("num_feature", maxWidth)
	classes, err2 := p.Classes.whole("num_class", maxClasses)
	targets, err3 := p.Targets.whole("num_target", maxClasses)
	if err := errors.Join(err, err2, err3); err != nil {
		return nil, err
	}
	outputs := max(classes, targets, 1)
	switch {
	case width == 0:
		return nil, errors.New("num_feature is 0: the file was saved before training")
	case kind == objectiveBinary && outputs != 1, kind == objectiveSoftmax && outputs < 2:
		return nil, fmt.Errorf("objective %s does not go with %d outputs", name, outputs)
	}
	b := &booster{objective: kind, width: width}
	b.sums.New = func() any { return new(make([]float64, maxBlock*outputs)) }
	if b.margins, err = f.margins(kind, outputs); err != nil {
		return nil, err
	}
	if b.forest, err = f.forest(width, outputs); err != nil {
		return nil, err
	}
	return b, nil
}

// margins is where the sums start: one base score for all outputs, or one for each.
func (f *xgbFile) margins(kind objective, outputs int) ([]float64, error) {
	base := f.Learner.Parameters.BaseScore
	if len(base) == 1 {
		base = slices.Repeat(base, outputs)
	}
	if len(base) != outputs {
		return nil, fmt.Errorf("the file has %d base scores for %d outputs", len(base), outputs)
	}
	margins := make([]float64, outputs)
	for k, v := range base {
		var err error
		if margins[k], err = kind.margin(v); err != nil {
			return nil, err
		}
	}
	return margins, nil
}

func (f *xgbFile) forest(width, outputs int) (*forest, error) {
	model := f.Learner.Booster.Model
	if len(model.Trees) == 0 || len(model.Info) != len(model.Trees) {
		return nil, fmt.Errorf("the file has %d trees and %d entries of tree_info", len(model.Trees), len(model.Info))
	}
	g := forestGrower{forest: forest{outputs: outputs}}
	for i := range model.Trees {
		nodes, err := model.Trees[i].nodes(width)
		if output := model.Info[i]; err == nil && (output < 0 || output >= outputs) {
			err = fmt.Errorf("it votes for output %d of %d", output, outputs)
		}
		if err == nil {
			for k := range nodes {
				if nodes[k].leaf {
					nodes[k].votes[0].output = int32(model.Info[i])
				}
			}
			err = g.add(nodes, 0)
		}
		if err != nil {
			return nil, &FormatError{Node: fmt.Sprintf("tree %d", i), Op: "gbtree", Reason: err.Error()}
		}
	}
	return &g.forest, nil
}

// nodes checks one tree's lists and turns them into nodes: x < condition goes left, NaN by default_left.
func (t *xgbTree) nodes(width int) ([]rawNode, error) {
	n := len(t.Left)
	if len(t.Right) != n || len(t.Feature) != n || len(t.Condition) != n || len(t.DefaultLeft) != n ||
		len(t.SplitType) != 0 && len(t.SplitType) != n {
		return nil, errors.New("its lists differ in length")
	}
	if size, err := t.Parameters.LeafSize.whole("size_leaf_vector", maxClasses); err != nil || size > 1 {
		return nil, errors.New("trees with several outputs (multi_strategy multi_output_tree) are not supported")
	}
	nodes := make([]rawNode, n)
	for i := range nodes {
		if t.Left[i] < 0 {
			nodes[i] = rawNode{leaf: true, votes: []vote{{weight: t.Condition[i]}}}
			continue
		}
		if len(t.SplitType) > 0 && t.SplitType[i] != 0 {
			return nil, fmt.Errorf("node %d is a categorical split, which is not supported: train on numbers", i)
		}
		if t.Feature[i] < 0 || t.Feature[i] >= width {
			return nil, fmt.Errorf("node %d reads feature %d of %d", i, t.Feature[i], width)
		}
		nodes[i] = rawNode{compare: less, missingYes: bool(t.DefaultLeft[i]), feature: t.Feature[i],
			threshold: float64(t.Condition[i]), yes: t.Left[i], no: t.Right[i]}
	}
	return nodes, nil
}
