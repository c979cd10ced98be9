package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/ui/draw"
)

func (a *app) logsCommand() *cobra.Command {
	var q backends.LogQuery
	var since time.Duration
	var asLines bool
	c := &cobra.Command{
		Use: "logs NAME", Short: "Print the log lines of a deployment's replicas, merged by time", Args: exact(1),
		Example: "  pitwall logs model-api -f\n  pitwall logs model-api --variant B --since 10m",
		RunE: func(c *cobra.Command, args []string) error {
			q.Deployment = args[0]
			if since > 0 {
				q.Since = a.now().Add(-since)
			}
			return a.logs(c.Context(), q, asLines)
		},
	}
	f := c.Flags()
	f.BoolVarP(&q.Follow, "follow", "f", false, "go on with new lines")
	f.StringVar(&q.Variant, "variant", "", "only this variant")
	f.StringVar(&q.Replica, "replica", "", "only this replica")
	f.DurationVar(&since, "since", 0, "how far back (default: the last few hundred lines)")
	f.BoolVar(&asLines, "json", false, "one JSON object a line")
	return c
}

func (a *app) logs(ctx context.Context, q backends.LogQuery, asLines bool) error {
	s, _, _, err := a.attachTo(ctx, q.Deployment)
	if err != nil {
		return err
	}
	defer s.close()
	lines, err := s.reader.Logs(ctx, q)
	if err != nil {
		return err
	}
	encode := json.NewEncoder(a.out)
	for line := range lines {
		if asLines {
			err = encode.Encode(line)
		} else {
			_, err = fmt.Fprintf(a.out, "%s %s %s\n", line.At.Local().Format("15:04:05.000"), draw.Sanitize(line.Replica), draw.Sanitize(line.Text))
		}
		if err != nil {
			return fmt.Errorf("print log: %w", err)
		}
	}
	return nil
}
