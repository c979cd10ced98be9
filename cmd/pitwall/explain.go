package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends/explain"
	"pitwall/ui/draw"
	"pitwall/views"
)

func (a *app) explainCommand() *cobra.Command {
	var out format
	c := &cobra.Command{
		Use: "explain NAME", Short: "Say why a deployment is unhealthy: ranked evidence", Args: exact(1),
		RunE: func(c *cobra.Command, args []string) error { return a.explain(c.Context(), args[0], out) },
	}
	formatFlag(c, &out)
	return c
}

func (a *app) explain(ctx context.Context, name string, out format) error {
	s, snap, r, err := a.attachTo(ctx, name)
	if err != nil {
		return err
	}
	defer s.close()
	in, err := views.Evidence(ctx, a.deps(s, nil), snap, r)
	if err != nil {
		fmt.Fprintf(a.err, "pitwall: not everything could be looked at: %s\n", draw.Sanitize(err.Error()))
	}
	list := explain.Explain(in)
	return out.print(a.out, list, func(w io.Writer) {
		fmt.Fprintf(a.out, "%s is %s", name, r.State)
		if r.Reason != "" {
			fmt.Fprintf(a.out, ": %s", draw.Sanitize(r.Reason))
		}
		fmt.Fprintln(a.out)
		for _, e := range list {
			fmt.Fprintln(a.out, a.evidenceText(e))
		}
	})
}

func (a *app) evidenceText(e explain.Evidence) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d. [%s] %s", e.Rank, e.State, draw.Sanitize(e.Title))
	if !e.Since.IsZero() {
		fmt.Fprintf(&b, " (since %s, %s ago)", e.Since.Local().Format(time.TimeOnly), draw.Duration(a.now().Sub(e.Since)))
	}
	if e.Detail != "" {
		fmt.Fprintf(&b, "\n   %s", draw.Sanitize(e.Detail))
	}
	if e.Next != "" {
		fmt.Fprintf(&b, "\n   next: %s", draw.Sanitize(e.Next))
	}
	return b.String()
}
