package model

import (
	"errors"
	"fmt"
)

// treeKey names a node of an ensemble in the file.
type treeKey struct{ tree, node int64 }

// forestOf flattens the parallel attribute arrays of a TreeEnsemble operator. prefix is "class" or "target".
func forestOf(n *onnxNode, prefix string, outputs int) (*forest, error) {
	trees, order, where, err := rawTrees(n)
	if err != nil {
		return nil, err
	}
	if err := addLeafVotes(n, prefix, outputs, trees, where); err != nil {
		return nil, err
	}
	g := forestGrower{forest: forest{outputs: outputs}}
	for _, id := range order {
		nodes := trees[id]
		root, err := rootOf(nodes)
		if err == nil {
			err = g.add(nodes, root)
		}
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", id, err)
		}
	}
	return &g.forest, nil
}

var comparisons = map[string]comparison{
	"BRANCH_LEQ": lessEqual, "BRANCH_LT": less, "BRANCH_GTE": greaterEqual, "BRANCH_GT": greater,
}

// rawTrees groups the nodes by tree. order lists the trees as the file does; where gives a node's place in its tree.
func rawTrees(n *onnxNode) (trees map[int64][]rawNode, order []int64, where map[treeKey]int, err error) {
	treeIDs, nodeIDs, features := n.ints("nodes_treeids"), n.ints("nodes_nodeids"), n.ints("nodes_featureids")
	yes, no, missing := n.ints("nodes_truenodeids"), n.ints("nodes_falsenodeids"), n.ints("nodes_missing_value_tracks_true")
	thresholds, modes := n.doubles("nodes_values"), n.texts("nodes_modes")
	count := len(treeIDs)
	if count == 0 || len(nodeIDs) != count || len(features) != count || len(yes) != count || len(no) != count ||
		len(thresholds) != count || len(modes) != count || len(missing) != 0 && len(missing) != count {
		return nil, nil, nil, errors.New("the nodes_* attributes differ in length or are empty")
	}
	trees, where = map[int64][]rawNode{}, make(map[treeKey]int, count)
	for i, id := range treeIDs {
		key := treeKey{id, nodeIDs[i]}
		if _, twice := where[key]; twice {
			return nil, nil, nil, fmt.Errorf("tree %d has node %d twice", id, nodeIDs[i])
		}
		if trees[id] == nil {
			order = append(order, id)
		}
		where[key] = len(trees[id])
		trees[id] = append(trees[id], rawNode{leaf: modes[i] == "LEAF"})
	}
	for i, id := range treeIDs {
		raw := &trees[id][where[treeKey{id, nodeIDs[i]}]]
		if raw.leaf {
			continue
		}
		var known, hasYes, hasNo bool
		if raw.compare, known = comparisons[modes[i]]; !known {
			return nil, nil, nil, fmt.Errorf("node mode %q is not supported", modes[i])
		}
		raw.feature = int(min(max(features[i], -1), maxWidth))
		raw.threshold = thresholds[i]
		raw.missingYes = len(missing) > 0 && missing[i] != 0
		raw.yes, hasYes = where[treeKey{id, yes[i]}]
		raw.no, hasNo = where[treeKey{id, no[i]}]
		if !hasYes || !hasNo {
			return nil, nil, nil, fmt.Errorf("tree %d: node %d leads to a node that is not there", id, nodeIDs[i])
		}
	}
	return trees, order, where, nil
}

// rootOf finds the node that no other leads to.
func rootOf(nodes []rawNode) (int, error) {
	child := make([]bool, len(nodes))
	for _, n := range nodes {
		if !n.leaf {
			child[n.yes], child[n.no] = true, true
		}
	}
	root := -1
	for i, c := range child {
		if c {
			continue
		}
		if root >= 0 {
			return 0, errors.New("it has two roots")
		}
		root = i
	}
	if root < 0 {
		return 0, errors.New("its nodes form a cycle")
	}
	return root, nil
}

// addLeafVotes gives the leaves their weights. Weights on branches are ignored, as ONNX Runtime does.
func addLeafVotes(n *onnxNode, prefix string, outputs int, trees map[int64][]rawNode, where map[treeKey]int) error {
	treeIDs, nodeIDs := n.ints(prefix+"_treeids"), n.ints(prefix+"_nodeids")
	ids, weights := n.ints(prefix+"_ids"), n.doubles(prefix+"_weights")
	if len(nodeIDs) != len(treeIDs) || len(ids) != len(treeIDs) || len(weights) != len(treeIDs) {
		return fmt.Errorf("the %s_* attributes differ in length", prefix)
	}
	for i, id := range treeIDs {
		at, ok := where[treeKey{id, nodeIDs[i]}]
		if !ok {
			return fmt.Errorf("a weight is for node %d of tree %d, which is not there", nodeIDs[i], id)
		}
		if ids[i] < 0 || ids[i] >= int64(outputs) {
			return fmt.Errorf("a weight is for output %d of %d", ids[i], outputs)
		}
		if raw := &trees[id][at]; raw.leaf {
			raw.votes = append(raw.votes, vote{float32(weights[i]), int32(ids[i])})
		}
	}
	return nil
}

// treeInput is the input of an ensemble, checked against the features its trees read.
func treeInput(c *call, f *forest) ([]float32, int, error) {
	x, columns, err := c.in[0].matrix()
	if err == nil && columns < f.width {
		err = fmt.Errorf("its trees read feature %d, the input has %d", f.width-1, columns)
	}
	return x, columns, err
}

// buildTreeRegressor is TreeEnsembleRegressor: votes summed or averaged, plus base values.
func buildTreeRegressor(n *onnxNode, _ []*tensor) (built, error) {
	targets := n.integer("n_targets", 1)
	if targets < 1 || targets > maxElements {
		return built{}, fmt.Errorf("it has %d targets", targets)
	}
	outputs := int(targets)
	f, err := forestOf(n, "target", outputs)
	if err != nil {
		return built{}, err
	}
	post, err := postTransformOf(n)
	if err != nil {
		return built{}, err
	}
	base := n.doubles("base_values")
	if len(base) != 0 && len(base) != outputs {
		return built{}, fmt.Errorf("it has %d base values for %d targets", len(base), outputs)
	}
	scale := 1.0
	switch aggregate := n.text("aggregate_function", "SUM"); aggregate {
	case "SUM":
	case "AVERAGE":
		scale = 1 / float64(len(f.roots))
	default:
		return built{}, fmt.Errorf("aggregate_function %q is not supported", aggregate)
	}
	run := func(c *call) error {
		x, columns, err := treeInput(c, f)
		if err != nil {
			return err
		}
		rows := c.in[0].dims[0]
		y, err := c.floats(0, rows, outputs)
		if err != nil {
			return err
		}
		sums := c.scratch(rows * outputs)
		f.addVotes(x, columns, rows, sums)
		for r := range rows {
			row := sums[r*outputs : (r+1)*outputs]
			for k := range row {
				row[k] *= scale
				if len(base) > 0 {
					row[k] += base[k]
				}
			}
			post.apply(row)
			narrow(y[r*outputs:], row)
		}
		return nil
	}
	return built{run: run, atLeast: f.width}, nil
}

// narrow stores float64 values as float32.
func narrow(to []float32, from []float64) {
	for i, v := range from {
		to[i] = float32(v)
	}
}
