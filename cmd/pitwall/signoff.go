package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/checklist"
	"pitwall/ui/draw"
)

// signFlags are what a person says.
type signFlags struct {
	checklistFlags
	note, link, span, of string
	timeout              time.Duration
	out                  textFormat
}

// signOffCommands are the four things that people say of an item.
func (a *app) signOffCommands() []*cobra.Command {
	return []*cobra.Command{
		a.signCommand(checklist.Attest, "Say that an item of the checklist holds, and sign for it", "  pitwall attest churn on-call --note 'Carl knows of it' --for 7d"),
		a.signCommand(checklist.Waive, "Let an item of the checklist go until a time, and sign for it", "  pitwall waive churn image-scanned --note 'RISK-7: scanner is down' --link https://example.com/RISK-7 --for 2d"),
		a.signCommand(checklist.Approve, "Approve what another person attested or waived", "  pitwall approve churn model-validated --note 'read the report'"),
		a.signCommand(checklist.Revoke, "Take an attestation or a waiver back", "  pitwall revoke churn on-call --note 'Carl is ill'"),
	}
}

func (a *app) signCommand(v checklist.Verdict, short, example string) *cobra.Command {
	var f signFlags
	c := &cobra.Command{
		Use: string(v) + " NAME ITEM", Short: short, Args: exact(2), Example: example,
		RunE: func(c *cobra.Command, args []string) error {
			return limited(c.Context(), f.timeout, func(ctx context.Context) error { return a.sign(ctx, v, args[0], args[1], f) })
		},
	}
	f.add(c)
	timeoutFlag(c, &f.timeout, "give up after this long")
	textFormatFlag(c, &f.out)
	c.Flags().StringVar(&f.note, "note", "", "what was looked at, and why that is enough (needed)")
	if v == checklist.Attest || v == checklist.Waive {
		c.Flags().StringVar(&f.link, "link", "", "an http or https address with more")
		c.Flags().StringVar(&f.span, "for", "", "how long it holds: 12h, 7d (default: as the item says)")
	} else {
		c.Flags().StringVar(&f.of, "of", "", "ID of the sign-off (default: the newest of the item)")
	}
	return c
}

func (a *app) sign(ctx context.Context, v checklist.Verdict, name, item string, f signFlags) error {
	x := checklist.SignOff{Item: item, Verdict: v, Note: f.note, Link: f.link, Of: f.of}
	if err := x.CheckText(); err != nil {
		if f.note == "" {
			err = fmt.Errorf("%w: --note TEXT", err)
		}
		return misuse{err}
	}
	if f.span != "" {
		span, err := checklist.ParseSpan(f.span)
		if err == nil && span == 0 {
			err = errors.New("give a time above 0, as 12h or 7d")
		}
		if err != nil {
			return misuse{fmt.Errorf("--for %s: %w", f.span, err)}
		}
		x.Expires = a.now().UTC().Add(span)
	}
	s, w, err := a.walkOf(ctx, name, f.checklistFlags)
	if err != nil {
		return err
	}
	defer s.close()
	if _, known := w.List().Item(item); !known {
		return &backends.NotFoundError{Kind: "item", Name: item, Have: w.List().IDs()}
	}
	if x.Of == "" && (v == checklist.Approve || v == checklist.Revoke) {
		standing := w.Standing(item)
		if len(standing) == 0 {
			return fmt.Errorf("nothing of %s %s is signed that could be %sd", name, item, v)
		}
		x.Of = standing[0].ID
	}
	if x, err = w.Sign(ctx, x); err != nil {
		if wrong, ok := errors.AsType[*checklist.InputError](err); ok {
			return misuse{wrong}
		}
		return err
	}
	return f.out.print(a.out, x, func(to io.Writer) {
		until := ""
		if !x.Expires.IsZero() {
			until = " until " + x.Expires.Local().Format(time.DateTime)
		}
		fmt.Fprintf(to, "%s: %s by %s%s (%s)\n", draw.Sanitize(item), v.Past(), draw.Sanitize(x.By), until, x.ID)
	})
}
