package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/backends/explain"
	"pitwall/backends/fleet"
	"pitwall/backends/prometheus"
	"pitwall/ui/draw"
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
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	snap, err := s.read(ctx)
	if err != nil {
		return err
	}
	r, err := find(snap, name)
	if err != nil {
		return err
	}
	list := explain.Explain(s.evidenceInput(ctx, snap, r, a.now()))
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

// evidenceInput gathers what explain looks at. What cannot be read is left
// out; explain says so where it matters.
func (s *session) evidenceInput(ctx context.Context, snap *fleet.Snapshot, r fleet.Row, now time.Time) explain.Input {
	const back = 2 * time.Hour
	in := explain.Input{Deployment: r.Deployment, ListedAt: r.ListedAt, Signals: r.Signals,
		Alerts: snap.Alerts, Spark: r.Spark, Now: now}
	for _, src := range snap.Sources[1:] {
		in.SignalsErr = src.Err
	}
	in.Events, _ = s.backend.Events(ctx, r.Deployment.Name, now.Add(-back))
	in.Records, _ = s.records.Records(now.Add(-back))
	if series, err := s.metrics.Range(ctx, r.Deployment.Name, prometheus.Memory, now.Add(-2*time.Minute), now, 5*time.Second); err == nil {
		in.Growth = growth(series)
	}
	return in
}

// growth is the slope between the first and the last value of each series, in
// units a second.
func growth(series []prometheus.Series) map[string]float64 {
	out := map[string]float64{}
	for _, s := range series {
		first, last := -1, -1
		for i, v := range s.Points {
			if backends.Missing(v) {
				continue
			}
			if first < 0 {
				first = i
			}
			last = i
		}
		if last > first {
			out[s.Variant] = (s.Points[last] - s.Points[first]) / (float64(last-first) * s.Step.Seconds())
		}
	}
	return out
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
