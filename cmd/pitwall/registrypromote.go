package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/mlflow"
	"pitwall/backends/operation"
	"pitwall/checklist"
	"pitwall/checklist/promote"
	"pitwall/ui/draw"
)

// promoteOptions are what `registry promote` was told.
type promoteOptions struct {
	consent
	checklistFlags
	back   bool
	stages bool
}

func (a *app) registryPromoteCommand() *cobra.Command {
	var o promoteOptions
	c := &cobra.Command{
		Use: "promote NAME [VERSION]", Short: "Make a registered version the champion: gates, rollout, then the alias", Args: between(1, 2),
		Long: "Make a registered version the champion. The checklist of the variant that serves it has to pass (pre and deploy, and\n" +
			"post where it gets requests). Then the stable variant is rolled out with it, and when that is healthy the alias previous\n" +
			"is moved to the old champion and champion to the version, and read back. When a step fails, those before it are taken back.",
		Example: "  pitwall deploy model-api --version 1.2.0 --variant B --yes\n  pitwall registry promote model-api 1.2.0 --yes\n  pitwall registry promote model-api --back --yes",
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 2) == o.back {
				return misuse{errors.New("give a version, or --back without one")}
			}
			want := promote.Want{Model: args[0], Back: o.back}
			if !o.back {
				want.Version = args[1]
			}
			return limited(c.Context(), o.timeout, func(ctx context.Context) error { return a.promote(ctx, want, o) })
		},
	}
	o.consent.flags(c)
	o.checklistFlags.add(c)
	c.Flags().BoolVar(&o.back, "back", false, "go back to the version that the alias previous names, with its rollback")
	c.Flags().BoolVar(&o.stages, "stages", false, "also move the version to the stage Production (deprecated by MLflow 2.9)")
	_ = c.Flags().MarkHidden("variant") // the version decides
	return c
}

// promotion is one run of `registry promote`, or of the console's.
type promotion struct {
	app      *app
	session  *session
	row      fleet.Row
	registry *mlflow.Registry
	want     promote.Want
	options  promoteOptions
	tell     func(operation.Progress) // what is done now
	warn     func(string)

	made    promote.Plan
	plan    operation.Plan // what is shown and confirmed
	rollout operation.Plan
	outcome operation.Outcome // of the rollout
	answer  operation.Confirmation
}

func (a *app) promote(ctx context.Context, want promote.Want, o promoteOptions) error {
	defer unpiped()()
	r, err := a.registryWriter(false)
	if err != nil {
		return err
	}
	s, _, row, err := a.attachTo(ctx, want.Model)
	if err != nil {
		return err
	}
	defer s.close()
	if s.noRecord != nil {
		return fmt.Errorf("nothing can be changed, for it cannot be recorded: %w", s.noRecord)
	}
	p := &promotion{app: a, session: s, row: row, registry: r, want: want, options: o, tell: a.progress(o.out),
		warn: func(text string) { fmt.Fprintf(a.err, "pitwall: %s\n", draw.Sanitize(text)) }}
	if err := p.propose(ctx); err != nil {
		return err
	}
	if o.out == asTable {
		a.printPlan(p.plan)
	}
	if o.dryRun {
		return a.endDryRun(p.plan, o.consent)
	}
	if p.plan.Danger == operation.Denied {
		return &operation.DeniedError{Guards: slices.DeleteFunc(slices.Clone(p.plan.Guards), func(g operation.Guard) bool { return g.Verdict != operation.Deny })}
	}
	if p.answer, err = a.confirm(ctx, p.plan, o.consent); err != nil {
		return err
	}
	rec, err := p.run(ctx)
	if rec.Intent == "" {
		return err
	}
	return p.end(rec, err)
}

// make plans on what is there now.
func (p *promotion) make(ctx context.Context) (promote.Plan, error) {
	list, err := p.session.lister().Deployments(ctx)
	if err != nil {
		return promote.Plan{}, err
	}
	for _, d := range list {
		if d.Name == p.row.Deployment.Name {
			p.row.Deployment = d
		}
	}
	return promote.Make(ctx, promote.Sources{Registry: p.registry, Revisions: p.session.reader, Gate: p.gate}, p.row.Deployment, p.want)
}

// gate walks the checklist of the variant that serves the version.
func (p *promotion) gate(ctx context.Context, variant string) (checklist.Report, error) {
	f := p.options.checklistFlags
	f.variant = variant
	w, err := p.app.openWalk(p.session, p.row, f)
	if err != nil {
		return checklist.Report{}, err
	}
	if err := w.Load(ctx); err != nil {
		return checklist.Report{}, err
	}
	phases := []checklist.Phase{checklist.Pre, checklist.Deploy}
	if v, _ := p.row.Deployment.Variant(variant); v.Weight > 0 {
		phases = append(phases, checklist.Post)
	}
	if err := w.Look(ctx, w.List().Of(phases...), nil); err != nil {
		p.warn("what was found could not be shared: " + err.Error())
	}
	return w.Report(phases...), ctx.Err()
}

// propose plans the rollout, and adds what changes in the registry.
func (p *promotion) propose(ctx context.Context) error {
	var err error
	if p.made, err = p.make(ctx); err != nil {
		return err
	}
	d, made := p.row.Deployment, p.made
	p.plan = operation.Plan{Danger: operation.Confirm, Before: d, ReadAt: p.app.now()}
	if d.Environment == "production" {
		p.plan.Danger, p.plan.Confirm = operation.Typed, d.Name
	}
	if made.Change != nil {
		change := *made.Change
		change.Reason = p.options.reason
		if p.rollout, err = p.session.engine.Plan(ctx, change); err != nil {
			return fmt.Errorf("plan the rollout: %w", err)
		}
		p.plan = p.rollout
	}
	p.plan.Title = fmt.Sprintf("Make %s (version %s) the champion of %s", made.Name, made.Version.Number, made.Model)
	p.plan.Change = backends.Change{Op: backends.OpPromote, Deployment: d.Name, Version: made.Version.Number, Token: d.Token, Reason: p.options.reason, By: actor().String()}
	p.plan.Effects = append(slices.Clone(p.plan.Effects), made.Effects...)
	if len(made.Report.Rows) > 0 {
		p.plan.Consequences = append(slices.Clone(p.plan.Consequences), "Checklist of "+made.Serving+": "+made.Report.Verdict()+" ("+made.Report.Summary()+").")
	}
	var denied []operation.Guard
	for _, why := range made.Denied {
		p.plan.Danger, p.plan.WantsReason = operation.Denied, false
		denied = append(denied, operation.Guard{Rule: "promote", Verdict: operation.Deny, Text: why})
	}
	p.plan.Guards = append(denied, p.plan.Guards...)
	return nil
}

// run records the promotion around what it does. The record has no intent when
// nothing was done.
func (p *promotion) run(ctx context.Context) (journal.Record, error) {
	plan, target := p.made, p.session.place
	target.Name, target.Variant = p.row.Deployment.Name, backends.Stable
	rec := journal.Record{Op: journal.OpChampion, Target: target, Reason: p.plan.Change.Reason, Confirm: p.answer.Typed,
		From: journal.Subject{ModelVersion: plan.Champion}, To: journal.Subject{ModelVersion: plan.Version.Number}, Text: p.plan.Title}
	return p.app.around(p.session.journal, rec, promoteResult, func() (string, error) {
		err := promote.Run(ctx, plan, promote.Options{
			Registry: p.registry, Rollout: p, Again: p.make, Stages: p.options.stages, By: actor().String(), Now: p.app.now,
			Report: func(step, text string) {
				p.tell(operation.Progress{Stage: operation.Applying, Text: step + ": " + text, At: p.app.now()})
			},
		})
		return fmt.Sprintf("version %s (%s) is champion, and read back", plan.Version.Number, plan.Name), err
	})
}

// promoteResult is failed where nothing is left of it, else unknown: look.
func promoteResult(err error) string {
	var half *promote.HalfError
	var unended *promote.UnendedError
	if errors.As(err, &half) && !half.Undone || errors.As(err, &unended) {
		return journal.ResultUnknown
	}
	return journal.ResultFailed
}

func (p *promotion) end(rec journal.Record, failure error) error {
	v := planOut(p.plan, false)
	v.Result, v.Observed, v.Took, v.Text, v.Intent = rec.Result, failure == nil, number(float64(rec.TookMS)/1000), rec.Text, rec.Intent
	if failure != nil {
		v.Error = failure.Error()
	}
	p.app.workflow.operated(v)
	if p.options.out == asTable {
		if failure == nil {
			fmt.Fprintln(p.app.out, draw.Sanitize(rec.Text))
		}
		return failure
	}
	return errors.Join(failure, p.options.out.print(p.app.out, v, func(io.Writer) {}))
}

// Roll implements promote.Roller.
func (p *promotion) Roll(ctx context.Context) error {
	outcome, err := p.session.engine.Run(ctx, p.rollout, p.answer, p.tell)
	p.outcome = outcome
	if err == nil && outcome.Result != journal.ResultOK {
		err = fmt.Errorf("%s: %s", outcome.Result, outcome.Text)
	}
	if err == nil {
		err = p.app.seeOut(ctx, p.session, p.row.Deployment.Name, p.options.consent)
	}
	if err != nil && outcome.IntentID != "" && (ctx.Err() != nil || outcome.Result == journal.ResultUnknown) {
		return &promote.UnendedError{Err: err}
	}
	return err
}

// TakeBack implements promote.Roller.
func (p *promotion) TakeBack(ctx context.Context, why string) error {
	if p.outcome.Undo == nil {
		return errors.New(p.rollout.UndoText)
	}
	_, err := p.session.undo(ctx, *p.outcome.Undo, why, nil)
	return err
}
