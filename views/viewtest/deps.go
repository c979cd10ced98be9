package viewtest

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/operation"
	"pitwall/views"
)

// Deps are the seams of a screen under test: the snapshot, the clock and
// nothing else. Tests add what their screen needs.
func Deps(s *fleet.Snapshot) views.Deps {
	return views.Deps{
		Snapshot: func() *fleet.Snapshot { return s },
		Send:     func(tea.Msg) {},
		Now:      Clock,
	}
}

// Operations is a views.Operations that is off for the reason Off, or answers
// with Planned, PlanErr, Ended and RunErr. Asked and Ran keep what it was
// given. Reports are handed to the report function of Run in order.
type Operations struct {
	Off     string
	Planned operation.Plan
	PlanErr error
	Reports []operation.Progress
	Ended   operation.Outcome
	RunErr  error

	Asked []backends.Change
	Ran   []operation.Confirmation
}

var _ views.Operations = (*Operations)(nil)

// Disabled returns Off.
func (o *Operations) Disabled(backends.Op, backends.Deployment) string { return o.Off }

// Plan returns Planned with the change that was asked for, unless Planned has one.
func (o *Operations) Plan(_ context.Context, c backends.Change) (operation.Plan, error) {
	o.Asked = append(o.Asked, c)
	p := o.Planned
	if p.Change.Op == "" {
		p.Change = c
	}
	return p, o.PlanErr
}

// Run reports Reports and returns Ended.
func (o *Operations) Run(_ context.Context, _ operation.Plan, c operation.Confirmation, report func(operation.Progress)) (operation.Outcome, error) {
	o.Ran = append(o.Ran, c)
	for _, p := range o.Reports {
		report(p)
	}
	return o.Ended, o.RunErr
}
