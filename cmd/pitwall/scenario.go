package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"pitwall/ui/draw"
)

func (a *app) scenarioCommand() *cobra.Command {
	var out format
	c := &cobra.Command{
		Use: "scenario [NAME]", Short: "List the incident scenarios of the local stack, or start one (calm ends it)", Args: between(0, 1),
		Example: "  pitwall scenario\n  pitwall scenario slow\n  pitwall scenario calm",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.startScenario(c.Context(), args[0])
			}
			return a.listScenarios(c.Context(), out)
		},
	}
	formatFlag(c, &out)
	return c
}

func (a *app) startScenario(ctx context.Context, name string) error {
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if s.practice == nil {
		return fmt.Errorf("start scenario %s: off: %s", name, s.readOnly)
	}
	if err := s.practice.StartScenario(ctx, name); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "scenario %s runs\n", draw.Sanitize(name))
	return nil
}

func (a *app) listScenarios(ctx context.Context, out format) error {
	s, err := a.attach(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if s.practice == nil {
		return errors.New("scenarios change the stack, and this is read-only: " + s.readOnly)
	}
	list, err := s.practice.Scenarios(ctx)
	if err != nil {
		return err
	}
	return out.print(a.out, list, func(w io.Writer) {
		row(w, "", "NAME", "WHAT", "ABOUT")
		for _, x := range list {
			mark := " "
			if x.Running {
				mark = "*"
			}
			row(w, mark, x.Name, x.Title, x.About)
		}
	})
}
