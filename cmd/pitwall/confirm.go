package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"pitwall/backends/operation"
)

// confirm takes the answer from the flags, or asks on a terminal.
func (a *app) confirm(p operation.Plan, x consent) (operation.Confirmation, error) {
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
	return a.askPerson(p, answer)
}

func (a *app) askPerson(p operation.Plan, answer operation.Confirmation) (operation.Confirmation, error) {
	question := "Go on? [y/N] "
	if p.Danger == operation.Typed {
		question = fmt.Sprintf("Type %s to go on: ", p.Confirm)
	}
	fmt.Fprint(a.out, question)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return answer, fmt.Errorf("read the answer: %w", err)
	}
	line = strings.TrimSpace(line)
	if p.Danger == operation.Typed {
		answer.Typed = line
	} else {
		answer.Yes = strings.EqualFold(line, "y") || strings.EqualFold(line, "yes")
	}
	if answer.Yes || (p.Confirm != "" && answer.Typed == p.Confirm) {
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
