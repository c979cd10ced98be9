package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/ui/draw"
)

// takeBack undoes a change that did not end well, as --undo-on-failure asks.
// What was carried out is left as it is where nothing was measured to be bad.
// Nothing is to be done where nothing was changed, and when a person
// interrupted it somebody is there to decide.
func (a *app) takeBack(ctx context.Context, s *session, plan operation.Plan, outcome operation.Outcome, x consent) error {
	undo := outcome.Undo
	if outcome.Result == journal.ResultUnknown {
		undo = plan.Undo
	}
	if outcome.Result == "" || undo == nil && outcome.Result == journal.ResultFailed || errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	if undo == nil {
		return errors.New("it was not taken back: " + plan.UndoText)
	}
	// It has a time of its own: what --timeout cut off was not too slow to be undone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(x.timeout, undoTimeout))
	defer cancel()
	text, err := s.undo(ctx, *undo, fmt.Sprintf("the %s did not end well", plan.Change.Op), func(title string) {
		if x.out == asTable {
			fmt.Fprintf(a.out, "%s  %-9s %s\n", a.now().Local().Format(time.TimeOnly), "undo", draw.Sanitize(title))
		}
	})
	if err != nil {
		return fmt.Errorf("take it back: %w", err)
	}
	return fmt.Errorf("it was taken back: %s", text)
}

// undoTimeout is the least time that an undo is given.
const undoTimeout = 10 * time.Minute

// undo plans and runs what takes a change back, and returns how it ended. begun,
// which may be nil, is given the title of the plan.
func (s *session) undo(ctx context.Context, change backends.Change, why string, begun func(title string)) (string, error) {
	change.Reason = why
	plan, err := s.engine.Plan(ctx, change)
	if err != nil {
		return "", err
	}
	if begun != nil {
		begun(plan.Title)
	}
	ended, err := s.engine.Run(ctx, plan, operation.Confirmation{Yes: true, Typed: plan.Confirm, Reason: why}, nil)
	if err == nil && ended.Result != journal.ResultOK {
		err = fmt.Errorf("%s: %s", ended.Result, ended.Text)
	}
	return ended.Text, err
}
