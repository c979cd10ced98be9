package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"pitwall/backends"
)

func (a *app) splitCommand() *cobra.Command {
	var x consent
	c := &cobra.Command{
		Use:   "split NAME [A=70 B=30]",
		Short: "Change the split, or without weights show configured and observed",
		Example: "  pitwall split model-api\n  pitwall split model-api A=50 B=50 --dry-run\n" +
			"  pitwall split model-api A=100 B=0 --yes --reason 'errors of B'",
		Args: between(1, -1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showSplit(c.Context(), args[0], x.out)
			}
			split, err := backends.ParseSplit(args[1:])
			if err == nil {
				err = split.Validate(split.Names()) // which variants there are is for the deployment to say
			}
			if err != nil {
				return misuse{err}
			}
			return a.operate(c.Context(), backends.Change{Op: backends.OpSplit, Deployment: args[0], Split: split}, x)
		},
	}
	x.flags(c)
	return c
}

// splitOut is a split in JSON.
type splitOut struct {
	Deployment string            `json:"deployment"`
	Configured backends.Split    `json:"configured"` // percent
	Observed   map[string]number `json:"observed"`   // percent of the requests over the metrics' window
	ChangedBy  string            `json:"changed_by,omitempty"`
}

func (a *app) showSplit(ctx context.Context, name string, out format) error {
	s, _, r, err := a.attachTo(ctx, name)
	if err != nil {
		return err
	}
	defer s.close()
	v := splitOut{Deployment: name, Configured: r.Deployment.Split(), Observed: map[string]number{}, ChangedBy: r.Deployment.SplitBy}
	for _, x := range r.Deployment.Variants {
		v.Observed[x.Name] = number(observed(r, x.Name))
	}
	return out.print(a.out, v, func(w io.Writer) {
		row(w, "VARIANT", "VERSION", "CONFIGURED %", "OBSERVED %")
		for _, x := range r.Deployment.Variants {
			row(w, x.Name, x.Version, backends.FormatWeight(x.Weight), shareText(observed(r, x.Name), a.glyphs()))
		}
	})
}

func (a *app) operationCommands() []*cobra.Command {
	return []*cobra.Command{
		a.rollbackCommand(), a.deployCommand(), a.scaleCommand(),
		a.simpleCommand(backends.OpRestart, "Replace every replica of a variant by a fresh one"),
		a.simpleCommand(backends.OpPause, "Hold the rollout in progress"),
		a.simpleCommand(backends.OpResume, "Let a held rollout go on"),
		a.simpleCommand(backends.OpCutover, "Send all traffic to a candidate at once (blue-green)"),
		a.simpleCommand(backends.OpPromote, "Make the candidate's version the stable one"),
		a.simpleCommand(backends.OpAbort, "Send all traffic to stable and stop the rollout"),
	}
}

func (a *app) rollbackCommand() *cobra.Command {
	var x consent
	var to int
	change := backends.Change{Op: backends.OpRollback}
	c := &cobra.Command{
		Use: "rollback NAME", SuggestFor: []string{"undo", "revert"}, Short: "Restore an earlier revision (default: the last known-good)", Args: exact(1),
		Example: "  pitwall rollback model-api --yes --wait\n  pitwall rollback model-api --to 3 --dry-run",
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("to") && to < 1 {
				return misuse{fmt.Errorf("--to %d: revisions count from 1, see `pitwall get revisions %s`", to, args[0])}
			}
			change.Deployment, change.Revision = args[0], to
			return a.operate(c.Context(), change, x)
		},
	}
	x.flags(c)
	c.Flags().IntVar(&to, "to", 0, "the revision to restore")
	c.Flags().StringVar(&change.Variant, "variant", "", "the variant to roll back (default: the one changed last)")
	return c
}

func (a *app) deployCommand() *cobra.Command {
	var x consent
	change := backends.Change{Op: backends.OpDeploy}
	c := &cobra.Command{
		Use: "deploy NAME --version V [--image FILE]", Short: "Run another version as a variant", Args: exact(1),
		Example: "  pitwall deploy model-api --version 1.2.0 --variant B\n  pitwall deploy model-api --version 2.0.0 --image ./model.onnx --variant B\n" +
			"  pitwall deploy fraud --image :1.2.0 --yes --wait --undo-on-failure",
		RunE: func(c *cobra.Command, args []string) error {
			if change.Version == "" && change.Image == "" {
				return misuse{errors.New("name what to deploy with --version or --image; `pitwall get versions NAME` lists what there is")}
			}
			change.Deployment = args[0]
			return a.operate(c.Context(), change, x)
		},
	}
	x.flags(c)
	c.Flags().StringVar(&change.Version, "version", "", "the model version")
	c.Flags().StringVar(&change.Image, "image", "", "the image; for the local backend a model file")
	c.Flags().StringVar(&change.Variant, "variant", "", "the variant that runs it; needed when there is a candidate")
	c.Flags().BoolVar(&x.undo, "undo-on-failure", false, "take it back when it does not end well in --timeout, or with --wait when the signals are bad then; exit status 1 all the same")
	return c
}

const wantReplicas = "replicas is a whole number from 0 up, as in `pitwall scale model-api 4`"

func (a *app) scaleCommand() *cobra.Command {
	var x consent
	change := backends.Change{Op: backends.OpScale}
	c := &cobra.Command{
		Use: "scale NAME REPLICAS", Short: "Change the number of replicas of a variant", Args: exact(2),
		Example: "  pitwall scale model-api 4 --variant A",
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[1])
			if variant, number, found := strings.Cut(args[1], "="); found {
				return misuse{fmt.Errorf("%s; the variant is a flag: `pitwall scale %s %s --variant %s`", wantReplicas, args[0], number, variant)}
			}
			if err != nil || n < 0 {
				return misuse{errors.New(wantReplicas)}
			}
			change.Deployment, change.Replicas = args[0], n
			return a.operate(c.Context(), change, x)
		},
	}
	x.flags(c)
	c.Flags().StringVar(&change.Variant, "variant", backends.Stable, "the variant to scale")
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if minus := regexp.MustCompile(`shorthand flag: '\d'`); minus.MatchString(err.Error()) {
			return misuse{errors.New(wantReplicas)} // -1 is no flag
		}
		return c.Parent().FlagErrorFunc()(c, err)
	})
	return c
}

// simpleCommand is an operation that needs a deployment and at most a variant.
func (a *app) simpleCommand(op backends.Op, short string) *cobra.Command {
	var x consent
	change := backends.Change{Op: op}
	c := &cobra.Command{
		Use: string(op) + " NAME", Short: short, Args: exact(1),
		RunE: func(c *cobra.Command, args []string) error {
			change.Deployment = args[0]
			return a.operate(c.Context(), change, x)
		},
	}
	x.flags(c)
	c.Flags().StringVar(&change.Variant, "variant", "", "the variant (default: the one that is meant where that is clear)")
	return c
}
