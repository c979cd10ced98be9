package model

// settleWidths finds the columns of every input: what the file declares, else what its operators insist on, else
// Options.Width. It returns the row width.
func (l *linker) settleWidths(option int) (int, error) {
	exact, atLeast := l.inferWidths()
	total, unknown := 0, -1
	for i := range l.inputs {
		in := &l.inputs[i]
		if in.columns == 0 {
			in.columns = exact[i]
		}
		if in.columns == 0 && unknown >= 0 {
			return 0, &FormatError{Reason: "the file says the width of neither input \"" + l.inputs[unknown].name + "\" nor \"" + in.name +
				"\": export it with declared shapes"}
		}
		if in.columns == 0 {
			unknown = i
		}
		total += in.columns
	}
	switch {
	case unknown < 0 && option != 0 && option != total:
		return 0, &WidthError{Want: total, Got: option, Input: l.inputs[0].name}
	case unknown >= 0 && (option == 0 || option-total < max(atLeast[unknown], 1)):
		return 0, &WidthError{Input: l.inputs[unknown].name, AtLeast: atLeast[unknown], Got: option}
	case unknown >= 0:
		l.inputs[unknown].columns = option - total
		total = option
	}
	if total > maxWidth {
		return 0, &FormatError{Reason: "the inputs are too wide"}
	}
	return total, nil
}

// inferWidths follows each input through operators that keep its columns to those that insist on a number of them, such
// as a scaler or a linear model. Trees only give a lower bound: the features they read.
func (l *linker) inferWidths() (exact, atLeast []int) {
	exact, atLeast = make([]int, len(l.inputs)), make([]int, len(l.inputs))
	carries := map[int]int{} // slot -> input whose columns it has
	for i, in := range l.inputs {
		carries[in.slot] = i
	}
	for _, s := range l.steps {
		for _, slot := range s.in {
			i, ok := carries[slot]
			if !ok {
				continue
			}
			if exact[i] == 0 {
				exact[i] = s.built.width
			}
			atLeast[i] = max(atLeast[i], s.built.atLeast)
			if s.spec.flow == flowSame {
				carries[s.out[0]] = i
			}
		}
	}
	return exact, atLeast
}
