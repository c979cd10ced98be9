package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"pitwall/backends/operation"
)

// confirm takes the answer from the flags, or asks on a terminal.
func (a *app) confirm(ctx context.Context, p operation.Plan, x consent) (operation.Confirmation, error) {
	answer := operation.Confirmation{Yes: x.yes, Typed: x.typed, Reason: x.reason}
	switch {
	case p.Danger == operation.Denied, p.Danger == operation.Reversible:
		return answer, nil // Run says why it is denied
	case p.Danger == operation.Typed && x.typed == p.Confirm, p.Danger == operation.Confirm && (x.yes || x.typed == p.Change.Deployment):
		return answer, nil
	case x.typed != "":
		return answer, misuse{fmt.Errorf("--confirm %s is not the deployment's name, %s: nothing was changed", x.typed, p.Change.Deployment)}
	case !a.interactive() || x.out != asTable:
		want := "--yes"
		if p.Danger == operation.Typed {
			want = "--confirm " + p.Confirm
		}
		return answer, misuse{fmt.Errorf("not confirmed, nothing was changed: add %s, or --dry-run to see the plan only", want)}
	}
	return a.askPerson(ctx, p, answer)
}

func (a *app) askPerson(ctx context.Context, p operation.Plan, answer operation.Confirmation) (operation.Confirmation, error) {
	var err error
	if p.Danger == operation.Typed {
		answer.Typed, err = a.answered(ctx, fmt.Sprintf("Type %s to go on: ", p.Confirm))
	} else {
		answer.Yes, err = a.agreed(ctx, "Go on?")
	}
	switch {
	case err != nil:
		return answer, fmt.Errorf("not confirmed, nothing was changed: %w", err)
	case answer.Yes || p.Confirm != "" && answer.Typed == p.Confirm:
		return answer, nil
	}
	return answer, errors.New("not confirmed: nothing was changed")
}

// interactive reports whether a person can answer a question.
func (a *app) interactive() bool { return isTerminal(a.in) && isTerminal(a.out) }

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
