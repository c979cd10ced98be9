package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/ui/draw"
)

// consent is how a command line asks for and confirms a change.
type consent struct {
	dryRun  bool
	yes     bool
	typed   string // --confirm
	reason  string
	timeout time.Duration
	wait    bool // rollback: watch until the signals have recovered
	out     format
}

func (x *consent) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&x.dryRun, "dry-run", false, "show the plan and change nothing")
	f.BoolVar(&x.yes, "yes", false, "answer the question with yes")
	f.StringVar(&x.typed, "confirm", "", "the deployment's name, for a change that asks for it")
	f.StringVar(&x.reason, "reason", "", "why, for the journal")
	f.DurationVar(&x.timeout, "timeout", 10*time.Minute, "stop watching after this long; the change itself is not taken back")
	formatFlag(c, &x.out)
}

// operationOut is what a change prints with -o json.
type operationOut struct {
	Title        string            `json:"title"`
	Change       backends.Change   `json:"change"`
	Effects      []backends.Effect `json:"effects"`
	Consequences []string          `json:"consequences"`
	Guards       []operation.Guard `json:"guards"`
	Danger       operation.Danger  `json:"danger"`
	Undo         string            `json:"undo,omitempty"`
	DryRun       bool              `json:"dry_run"`
	Result       string            `json:"result,omitempty"` // ok, failed or unknown; "" for a dry run
	Observed     bool              `json:"observed"`
	Took         number            `json:"took_s"`
	Text         string            `json:"text,omitempty"`
	Intent       string            `json:"intent,omitempty"` // ID in the journal
}

// operate plans a change, shows the plan, has it confirmed and carries it out.
func (a *app) operate(ctx context.Context, c backends.Change, x consent) error {
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	snap, err := s.read(ctx)
	if err != nil {
		return err
	}
	r, err := find(snap, c.Deployment)
	if err != nil {
		return err
	}
	if why := s.engine.Disabled(c.Op, r.Deployment); why != "" {
		return fmt.Errorf("%s is not possible: %s", c.Op, why)
	}
	c.Reason = x.reason
	plan, err := s.engine.Plan(ctx, c)
	if err != nil {
		return err
	}
	if x.out == asTable {
		a.printPlan(plan)
	}
	if x.dryRun {
		return a.endDryRun(plan, x)
	}
	answer, err := a.confirm(plan, x)
	if err != nil {
		return err
	}
	return a.carryOut(ctx, s, plan, answer, x)
}

func (a *app) endDryRun(plan operation.Plan, x consent) error {
	if x.out != asTable {
		if err := x.out.print(a.out, planOut(plan, true), nil); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(a.out, "dry run: nothing was changed")
	}
	if plan.Danger == operation.Denied {
		return exitStatus(exitFailed)
	}
	return nil
}

func (a *app) carryOut(ctx context.Context, s *session, plan operation.Plan, answer operation.Confirmation, x consent) error {
	last := ""
	outcome, err := s.engine.Run(ctx, plan, answer, func(p operation.Progress) {
		if x.out == asTable && p.Text != last {
			last = p.Text
			fmt.Fprintf(a.out, "%s  %-9s %s\n", p.At.Local().Format(time.TimeOnly), p.Stage, draw.Sanitize(p.Text))
		}
	})
	if x.out != asTable && outcome.Result != "" {
		v := planOut(plan, false)
		v.Result, v.Observed, v.Took, v.Text, v.Intent = outcome.Result, outcome.Observed, number(outcome.Took.Seconds()), outcome.Text, outcome.IntentID
		err = errors.Join(err, x.out.print(a.out, v, nil))
	}
	if err != nil {
		return err
	}
	if outcome.Result != journal.ResultOK {
		return fmt.Errorf("%s: %s", outcome.Result, outcome.Text)
	}
	if x.out == asTable {
		fmt.Fprintf(a.out, "%s (%s)\n", draw.Sanitize(outcome.Text), draw.Duration(outcome.Took))
	}
	if err := a.seeOut(ctx, s, plan.Change.Deployment, x); err != nil {
		return err
	}
	if x.wait {
		return a.waitRecovery(ctx, s, plan.Change.Deployment, outcome.IntentID, x)
	}
	return nil
}

// seeOut stays until the rollout that this process carries out has ended: it
// would be held with the process. What became of it stands in the listing.
func (a *app) seeOut(ctx context.Context, s *session, deployment string, x consent) error {
	if s.rolling == nil || !slices.Contains(s.rolling(), deployment) {
		return nil
	}
	last := ""
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for slices.Contains(s.rolling(), deployment) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the rollout of %s is held: resume goes on with it: %w", deployment, context.Cause(ctx))
		case <-tick.C:
		}
		row, _ := s.fleet.Snapshot().Row(deployment)
		if r := row.Deployment.Rollout; r != nil && x.out == asTable {
			if text := fmt.Sprintf("%s of %s: %d of %d replaced", r.Operation, r.Variant, r.Done, r.Total); text != last {
				last = text
				fmt.Fprintf(a.out, "%s  rolling   %s\n", a.now().Local().Format(time.TimeOnly), draw.Sanitize(text))
			}
		}
	}
	list, err := s.lister().Deployments(ctx)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Name != deployment {
			continue
		}
		if d.State.Severity() >= backends.Warn.Severity() {
			return fmt.Errorf("the rollout of %s has ended, and it is %s: %s", deployment, d.State, d.Reason)
		}
		if x.out == asTable {
			fmt.Fprintf(a.out, "the rollout of %s has ended\n", draw.Sanitize(deployment))
		}
	}
	return nil
}

// waitRecovery watches until the signals are good again.
func (a *app) waitRecovery(ctx context.Context, s *session, deployment, intent string, x consent) error {
	last := ""
	result, err := s.engine.WatchRecovery(ctx, operation.RecoveryWatch{Deployment: deployment, IntentID: intent, Timeout: x.timeout},
		func(r operation.Recovery) {
			if x.out == asTable && r.Text != last {
				fmt.Fprintf(a.out, "%s  recovery  %s\n", a.now().Local().Format(time.TimeOnly), draw.Sanitize(r.Text))
				last = r.Text
			}
		})
	if err != nil {
		return err
	}
	if !result.Verified {
		return errors.New(result.Text)
	}
	return nil
}

func planOut(p operation.Plan, dry bool) operationOut {
	return operationOut{Title: p.Title, Change: p.Change, Effects: p.Effects, Consequences: p.Consequences,
		Guards: p.Guards, Danger: p.Danger, Undo: p.UndoText, DryRun: dry}
}

func (a *app) printPlan(p operation.Plan) {
	w := a.out
	fmt.Fprintln(w, draw.Sanitize(p.Title))
	for _, e := range p.Effects {
		fmt.Fprintf(w, "  %-22s %s → %s\n", draw.Sanitize(e.What), draw.Sanitize(e.Before), draw.Sanitize(e.After))
	}
	for _, text := range p.Consequences {
		fmt.Fprintf(w, "  %s\n", draw.Sanitize(text))
	}
	for _, g := range p.Guards {
		if g.Verdict != operation.Pass {
			fmt.Fprintf(w, "  %-5s %s: %s\n", g.Verdict, g.Rule, draw.Sanitize(g.Text))
		}
	}
	if p.UndoText != "" {
		fmt.Fprintf(w, "  undo: %s\n", draw.Sanitize(p.UndoText))
	}
}

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
