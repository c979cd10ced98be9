package model

// treeNode is a node of a flattened tree. Nodes are in preorder, so the "yes" child of a branch is the next node.
type treeNode struct {
	threshold float32 // a branch answers yes when x[feature] <= threshold
	feature   int32   // -1 for a leaf
	no        int32   // branch: index of the "no" child; leaf: index of its first vote
	extra     int32   // branch: 1 when a missing value (NaN) answers yes; leaf: number of votes
}

// vote is what a leaf adds to one output.
type vote struct {
	weight float32
	output int32
}

// forest is a tree ensemble in one piece of memory, shared by ONNX and XGBoost models. growForest makes it.
type forest struct {
	nodes   []treeNode
	votes   []vote
	roots   []int32
	outputs int  // sums per row
	width   int  // highest feature read + 1
	missing bool // some branch answers yes to a missing value
}

// addVotes adds the votes of every tree to sums, which is rows×outputs. Trees are the outer loop: a tree stays in
// cache for the whole block, and every row meets the trees in the same order whatever the size of the block.
func (f *forest) addVotes(x []float32, width, rows int, sums []float64) {
	for _, root := range f.roots {
		for r := range rows {
			row := x[r*width : (r+1)*width]
			var leaf *treeNode
			if f.missing {
				leaf = f.leafMissing(root, row)
			} else {
				leaf = f.leaf(root, row)
			}
			out := sums[r*f.outputs : (r+1)*f.outputs]
			for _, v := range f.votes[leaf.no : leaf.no+leaf.extra] {
				out[v.output] += float64(v.weight)
			}
		}
	}
}

// leaf finds the leaf for a row in a forest where missing values answer no, as every comparison with NaN does.
func (f *forest) leaf(i int32, row []float32) *treeNode {
	for {
		n := &f.nodes[i]
		if n.feature < 0 {
			return n
		}
		if row[n.feature] <= n.threshold {
			i++
		} else {
			i = n.no
		}
	}
}

func (f *forest) leafMissing(i int32, row []float32) *treeNode {
	for {
		n := &f.nodes[i]
		if n.feature < 0 {
			return n
		}
		v := row[n.feature]
		if v <= n.threshold || v != v && n.extra != 0 {
			i++
		} else {
			i = n.no
		}
	}
}
