package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/backends/fleet"
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
	wait    bool // then watch until the signals are good
	undo    bool // take the change back when it does not end well
	out     format
}

func (x *consent) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&x.dryRun, "dry-run", false, "show the plan and change nothing")
	f.BoolVar(&x.yes, "yes", false, "answer the question with yes")
	f.StringVar(&x.typed, "confirm", "", "the deployment's name, for a change that asks for it")
	f.StringVar(&x.reason, "reason", "", "why, for the journal")
	timeoutFlag(c, &x.timeout, "stop watching after this long; the change itself is not taken back")
	f.BoolVar(&x.wait, "wait", false, "then watch until the signals have been good for a minute")
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
	Commit       string            `json:"commit,omitempty"` // text to commit in the place of a change that is denied
	DryRun       bool              `json:"dry_run"`
	Result       string            `json:"result,omitempty"` // ok, failed, unknown or denied; "" for a dry run
	Observed     bool              `json:"observed"`
	Took         number            `json:"took_s"`
	Text         string            `json:"text,omitempty"`
	Intent       string            `json:"intent,omitempty"`    // ID in the journal
	Recovered    *bool             `json:"recovered,omitempty"` // with --wait: whether the signals were seen to be good
	Error        string            `json:"error,omitempty"`     // why the exit status is not 0
}

// operate plans a change, shows the plan, has it confirmed and carries it out.
func (a *app) operate(ctx context.Context, c backends.Change, x consent) error {
	defer unpiped()()
	told := false // the plan is in the output, or what became of it
	err := limited(ctx, x.timeout, func(ctx context.Context) error { return a.planAndRun(ctx, c, x, &told) })
	if err != nil && !told && x.out != asTable {
		err = errors.Join(err, x.out.print(a.out, operationOut{Change: c, Error: err.Error()}, nil))
	}
	return err
}

func (a *app) planAndRun(ctx context.Context, c backends.Change, x consent, told *bool) error {
	s, _, r, err := a.attachTo(ctx, c.Deployment)
	if err != nil {
		return err
	}
	defer s.close()
	if why := s.engine.Disabled(c.Op, r.Deployment); why != "" {
		return fmt.Errorf("%s is not possible: %s", c.Op, why)
	}
	c.Reason = x.reason
	plan, err := s.engine.Plan(ctx, c)
	if err != nil {
		return err
	}
	if x.wait && !s.engine.Judged(c.Deployment) {
		plan.Consequences = append(slices.Clone(plan.Consequences), unjudged)
	}
	if x.out == asTable {
		a.printPlan(plan)
	}
	if x.dryRun {
		*told = true
		return a.endDryRun(plan, x)
	}
	answer, err := a.confirm(ctx, plan, x)
	if err != nil {
		return err
	}
	*told = true
	return a.carryOut(ctx, s, plan, answer, x)
}

func (a *app) endDryRun(plan operation.Plan, x consent) error {
	a.workflow.operated(planOut(plan, true))
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

// carryOut runs a plan, stays until all that was asked for is seen, and reports.
func (a *app) carryOut(ctx context.Context, s *session, plan operation.Plan, answer operation.Confirmation, x consent) error {
	v := planOut(plan, false)
	err := a.seeThrough(ctx, s, plan, answer, x, &v)
	if err != nil {
		v.Error = err.Error()
	}
	a.workflow.operated(v)
	if x.out != asTable {
		return errors.Join(err, x.out.print(a.out, v, nil))
	}
	return err
}

// seeThrough is carryOut that fills in what became of it instead of reporting it.
func (a *app) seeThrough(ctx context.Context, s *session, plan operation.Plan, answer operation.Confirmation, x consent, v *operationOut) error {
	outcome, err := a.perform(ctx, s, plan, answer, x)
	v.Result, v.Observed, v.Took, v.Text, v.Intent = outcome.Result, outcome.Observed, number(outcome.Took.Seconds()), outcome.Text, outcome.IntentID
	if _, denied := errors.AsType[*operation.DeniedError](err); denied {
		v.Result = "denied"
	}
	if err == nil {
		err = a.seeOut(ctx, s, plan.Change.Deployment, x)
	}
	if err == nil && x.wait {
		err = a.waitRecovery(ctx, s, plan.Change.Deployment, outcome.IntentID, x)
		good := err == nil
		v.Recovered = &good
	}
	var unproven unprovenError
	switch {
	case err == nil:
		return nil
	case x.undo && errors.As(err, &unproven):
		return fmt.Errorf("%w\nit was not taken back: nothing was seen to be bad", err)
	case x.undo:
		return errors.Join(err, a.takeBack(ctx, s, plan, outcome, x))
	case outcome.Undo != nil && outcome.Result != journal.ResultOK:
		return fmt.Errorf("%w\nundo: %s", err, plan.UndoText)
	}
	return err
}

// progress tells a person every step once, a line each; in other formats it
// tells nothing.
func (a *app) progress(out format) func(operation.Progress) {
	last := ""
	return func(p operation.Progress) {
		if out == asTable && p.Text != last {
			last = p.Text
			fmt.Fprintf(a.out, "%s  %-9s %s\n", p.At.Local().Format(time.TimeOnly), p.Stage, draw.Sanitize(p.Text))
		}
	}
}

// perform runs a plan and tells how it goes and ends.
func (a *app) perform(ctx context.Context, s *session, plan operation.Plan, answer operation.Confirmation, x consent) (operation.Outcome, error) {
	outcome, err := s.engine.Run(ctx, plan, answer, a.progress(x.out))
	if err != nil {
		return outcome, err
	}
	if outcome.Result != journal.ResultOK {
		return outcome, fmt.Errorf("%s: %s", outcome.Result, outcome.Text)
	}
	if x.out == asTable {
		fmt.Fprintf(a.out, "%s (%s)\n", draw.Sanitize(outcome.Text), draw.Duration(outcome.Took))
	}
	return outcome, nil
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
			if text := fmt.Sprintf("%s of %s: %s", r.Operation, r.Variant, r.Progress()); text != last {
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
		s.settle(&fleet.Snapshot{Sources: []fleet.Source{{State: fleet.Live}}, Rows: []fleet.Row{{Deployment: d}}}, a.now())
		if x.out == asTable {
			fmt.Fprintf(a.out, "the rollout of %s has ended\n", draw.Sanitize(deployment))
		}
	}
	return nil
}

// figures are numbers and the units that change with them.
var figures = regexp.MustCompile(`[0-9][0-9.]*( ?(ms|s|min|h|%))?`)

func withoutFigures(text string) string { return figures.ReplaceAllString(text, "#") }

func planOut(p operation.Plan, dry bool) operationOut {
	return operationOut{Title: p.Title, Change: p.Change, Effects: p.Effects, Consequences: p.Consequences,
		Guards: p.Guards, Danger: p.Danger, Undo: p.UndoText, Commit: p.Commit, DryRun: dry}
}

func (a *app) printPlan(p operation.Plan) {
	w := a.out
	fmt.Fprintln(w, draw.Sanitize(p.Title))
	for _, e := range p.Effects {
		change := draw.Sanitize(e.After)
		if e.Before != "" {
			change = draw.Sanitize(e.Before) + " → " + change
		}
		fmt.Fprintf(w, "  %-22s %s\n", draw.Sanitize(e.What), change)
	}
	for _, text := range p.Consequences {
		fmt.Fprintf(w, "  %s\n", draw.Sanitize(text))
	}
	for _, g := range p.Guards {
		if g.Verdict != operation.Pass {
			fmt.Fprintf(w, "  %-5s %s: %s\n", g.Verdict, g.Rule, block(g.Text))
		}
	}
	if p.UndoText != "" {
		fmt.Fprintf(w, "  undo: %s\n", draw.Sanitize(p.UndoText))
	}
}

// maxLines is the most lines that are printed of one text.
const maxLines = 500

// block is foreign text with its line breaks, for what is to be copied.
func block(text string) string { return strings.Join(draw.SanitizeLines(text, maxLines), "\n") }
