package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// step is one operator of a program, with the slots of its inputs (-1: left out) and outputs.
type step struct {
	node    *onnxNode
	spec    operator
	built   built
	in, out []int
}

// linker turns the names of an ONNX graph into slots and binds its nodes to kernels.
type linker struct {
	graph     *onnxGraph
	slots     map[string]int
	constants map[int]*tensor
	steps     []step // operators that depend on the input; the others are folded into constants
	inputs    []graphInput
	work      int // multiplications per row
	folded    int // elements of folded constants
}

// graphInput is an input that the caller feeds.
type graphInput struct {
	name    string
	slot    int
	columns int // 0 while unknown
}

// link checks and binds a graph.
func link(g *onnxGraph) (*linker, error) {
	l := &linker{graph: g, slots: map[string]int{}, constants: map[int]*tensor{}}
	if err := l.addInitializers(); err != nil {
		return nil, err
	}
	if err := l.addInputs(); err != nil {
		return nil, err
	}
	if err := supported(g); err != nil {
		return nil, err
	}
	for _, n := range g.nodes {
		s, err := l.bind(n)
		if err != nil {
			return nil, atNode(n, err)
		}
		l.work += s.built.work
		if l.work > maxWork {
			return nil, atNode(n, errTooLarge)
		}
		if l.constant(s) {
			err = l.fold(s)
		} else {
			l.steps = append(l.steps, s)
		}
		if err != nil {
			return nil, atNode(n, err)
		}
	}
	return l, nil
}

// atNode names the node in an error, unless it is named already.
func atNode(n *onnxNode, err error) error {
	if _, ok := errors.AsType[*FormatError](err); ok {
		return err
	}
	return n.fail("%v", err)
}

// define makes the slot of a new name. Every name is written once (SSA): a second writer could change a shared constant.
func (l *linker) define(name string) (int, error) {
	if name == "" {
		return 0, errors.New("a value has no name")
	}
	if _, twice := l.slots[name]; twice {
		return 0, fmt.Errorf("value %q is made twice", name)
	}
	slot := len(l.slots)
	l.slots[name] = slot
	return slot, nil
}

func (l *linker) addInitializers() error {
	for _, t := range l.graph.initializers {
		slot, err := l.define(t.name)
		if err != nil {
			return fmt.Errorf("initializers: %w", err)
		}
		l.constants[slot] = t.values()
	}
	return nil
}

// addInputs defines the inputs that have no initializer: matrices of numbers, one row per request row.
func (l *linker) addInputs() error {
	for _, v := range l.graph.inputs {
		if slot, ok := l.slots[v.name]; ok && l.constants[slot] != nil {
			continue
		}
		switch v.element {
		case elementFloat, elementDouble, elementInt32, elementInt64:
		case elementString:
			return fmt.Errorf("input %q holds text: only models over numbers can be served", v.name)
		default:
			return fmt.Errorf("input %q is not a tensor of numbers", v.name)
		}
		if len(v.dims) != 0 && len(v.dims) != 2 {
			return fmt.Errorf("input %q has %d dimensions: export it as [None, features]", v.name, len(v.dims))
		}
		slot, err := l.define(v.name)
		if err != nil {
			return fmt.Errorf("inputs: %w", err)
		}
		in := graphInput{name: v.name, slot: slot}
		if len(v.dims) == 2 && v.dims[1] > 0 {
			if v.dims[1] > maxWidth {
				return fmt.Errorf("input %q declares %d features; the limit is %d", v.name, v.dims[1], maxWidth)
			}
			in.columns = int(v.dims[1])
		}
		l.inputs = append(l.inputs, in)
	}
	if len(l.inputs) == 0 {
		return errors.New("the graph has no input")
	}
	return nil
}

// supported lists every operator that cannot be run in one error, with the first node that asks for it.
func supported(g *onnxGraph) error {
	first := map[string]string{}
	for _, n := range g.nodes {
		if _, ok := operators[n.opName()]; !ok && first[n.opName()] == "" {
			first[n.opName()] = n.name
		}
	}
	if len(first) == 0 {
		return nil
	}
	var ops, where []string
	for op, node := range first {
		ops = append(ops, op)
		where = append(where, fmt.Sprintf("%s (node %q)", op, node))
	}
	slices.Sort(ops)
	slices.Sort(where)
	return &FormatError{Node: first[ops[0]], Op: strings.Join(ops, ", "),
		Reason: "not supported: " + strings.Join(where, ", ")}
}

// bind resolves a node's names and builds its kernel.
func (l *linker) bind(n *onnxNode) (step, error) {
	spec := operators[n.opName()]
	s := step{node: n, spec: spec}
	if len(n.in) < spec.minIn || len(n.in) > spec.maxIn || len(n.out) < 1 || len(n.out) > spec.out {
		return s, fmt.Errorf("it has %d inputs and %d outputs", len(n.in), len(n.out))
	}
	constants := make([]*tensor, len(n.in))
	for i, name := range n.in {
		slot, ok := l.slots[name]
		if name == "" && i >= spec.minIn {
			slot = -1
		} else if !ok {
			return s, fmt.Errorf("it reads %q before anything makes it", name)
		} else {
			constants[i] = l.constants[slot]
		}
		s.in = append(s.in, slot)
	}
	for k := range spec.out {
		name := fmt.Sprintf("\x00%d.%d", len(l.slots), k) // an output that nobody reads still needs a place
		if k < len(n.out) && n.out[k] != "" {
			name = n.out[k]
		}
		slot, err := l.define(name)
		if err != nil {
			return s, err
		}
		s.out = append(s.out, slot)
	}
	var err error
	s.built, err = spec.build(n, constants)
	return s, err
}

// constant says whether a step depends on no input.
func (l *linker) constant(s step) bool {
	for _, slot := range s.in {
		if slot >= 0 && l.constants[slot] == nil {
			return false
		}
	}
	return true
}

// fold evaluates a constant step once, at load.
func (l *linker) fold(s step) error {
	c := &call{sums: new([]float64)}
	for _, slot := range s.in {
		c.in = append(c.in, l.constants[slot])
	}
	for range s.out {
		c.out = append(c.out, &tensor{})
	}
	if err := s.built.run(c); err != nil {
		return err
	}
	for k, slot := range s.out {
		l.constants[slot] = c.out[k]
		if l.folded += c.out[k].len(); l.folded > maxTotal {
			return errTooLarge
		}
	}
	return nil
}
