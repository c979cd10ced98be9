package model

import (
	"fmt"
	"slices"
	"sync"
)

// program is a linked graph that answers rows. It is immutable; each call works on a frame of its own.
type program struct {
	steps     []step
	constants map[int]*tensor
	slots     int
	inputs    []graphInput
	width     int
	answer    answer
	frames    sync.Pool // of *frame
}

// frame is the memory of one call: a tensor per slot, and the steps bound to them.
type frame struct {
	tensors []tensor
	calls   []call
	sums    []float64
}

func (p *program) newFrame() *frame {
	f := &frame{tensors: make([]tensor, p.slots), calls: make([]call, len(p.steps))}
	for slot, t := range p.constants {
		f.tensors[slot] = *t
	}
	for _, in := range p.inputs {
		f.tensors[in.slot].batch = true
	}
	for i, s := range p.steps {
		c := call{sums: &f.sums}
		for _, slot := range s.in {
			var t *tensor
			if slot >= 0 {
				t = &f.tensors[slot]
			}
			c.in = append(c.in, t)
		}
		for _, slot := range s.out {
			f.tensors[slot].batch = true
			c.out = append(c.out, &f.tensors[slot])
		}
		f.calls[i] = c
	}
	return f
}

// feed gives the rows to the inputs. One input sees the caller's memory, several get their columns copied out.
func (p *program) feed(f *frame, x []float32, rows int) {
	if len(p.inputs) == 1 {
		t := &f.tensors[p.inputs[0].slot]
		t.dims = append(t.dims[:0], rows, p.width)
		t.f = x
		return
	}
	at := 0
	for _, in := range p.inputs {
		to := f.tensors[in.slot].setFloats(rows*in.columns, rows, in.columns)
		for r := range rows {
			copy(to[r*in.columns:(r+1)*in.columns], x[r*p.width+at:])
		}
		at += in.columns
	}
}

// run evaluates the steps and returns the number of elements they made. Each output has to keep the rows first: the
// check at load, with two batch sizes, finds every graph that would mix rows.
func (p *program) run(f *frame, x []float32, rows int) (elements int, err error) {
	p.feed(f, x, rows)
	for i := range f.calls {
		c := &f.calls[i]
		c.rows = rows
		if err := p.steps[i].built.run(c); err != nil {
			return 0, atNode(p.steps[i].node, err)
		}
		for _, t := range c.out {
			if len(t.dims) == 0 || t.dims[0] != rows || t.len() == 0 {
				return 0, p.steps[i].node.fail("its result has shape %v for a batch of %d rows", slices.Clone(t.dims), rows)
			}
			elements += t.len()
		}
		if elements > maxTotal*rows {
			return 0, p.steps[i].node.fail("%v", errTooLarge)
		}
	}
	return elements, nil
}

func (p *program) evaluate(x []float32, rows int, scores []float32, labels []int) error {
	f := p.frames.Get().(*frame)
	defer p.release(f)
	if _, err := p.run(f, x, rows); err != nil {
		return err
	}
	return p.answer.write(f, scores, labels)
}

// release returns a frame without the caller's rows.
func (p *program) release(f *frame) {
	if len(p.inputs) == 1 {
		f.tensors[p.inputs[0].slot].f = nil
	}
	p.frames.Put(f)
}

// compileONNX reads, links and tries an ONNX file.
func compileONNX(data []byte, o Options) (*compiled, error) {
	file, err := readONNX(data)
	if err != nil {
		return nil, fmt.Errorf("not a readable ONNX file: %w", err)
	}
	if file.graph == nil {
		return nil, fmt.Errorf("neither an ONNX nor an XGBoost model: no graph in it")
	}
	l, err := link(file.graph)
	if err != nil {
		return nil, err
	}
	width, err := l.settleWidths(o.Width)
	if err != nil {
		return nil, err
	}
	p := &program{steps: l.steps, constants: l.constants, slots: len(l.slots), inputs: l.inputs, width: width}
	p.frames.New = func() any { return p.newFrame() }
	perRow, err := p.try(l)
	if err != nil {
		return nil, err
	}
	c := &compiled{evaluator: p, columns: p.answer.columns, block: min(max(maxTotal/max(perRow, 1), 1), maxBlock)}
	c.info = Info{Format: "onnx", Width: width, Features: inputNames(l.inputs, width), Classes: p.answer.names, Producer: file.producer}
	return c, nil
}

// try runs the program on batches of one and three rows of zeros. Shapes depend on nothing but the number of rows, so
// what passes here fits for every batch. It settles the answer and returns the elements made for each row.
func (p *program) try(l *linker) (perRow int, err error) {
	f := p.newFrame()
	for _, rows := range []int{1, 3} {
		made, err := p.run(f, make([]float32, rows*p.width), rows)
		if err != nil {
			return 0, err
		}
		perRow = made / rows
		if p.answer, err = l.answer(f); err != nil {
			return 0, err
		}
	}
	return perRow, nil
}

// inputNames gives the features' names when the file has an input for each of them.
func inputNames(inputs []graphInput, width int) []string {
	if len(inputs) != width || width == 1 {
		return nil
	}
	names := make([]string, width)
	for i, in := range inputs {
		names[i] = in.name
	}
	return names
}
