package model

import (
	"errors"
	"fmt"
	"math"
)

// comparison is the question of a branch: x compared with its threshold.
type comparison uint8

const (
	lessEqual comparison = iota
	less
	greaterEqual
	greater
)

// rawNode is a node as a file describes it. Children are indices into the tree's own nodes.
type rawNode struct {
	leaf       bool
	compare    comparison
	missingYes bool
	feature    int
	threshold  float64
	yes, no    int
	votes      []vote // of a leaf
}

// forestGrower checks trees one by one and flattens them.
type forestGrower struct {
	forest forest
	seen   []bool // per node of the tree at hand
	stack  []growing
}

// growing is a node still to be placed; parent is the branch whose "no" child it is, or -1.
type growing struct {
	node   int
	parent int32
}

// add flattens one tree. It refuses anything that is not one tree: a child out of range, a node with two parents,
// a cycle, a node that the root does not lead to, a threshold that is not a number.
func (g *forestGrower) add(nodes []rawNode, root int) error {
	if root < 0 || root >= len(nodes) {
		return errors.New("the tree is empty")
	}
	f := &g.forest
	if len(f.nodes)+len(nodes) > math.MaxInt32 {
		return errors.New("the forest has too many nodes")
	}
	f.roots = append(f.roots, int32(len(f.nodes)))
	g.seen = append(g.seen[:0], make([]bool, len(nodes))...)
	g.stack = append(g.stack[:0], growing{root, -1})
	placed := 0
	for len(g.stack) > 0 {
		next := g.stack[len(g.stack)-1]
		g.stack = g.stack[:len(g.stack)-1]
		if next.node < 0 || next.node >= len(nodes) {
			return fmt.Errorf("a branch leads to node %d of %d", next.node, len(nodes))
		}
		if g.seen[next.node] {
			return fmt.Errorf("node %d is reached twice", next.node)
		}
		g.seen[next.node] = true
		placed++
		if next.parent >= 0 {
			f.nodes[next.parent].no = int32(len(f.nodes))
		}
		if err := g.place(&nodes[next.node]); err != nil {
			return fmt.Errorf("node %d: %w", next.node, err)
		}
	}
	if placed != len(nodes) {
		return fmt.Errorf("%d of %d nodes cannot be reached from the root", len(nodes)-placed, len(nodes))
	}
	return nil
}

// place appends one node and puts its children on the stack, "yes" on top so that it comes next.
func (g *forestGrower) place(n *rawNode) error {
	f := &g.forest
	if n.leaf {
		f.nodes = append(f.nodes, treeNode{feature: -1, no: int32(len(f.votes)), extra: int32(len(n.votes))})
		f.votes = append(f.votes, n.votes...)
		return nil
	}
	if n.feature < 0 || n.feature >= maxWidth {
		return fmt.Errorf("feature %d is out of range", n.feature)
	}
	if math.IsNaN(n.threshold) {
		return errors.New("the threshold is not a number")
	}
	f.width = max(f.width, n.feature+1)
	yes, no, missingYes := n.yes, n.no, n.missingYes
	threshold := floorFloat32(n.threshold)
	if n.compare == less || n.compare == greaterEqual {
		threshold = below(n.threshold)
	}
	if n.compare == greater || n.compare == greaterEqual { // ask the opposite question and swap the answers
		yes, no, missingYes = no, yes, !missingYes
	}
	branch := treeNode{threshold: threshold, feature: int32(n.feature)}
	if missingYes {
		branch.extra, f.missing = 1, true
	}
	at := int32(len(f.nodes))
	f.nodes = append(f.nodes, branch)
	g.stack = append(g.stack, growing{no, at}, growing{yes, -1})
	return nil
}

// floorFloat32 is the float32 w for which x <= w exactly when x <= t, for every float32 x. Rounding to nearest instead
// would change answers (scikit-learn compares float32 features with float64 thresholds).
func floorFloat32(t float64) float32 {
	f := float32(t)
	if float64(f) > t {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

// below is the float32 w for which x <= w exactly when x < t. Nothing is below -Inf: then w is NaN, which no x satisfies.
func below(t float64) float32 {
	f := floorFloat32(t)
	switch {
	case float64(f) != t:
		return f
	case math.IsInf(t, -1):
		return float32(math.NaN())
	}
	return math.Nextafter32(f, float32(math.Inf(-1)))
}
