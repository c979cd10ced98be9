package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/checklist"
	"pitwall/ui/draw"
)

// reportFormat is the value of -o of a checklist.
type reportFormat string

var reportFormats = []string{"text", "json", "markdown", "junit"}

func (f *reportFormat) String() string { return string(*f) }
func (f *reportFormat) Type() string   { return "format" }

// Set implements pflag.Value.
func (f *reportFormat) Set(s string) error {
	if !slices.Contains(reportFormats, s) {
		return fmt.Errorf("%q: choose text, json, markdown or junit", s)
	}
	*f = reportFormat(s)
	return nil
}

// checklistFlags are those of every command about a checklist.
type checklistFlags struct {
	variant string
	items   string
}

func (f *checklistFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.variant, "variant", "", "variant (default: the newest candidate that has replicas, else A)")
	c.Flags().StringVar(&f.items, "items", "", "a team's file of items and settings (default: checklist.items in the configuration)")
}

func (a *app) checklistCommand() *cobra.Command {
	var f checklistFlags
	var words []string
	var timeout time.Duration
	out := reportFormat("text")
	c := &cobra.Command{
		Use: "checklist NAME", Short: "Walk the deployment checklist with evidence; exit 1 unless it passes", Args: exact(1),
		Example: "  pitwall checklist churn\n  pitwall checklist churn --phase pre --phase deploy -o junit > checklist.xml\n  pitwall checklist churn -o markdown >> release-notes.md",
		RunE: func(c *cobra.Command, args []string) error {
			phases, err := parsePhases(words)
			if err != nil {
				return misuse{err}
			}
			return limited(c.Context(), timeout, func(ctx context.Context) error { return a.checklist(ctx, args[0], f, phases, out) })
		},
	}
	f.add(c)
	timeoutFlag(c, &timeout, "give up after this long")
	c.Flags().StringArrayVar(&words, "phase", nil, "only this phase: pre, deploy, post or practice (repeatable)")
	c.Flags().VarP(&out, "output", "o", strings.Join(reportFormats, ", "))
	return c
}

func parsePhases(words []string) ([]checklist.Phase, error) {
	var phases []checklist.Phase
	for _, list := range words {
		for word := range strings.SplitSeq(list, ",") {
			p, err := checklist.ParsePhase(word)
			if err != nil {
				return nil, err
			}
			phases = append(phases, p)
		}
	}
	return phases, nil
}

// walkOf attaches to a deployment and opens its checklist with what is
// recorded of it. The caller closes the session unless there is an error.
func (a *app) walkOf(ctx context.Context, name string, f checklistFlags) (*session, *checklist.Walk, error) {
	if _, err := a.registryReader(); errors.As(err, new(misuse)) { // any other error is one that the probes tell
		return nil, nil, err
	}
	s, _, r, err := a.attachTo(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	w, err := a.openWalk(s, r, f)
	if err == nil {
		err = w.Load(ctx)
	}
	if err != nil {
		s.close()
		return nil, nil, err
	}
	return s, w, nil
}

func (a *app) checklist(ctx context.Context, name string, f checklistFlags, phases []checklist.Phase, out reportFormat) error {
	s, w, err := a.walkOf(ctx, name, f)
	if err != nil {
		return err
	}
	defer s.close()
	if err := w.Look(ctx, w.List().Of(phases...), nil); err != nil {
		fmt.Fprintf(a.err, "pitwall: what was found could not be shared: %s\n", draw.Sanitize(err.Error()))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	report := w.Report(phases...)
	a.workflow.checked(report)
	if err := printReport(a.out, report, out); err != nil {
		return err
	}
	if !report.Passes() {
		return exitStatus(exitFailed)
	}
	return nil
}

func printReport(w io.Writer, r checklist.Report, out reportFormat) error {
	switch out {
	case "json":
		return asJSON.print(w, r, nil)
	case "markdown":
		return r.Markdown(w)
	case "junit":
		return r.JUnit(w)
	}
	_, err := io.WriteString(w, reportText(r))
	return err
}

func reportText(r checklist.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s: %s\n%s\n", draw.Sanitize(r.Subject.Deployment), draw.Sanitize(r.Subject.Variant), draw.Sanitize(r.Subject.Runs()), draw.Sanitize(r.Verdict()), r.Summary())
	phase := checklist.Phase("")
	for _, row := range r.Rows {
		if row.Item.Phase != phase {
			phase = row.Item.Phase
			fmt.Fprintf(&b, "\n%s\n", phase.Title())
		}
		fmt.Fprintf(&b, "  %-10s %s\n", "["+row.State.String()+"]", draw.Sanitize(row.Item.Title))
		for _, text := range rowTexts(row) {
			fmt.Fprintf(&b, "             %s\n", draw.Sanitize(text))
		}
	}
	return b.String()
}

// rowTexts are why a row stands as it does, what else was found, and what to do.
func rowTexts(row checklist.Row) []string {
	texts := []string{row.Text}
	for _, e := range row.Evidence {
		if !e.At.IsZero() && !strings.Contains(row.Text, e.Text) {
			texts = append(texts, e.State.String()+": "+e.Text)
		}
	}
	if row.Next != "" && row.State != checklist.Pass && row.State != checklist.NotApplicable {
		texts = append(texts, "next: "+row.Next)
	}
	return texts
}

// subjectOf is what a checklist is about: a variant that is named, else the
// newest candidate that has replicas, else the stable one.
func (s *session) subjectOf(r fleet.Row, variant string) (checklist.Subject, error) {
	d := r.Deployment
	var have []string
	var chosen *backends.Variant
	for i, v := range d.Variants {
		have = append(have, v.Name)
		switch {
		case variant == v.Name, variant == "" && (chosen == nil || v.Desired > 0):
			chosen = &d.Variants[i]
		}
	}
	switch {
	case chosen == nil && variant != "":
		return checklist.Subject{}, &backends.NotFoundError{Kind: "variant", Name: variant, Have: have}
	case chosen == nil:
		return checklist.Subject{}, errors.New(d.Name + " has no variant: there is nothing to check")
	}
	return checklist.Subject{Backend: d.Backend, Context: s.place.Context, Namespace: s.place.Namespace, Deployment: d.Name, Environment: d.Environment,
		Variant: chosen.Name, Version: chosen.Version, Image: chosen.Image, Digest: chosen.Digest}, nil
}
