package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"pitwall/backends/docker"
	"pitwall/ui/draw"
)

func (a *app) forgetCommand() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use: "forget --backend docker: [NAME]", Short: "Remove what is remembered of deployments whose containers are gone", Args: cobra.MaximumNArgs(1),
		Long: "What is wanted of a deployment is remembered on the engine, in volumes named pitwall-ledger-…, and stays when its\n" +
			"Compose project is taken down: the next `docker-compose up` finds its split and its revisions again. forget removes\n" +
			"it where no container of the project is left.",
		RunE: func(c *cobra.Command, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.forget(c.Context(), name, yes)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "answer the question with yes")
	return c
}

func (a *app) forget(ctx context.Context, name string, yes bool) error {
	conf, choice, err := a.engineToClear(errors.New("add --backend docker: only that backend remembers deployments that are gone"))
	if err != nil {
		return err
	}
	c, err := a.engine(choice)
	if err != nil {
		return err
	}
	b := docker.Attach(docker.Options{Engine: c, World: conf.world(), Now: a.now}).Mutable()
	defer b.Close()
	gone, err := b.Memories(ctx)
	if err != nil {
		return err
	}
	if name != "" {
		gone = slices.DeleteFunc(gone, func(m docker.Memory) bool { return m.Deployment != name })
	}
	if len(gone) == 0 {
		fmt.Fprintln(a.out, "nothing is remembered of a deployment that is gone")
		return nil
	}
	for _, m := range gone {
		fmt.Fprintln(a.out, a.memoryText(m))
	}
	if !yes {
		if err := a.confirmRemoval(ctx); err != nil {
			return err
		}
	}
	for _, m := range gone {
		if err := b.Forget(ctx, m); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.out, "forgot %d\n", len(gone))
	return nil
}

func (a *app) memoryText(m docker.Memory) string {
	text := m.Deployment
	if m.Scope != "" {
		text += " of " + m.Scope
	}
	if !m.At.IsZero() {
		text += ", last changed " + draw.Age(a.now().Sub(m.At)) + " ago"
	}
	return draw.Sanitize(text)
}

// stillRemembered tells after a removal what stays of deployments that are gone.
// It is a hint: what cannot be read now is not told.
func (a *app) stillRemembered(ctx context.Context, conf config, choice backendChoice) {
	c, err := a.engine(choice)
	if err != nil {
		return
	}
	b := docker.Attach(docker.Options{Engine: c, World: conf.world(), Now: a.now}).Mutable()
	defer b.Close()
	gone, _ := b.Memories(ctx)
	for _, m := range gone {
		fmt.Fprintf(a.out, "still remembered: %s: `pitwall forget --backend %s` removes that\n", a.memoryText(m), choice.flag())
	}
}
