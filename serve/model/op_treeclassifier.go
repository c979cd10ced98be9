package model

import (
	"errors"
	"fmt"
)

// treeClassifier is TreeEnsembleClassifier.
type treeClassifier struct {
	forest  *forest
	classes *classes
	base    []float64
	post    postTransform
	// single is set for skl2onnx's binary layout: two labels, votes for one class id only. One sum then stands for both.
	single bool
	// share is set in that layout when every weight is >= 0 and nothing transforms the sum: it is the share of votes for
	// the second class, cut at 0.5. Otherwise it is a margin, cut at 0 (ONNX Runtime, tree_ensemble_aggregator.h). Runtime
	// also takes a LOGISTIC sum without negative weights for a share; that is no probability, so here LOGISTIC always
	// means a margin.
	share bool
	id    int32 // class id of the votes, when single
}

func buildTreeClassifier(n *onnxNode, _ []*tensor) (built, error) {
	labels, err := classesOf(n, "classlabels_int64s")
	if err != nil {
		return built{}, err
	}
	if labels.len() < 2 {
		return built{}, errors.New("it has fewer than two class labels")
	}
	t := &treeClassifier{classes: labels, base: n.doubles("base_values")}
	if t.forest, err = forestOf(n, "class", labels.len()); err != nil {
		return built{}, err
	}
	if t.post, err = postTransformOf(n); err != nil {
		return built{}, err
	}
	t.detectBinary()
	if have, want := len(t.base), labels.len(); have != 0 && have != want && !(t.single && have == 1) {
		return built{}, fmt.Errorf("it has %d base values for %d classes", have, want)
	}
	return built{run: t.run, atLeast: t.forest.width, classes: labels}, nil
}

func (t *treeClassifier) detectBinary() {
	votes := t.forest.votes
	if t.classes.len() != 2 || len(votes) == 0 {
		return
	}
	t.id, t.single, t.share = votes[0].output, true, t.post == postNone
	for _, v := range votes {
		t.single = t.single && v.output == t.id
		t.share = t.share && v.weight >= 0
	}
}

func (t *treeClassifier) run(c *call) error {
	x, columns, err := treeInput(c, t.forest)
	if err != nil {
		return err
	}
	rows, outputs := c.in[0].dims[0], t.classes.len()
	y, err := c.floats(1, rows, outputs)
	if err != nil {
		return err
	}
	labels := t.classes.shape(c.out[0], rows)
	sums := c.scratch(rows * outputs)
	t.forest.addVotes(x, columns, rows, sums)
	for r := range rows {
		row := sums[r*outputs : (r+1)*outputs]
		t.classes.write(labels, r, t.finish(row))
		narrow(y[r*outputs:], row)
	}
	return nil
}

// finish turns the sums of one row into scores, in place, and gives the predicted class.
func (t *treeClassifier) finish(sums []float64) int {
	if !t.single {
		for k, b := range t.base {
			sums[k] += b
		}
		best := argmax(sums)
		t.post.apply(sums)
		return best
	}
	s := sums[t.id]
	if len(t.base) > 0 {
		s += t.base[len(t.base)-1]
	}
	cut := 0.0
	if t.share {
		cut = 0.5
		sums[0], sums[1] = 1-s, s
	} else {
		sums[0], sums[1] = -s, s
		t.post.apply(sums)
	}
	if s > cut {
		return 1
	}
	return 0
}
