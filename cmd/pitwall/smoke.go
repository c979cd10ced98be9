package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/ui/draw"
)

// smokeTimeout bounds one smoke test.
const smokeTimeout = 30 * time.Second

// smokeOut is how a smoke test went, or why it could not be run.
type smokeOut struct {
	backends.SmokeResult
	Error string `json:"error,omitempty"`
}

func (a *app) smokeCommand() *cobra.Command {
	var replica string
	var out textFormat
	c := &cobra.Command{
		Use: "smoke NAME", Short: "Run the smoke test of every replica; exit 1 when one does not hold", Args: exact(1),
		Example: "  pitwall smoke churn\n  pitwall smoke churn --replica churn-a-r2-1 -o json",
		RunE: func(c *cobra.Command, args []string) error {
			return a.smoke(c.Context(), args[0], replica, out.format)
		},
	}
	c.Flags().StringVar(&replica, "replica", "", "only this replica")
	textFormatFlag(c, &out)
	return c
}

func (a *app) smoke(ctx context.Context, name, replica string, out format) error {
	s, _, r, err := a.attachTo(ctx, name)
	if err != nil {
		return err
	}
	defer s.close()
	if s.readOnly != "" {
		return fmt.Errorf("smoke is off: this console is read-only (%s)", s.readOnly)
	}
	replicas, err := replicasOf(r, replica)
	if err != nil {
		return err
	}
	tester, can := s.reader.(backends.SmokeTester)
	switch {
	case !can:
		return fmt.Errorf("smoke is not possible: the %s backend runs no smoke tests", r.Deployment.Backend)
	case len(replicas) == 0:
		return fmt.Errorf("%s has no replica to test", name)
	}
	return a.printSmoke(smokeAll(ctx, tester, name, replicas), out)
}

// smokeAll tests replicas one after another, until ctx ends.
func smokeAll(ctx context.Context, tester backends.SmokeTester, name string, replicas []string) []smokeOut {
	results := make([]smokeOut, 0, len(replicas))
	for _, replica := range replicas {
		one, cancel := backends.Within(ctx, smokeTimeout)
		result, err := tester.SmokeTest(one, name, replica)
		cancel()
		result.Replica = replica
		x := smokeOut{SmokeResult: result}
		if err != nil {
			x.Passed, x.Error = false, err.Error()
		}
		results = append(results, x)
		if errors.Is(ctx.Err(), context.Canceled) {
			break
		}
	}
	return results
}

// printSmoke prints the results, and fails unless all of them passed.
func (a *app) printSmoke(results []smokeOut, out format) error {
	all := true
	for _, x := range results {
		all = all && x.Passed
	}
	err := out.print(a.out, results, func(io.Writer) {
		for _, x := range results {
			fmt.Fprintln(a.out, smokeText(x))
		}
	})
	if err == nil && !all {
		return exitStatus(exitFailed)
	}
	return err
}

// smokeText is a line, and below it what was answered.
func smokeText(x smokeOut) string {
	name := draw.Sanitize(x.Replica)
	most, text := 3, ""
	switch {
	case x.Error != "":
		return fmt.Sprintf("%s: not run: %s", name, draw.Sanitize(x.Error))
	case x.Passed:
		text = fmt.Sprintf("%s: passed in %s: %s", name, draw.Duration(x.Took), draw.Sanitize(x.Test))
	default:
		most = 50
		text = fmt.Sprintf("%s: failed after %s: %s", name, draw.Duration(x.Took), draw.Sanitize(x.Test))
	}
	if x.Output == "" {
		return text
	}
	for _, line := range draw.SanitizeLines(strings.TrimRight(x.Output, "\n"), most) {
		text += "\n  " + line
	}
	return text
}
