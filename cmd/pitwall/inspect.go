package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/ui/draw"
)

// textFormat is the value of -o where people get text instead of a table.
type textFormat struct{ format }

// textFormatFlag adds -o to a command.
func textFormatFlag(c *cobra.Command, into *textFormat) {
	into.format = asTable
	c.Flags().VarP(into, "output", "o", "text, json or yaml")
}

func (f *textFormat) String() string {
	if f.format == asTable {
		return "text"
	}
	return f.format.String()
}

// Set implements pflag.Value.
func (f *textFormat) Set(s string) error {
	switch s {
	case "text":
		f.format = asTable
	case string(asJSON), string(asYAML):
		f.format = format(s)
	default:
		return fmt.Errorf("%q: choose text, json or yaml", s)
	}
	return nil
}

func (a *app) inspectCommand() *cobra.Command {
	var out textFormat
	c := &cobra.Command{
		Use: "inspect NAME [REPLICA]", SuggestFor: []string{"describe", "yaml"}, Short: "Print everything that the backend knows of a replica, or of the front door", Args: between(1, 2),
		Example: "  pitwall inspect churn\n  pitwall inspect churn churn-a-r2-1 -o yaml",
		RunE: func(c *cobra.Command, args []string) error {
			return a.inspect(c.Context(), args[0], strings.Join(args[1:], ""), out.format)
		},
	}
	textFormatFlag(c, &out)
	return c
}

// inspect prints a replica, or for "" the front door.
func (a *app) inspect(ctx context.Context, name, replica string, out format) error {
	s, _, r, err := a.attachTo(ctx, name)
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := replicasOf(r, replica); err != nil {
		return err
	}
	inspector, can := s.reader.(backends.Inspector)
	if !can {
		return fmt.Errorf("inspect is not possible: the %s backend knows no more of a replica than `pitwall get deployments -o yaml` prints", r.Deployment.Backend)
	}
	node, err := inspector.Inspect(ctx, name, replica)
	if err != nil {
		return fmt.Errorf("inspect %s: %w", name, err)
	}
	return out.print(a.out, node, func(io.Writer) { printNodes(a.out, node.Nodes, 0) })
}

// replicasOf lists the names of a deployment's replicas, or only the one that
// is asked for.
func replicasOf(r fleet.Row, only string) ([]string, error) {
	var names []string
	for _, v := range r.Deployment.Variants {
		for _, x := range v.Replicas {
			if x.Name == only {
				return []string{only}, nil
			}
			names = append(names, x.Name)
		}
	}
	if only != "" {
		return nil, &backends.NotFoundError{Kind: "replica", Name: only, Have: names}
	}
	return names, nil
}

// printNodes writes a tree as indented lines.
func printNodes(w io.Writer, nodes []backends.Node, depth int) {
	for _, n := range nodes {
		line := strings.Repeat("  ", depth) + draw.Sanitize(n.Name) + ":"
		if n.Value != "" {
			line += " " + draw.Sanitize(n.Value)
		}
		fmt.Fprintln(w, line)
		printNodes(w, n.Nodes, depth+1)
	}
}
