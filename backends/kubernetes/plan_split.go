package kubernetes

import (
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/kubernetes/split"
)

// planSplit plans other weights.
func (s scene) planSplit(c backends.Change, want backends.Split) (plan, error) {
	if err := want.Validate(s.names()); err != nil {
		return plan{}, refuse(c.Op, "%v", err)
	}
	door := s.found.Door
	if door == nil {
		return plan{}, refuse(c.Op, "nothing divides the requests of %s: it has one workload and no route with weights", s.shown.Name)
	}
	p, err := door.Plan(s.sides(want))
	if err != nil {
		return plan{}, withOp(err, c.Op)
	}
	return s.planned(c, p, want)
}

// sides puts weights by variant into weights by side of the front door.
func (s scene) sides(want backends.Split) map[string]float64 {
	out := make(map[string]float64, len(want))
	for _, v := range s.found.Variants {
		out[v.Side.Name] = want[v.Name]
	}
	return out
}

// planned makes a plan of one of the front door.
func (s scene) planned(c backends.Change, p split.Plan, want backends.Split) (plan, error) {
	out := plan{writes: p.Patches, notes: slices.Concat(p.Notes, s.found.Door.Warnings), about: s.found.Door.Ref}
	was := s.shown.Split()
	for _, name := range s.names() {
		if want != nil && !(backends.Split{name: was[name]}).Equal(backends.Split{name: want[name]}) {
			out.effects = append(out.effects, backends.Effect{What: "weight of " + name, Before: percent(was[name]), After: percent(want[name])})
		}
	}
	if want == nil {
		out.effects = p.Effects
	} else {
		out.note.Split = want
	}
	out.text = fmt.Sprintf("%s by %s", c.Op, c.By)
	if want != nil {
		out.text = fmt.Sprintf("%s by %s: %s (before %s)", c.Op, c.By, want, was)
	}
	if c.Reason != "" {
		out.text += ": " + c.Reason
	}
	return out, nil
}

func percent(w float64) string { return backends.FormatWeight(w) + " %" }

// planCutover gives a candidate all requests at once.
func (s scene) planCutover(c backends.Change) (plan, error) {
	v, err := s.variant(c.Variant)
	if err != nil {
		return plan{}, err
	}
	if v.Weight >= 100 {
		return plan{}, refuse(c.Op, "%s has all requests already", v.Name)
	}
	door := s.found.Door
	if door != nil && slices.Contains(door.Verbs, backends.OpCutover) {
		p, err := door.Act(backends.OpCutover)
		if err != nil {
			return plan{}, withOp(err, c.Op)
		}
		return s.planned(c, p, s.all(v.Name))
	}
	return s.planSplit(c, s.all(v.Name))
}

// all gives one variant everything.
func (s scene) all(variant string) backends.Split {
	out := make(backends.Split)
	for _, name := range s.names() {
		out[name] = 0
	}
	out[variant] = 100
	return out
}

// planAct asks the controller above the front door.
func (s scene) planAct(c backends.Change) (plan, error) {
	door := s.found.Door
	if door == nil || !door.Asked() {
		return plan{}, refuse(c.Op, "no controller above %s does it: deploy the version of the candidate to A, then give A all requests", s.shown.Name)
	}
	p, err := door.Act(c.Op)
	if err != nil {
		return plan{}, withOp(err, c.Op)
	}
	return s.planned(c, p, nil)
}

// withOp names the operation that was asked for in a refusal.
func withOp(err error, op backends.Op) error {
	if refused, ok := err.(*backends.UnsupportedError); ok {
		return &backends.UnsupportedError{Op: op, Reason: refused.Reason}
	}
	return err
}
