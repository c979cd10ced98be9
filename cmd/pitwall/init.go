package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pitwall/backends/manifests/scaffold"
	"pitwall/ui/draw"
)

// initOptions say what happens to files that are there already.
type initOptions struct {
	force, keep, dryRun bool
}

func (a *app) initCommand() *cobra.Command {
	var given scaffold.Answers
	var o initOptions
	c := &cobra.Command{
		Use: "init [DIR]", Short: "Write the files of a new deployment", Args: between(0, 1),
		Long: "Write what a deployment is made from: Dockerfile, Compose files, nginx.conf, Prometheus, alerts, Grafana, Kubernetes manifests,\n" +
			"a GitHub workflow with its deploy script, and a runbook. What is not given by flags or by " + scaffold.AnswersFile + " of the directory is\n" +
			"asked for on a terminal. A file that is there and differs is overwritten only when you say so; without a terminal that is --force.",
		Example: "  pitwall init churn --model models/1.0.0/model.onnx --version 1.0.0 --image ghcr.io/acme/churn\n" +
			"  pitwall init . --dry-run      # again, from pitwall.yaml: what would change",
		RunE: func(c *cobra.Command, args []string) error {
			if o.force && o.keep {
				return misuse{errors.New("--force overwrites what differs, --keep leaves it: give one of them")}
			}
			return a.init(c.Context(), append(args, ".")[0], c.Flags(), o)
		},
	}
	answerFlags(c.Flags(), &given)
	a.completeFlag(c, "runtime", oneOf(string(scaffold.Pitwall), string(scaffold.Python)))
	c.Flags().BoolVar(&o.force, "force", false, "overwrite files that differ")
	c.Flags().BoolVar(&o.keep, "keep", false, "leave files that differ as they are, and write the others")
	c.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would be written, and write nothing")
	return c
}

func (a *app) init(ctx context.Context, dir string, flags *pflag.FlagSet, o initOptions) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return misuse{fmt.Errorf("init: %w", err)}
	case !info.IsDir():
		return misuse{fmt.Errorf("init: %s is no directory: name the one that is to hold the files", dir)}
	}
	in := bufio.NewReader(answers{ctx, a.in})
	answers, err := a.initAnswers(dir, flags, in)
	if err != nil {
		return err
	}
	files, err := scaffold.Files(answers)
	if err != nil {
		return misuse{flagErrors(err)}
	}
	changes, err := compared(dir, files)
	if err != nil {
		return fmt.Errorf("nothing was written:\n%w", err)
	}
	a.tellModel(dir, answers)
	a.tellCarried(changes)
	if o.dryRun {
		return a.initDryRun(changes)
	}
	return a.initWrite(dir, changes, o, in)
}

// compared looks what is in the directory, which may not be there yet.
func compared(dir string, files []scaffold.File) ([]scaffold.Change, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		changes := make([]scaffold.Change, 0, len(files))
		for _, f := range files {
			changes = append(changes, scaffold.Change{File: f, State: scaffold.New})
		}
		return changes, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return scaffold.Compare(root, files)
}

func (a *app) initDryRun(changes []scaffold.Change) error {
	for _, c := range changes {
		a.tellFile(string(c.State), c)
		if c.State == scaffold.Differs {
			fmt.Fprint(a.out, difference(c))
		}
	}
	fmt.Fprintln(a.out, "dry run: nothing was written")
	return nil
}

// tellCarried says that a split which is being served stays, whatever the
// answers are.
func (a *app) tellCarried(changes []scaffold.Change) {
	for _, c := range changes {
		if c.Carried {
			fmt.Fprintf(a.out, "split      %s keeps the one that was set there since: pitwall split changes it\n", draw.Sanitize(c.Path))
		}
	}
}

func (a *app) tellFile(what string, c scaffold.Change) {
	fmt.Fprintf(a.out, "%-10s %s\n", what, draw.Sanitize(c.Path))
}

// difference is a unified diff of what is there and what would be written.
func difference(c scaffold.Change) string {
	lines := strings.SplitAfter(udiff.Unified(c.Path+" (there)", c.Path+" (new)", string(c.Old), string(c.Text)), "\n")
	var b strings.Builder
	for _, line := range lines {
		text := strings.TrimSuffix(line, "\n")
		b.WriteString(draw.Sanitize(text))
		if len(text) < len(line) {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// initWrite writes what is new, and of what differs what it is told to.
func (a *app) initWrite(dir string, changes []scaffold.Change, o initOptions, in *bufio.Reader) error {
	if !o.force && !o.keep && !a.interactive() {
		if list := differing(changes); len(list) > 0 {
			return fmt.Errorf("nothing was written: these files are there and differ: %s\nsee them with --dry-run; overwrite them with --force, leave them with --keep", strings.Join(list, ", "))
		}
	}
	var files []scaffold.File
	told := make([]string, len(changes))
	for i, c := range changes {
		told[i] = "unchanged"
		switch {
		case c.State == scaffold.Unchanged:
			continue
		case c.State == scaffold.Differs && !o.force:
			write, all, err := a.askFile(c, o.keep, in)
			if err != nil {
				return err
			}
			if o.force = all; !write {
				told[i] = "kept"
				continue
			}
		}
		told[i] = "written"
		files = append(files, c.File)
	}
	if err := writeInto(dir, files); err != nil {
		return err
	}
	for i, c := range changes {
		a.tellFile(told[i], c)
	}
	fmt.Fprintf(a.out, "next: pitwall lint %s, and RUNBOOK.md; deploy/pitwall.sh fetches what the build and the workflow need\n", draw.Sanitize(dir))
	return nil
}

func writeInto(dir string, files []scaffold.File) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("nothing was written: %w", err)
	}
	defer func() { _ = root.Close() }()
	return scaffold.Write(root, files)
}

func differing(changes []scaffold.Change) []string {
	var list []string
	for _, c := range changes {
		if c.State == scaffold.Differs {
			list = append(list, c.Path)
		}
	}
	return list
}
