package inspect

import (
	"slices"
	"strconv"
	"strings"

	"pitwall/backends"
	"pitwall/ui/draw"
)

// Nodes that many levels down with that many below them are folded at first.
const (
	foldDepth = 1
	foldMany  = 8
)

// tree is what the backend told, with what of it is folded and what matches
// the filter. A node is known again in a newer tree by its path.
type tree struct {
	root   *node
	filter string
	folded map[string]bool // by id, what somebody folded or unfolded
	lines  []*node         // as shown, top down
	total  int             // nodes of the whole tree
}

// node is a line of the tree. Its texts are sanitised.
type node struct {
	id          string
	name, value string
	depth       int
	parent      *node
	nodes       []*node
	words       string // lower case name and value, for the filter
}

// set replaces the tree; folds and the filter stand.
func (t *tree) set(n backends.Node) {
	t.total = -1 // the root is no line
	t.root = t.grow(n, nil, "", -1)
	t.show()
}

func (t *tree) grow(n backends.Node, parent *node, id string, depth int) *node {
	t.total++
	out := &node{id: id, name: draw.Sanitize(n.Name), value: draw.Sanitize(n.Value), depth: depth, parent: parent}
	out.words = strings.ToLower(out.name + " " + out.value)
	seen := make(map[string]int, len(n.Nodes))
	for _, child := range n.Nodes {
		seen[child.Name]++
		out.nodes = append(out.nodes, t.grow(child, out, id+"\x00"+child.Name+"\x00"+strconv.Itoa(seen[child.Name]), depth+1))
	}
	return out
}

// show chooses the lines: those that match the filter with what leads to them
// and what is below them, else those that are not folded.
func (t *tree) show() {
	t.lines = t.lines[:0]
	if t.root == nil {
		return
	}
	words := strings.Fields(strings.ToLower(t.filter))
	for _, n := range t.root.nodes {
		if len(words) > 0 {
			t.matching(n, words)
		} else {
			t.unfolded(n)
		}
	}
}

func (t *tree) unfolded(n *node) {
	t.lines = append(t.lines, n)
	if t.isFolded(n) {
		return
	}
	for _, child := range n.nodes {
		t.unfolded(child)
	}
}

// matching adds a node if it or one below it has the words that are left when
// those of what leads to it are taken away.
func (t *tree) matching(n *node, words []string) {
	left := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.Contains(n.words, w) })
	at := len(t.lines)
	t.lines = append(t.lines, n)
	for _, child := range n.nodes {
		t.matching(child, left)
	}
	if len(left) > 0 && len(t.lines) == at+1 {
		t.lines = t.lines[:at]
	}
}

// isFolded reports whether what is below a node is hidden. A filter shows all
// that it finds.
func (t *tree) isFolded(n *node) bool {
	if len(n.nodes) == 0 || t.filter != "" {
		return false
	}
	if folded, said := t.folded[n.id]; said {
		return folded
	}
	return n.depth >= foldDepth && len(n.nodes) > foldMany
}

// fold folds or unfolds the node of a line.
func (t *tree) fold(line int, folded bool) {
	n := t.line(line)
	if n == nil || len(n.nodes) == 0 {
		return
	}
	t.remember(n, folded)
	t.show()
}

func (t *tree) remember(n *node, folded bool) {
	if t.folded == nil {
		t.folded = make(map[string]bool)
	}
	t.folded[n.id] = folded
}

// foldAll folds every node, or unfolds every one.
func (t *tree) foldAll(folded bool) {
	var walk func(n *node)
	walk = func(n *node) {
		for _, child := range n.nodes {
			if len(child.nodes) > 0 {
				t.remember(child, folded)
				walk(child)
			}
		}
	}
	if t.root != nil {
		walk(t.root)
	}
	t.show()
}

func (t *tree) line(i int) *node {
	if i < 0 || i >= len(t.lines) {
		return nil
	}
	return t.lines[i]
}

func (t *tree) idAt(i int) string {
	if n := t.line(i); n != nil {
		return n.id
	}
	return ""
}

// index finds the line of a node, else of the nearest one above it that is
// shown; without any it is the old line, as far as there are lines.
func (t *tree) index(id string, old int) int {
	for id != "" {
		if i := slices.IndexFunc(t.lines, func(n *node) bool { return n.id == id }); i >= 0 {
			return i
		}
		id = above(id)
	}
	return max(min(old, len(t.lines)-1), 0)
}

// above is the id of a node's parent.
func above(id string) string {
	for range 2 { // the name, and which of that name
		id = id[:max(strings.LastIndexByte(id, 0), 0)]
	}
	return id
}

// path is the names that lead to a node.
func (n *node) path() []string {
	var out []string
	for ; n != nil && n.parent != nil; n = n.parent {
		out = append(out, n.name)
	}
	slices.Reverse(out)
	return out
}
