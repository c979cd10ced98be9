package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// answerFlags are the answers as flags; a name of a flag is the field's.
func answerFlags(f *pflag.FlagSet, x *scaffold.Answers) {
	f.StringVar(&x.Name, "name", "", "name of the deployment (default: the directory's)")
	f.StringVar((*string)(&x.Runtime), "runtime", "", "pitwall, the serving binary from scratch, or python, FastAPI with ONNX Runtime (default: pitwall)")
	f.StringVar(&x.Model, "model", "", "the model file, relative to the directory")
	f.StringVar(&x.Version, "version", "", "version of the model")
	f.StringVar(&x.Image, "image", "", "registry and repository of the image, with @sha256:… when one is built")
	f.StringVar(&x.Namespace, "namespace", "", "namespace of Kubernetes (default: the name)")
	f.StringVar(&x.Host, "host", "", "host by which clients reach it (default: NAME.example.com)")
	f.StringVar(&x.Gateway, "gateway", "", "Gateway that the route is of (default: gateway)")
	f.IntVar(&x.Replicas, "replicas", 0, "replicas of the stable variant, the least of the autoscaler (default: 3)")
	f.IntVar(&x.CPU, "cpu", 0, "millicores that a replica asks for (default: 100)")
	f.IntVar(&x.Memory, "memory", 0, "MiB that a replica may use (default: 256, for python 512)")
	f.DurationVar(&x.Latency, "latency", 0, "p95 above which somebody is called (default: 200ms)")
	f.Float64Var(&x.Errors, "errors", 0, "percent of failed requests above which somebody is called (default: 1)")
	f.IntVar(&x.Candidate, "candidate", 0, "percent of the requests for the candidate (default: 10)")
	f.StringVar(&x.Metric, "metric", "", "metric of metrics.json that the model gate asks for (default: accuracy)")
	f.Float64Var(&x.Minimum, "minimum", 0, "what that metric must reach (default: 0.9)")
	f.StringVar(&x.Claim, "claim", "", "PersistentVolumeClaim that holds the model, instead of the image")
	f.StringVar(&x.About, "about", "", "one line: what the model is for")
	f.StringVar(&x.OnCall, "on-call", "", "one line: who is called")
}

// flagOf is the flag of a field of pitwall.yaml.
func flagOf(field string) string { return strings.ReplaceAll(field, "_", "-") }

// fieldOf is the field of a flag.
func fieldOf(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

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

// initAnswers are what pitwall.yaml says, over it the flags, and then what a
// person answers.
func (a *app) initAnswers(dir string, flags *pflag.FlagSet, in *bufio.Reader) (scaffold.Answers, error) {
	var x scaffold.Answers
	path := filepath.Join(dir, scaffold.AnswersFile)
	switch text, err := os.ReadFile(path); {
	case err == nil:
		if x, err = scaffold.ReadAnswers(text); err != nil {
			return x, misuse{fmt.Errorf("%s: %s", dir, plainly(err))}
		}
	case !errors.Is(err, fs.ErrNotExist):
		return x, misuse{fmt.Errorf("init: %w", err)}
	}
	merged := pflag.NewFlagSet("answers", pflag.ContinueOnError)
	text := x // flags begin as their defaults: keep what the file says
	answerFlags(merged, &x)
	x = text
	a.moveModel(&x, flags)
	var wrong error
	flags.Visit(func(f *pflag.Flag) {
		if merged.Lookup(f.Name) != nil {
			wrong = errors.Join(wrong, merged.Set(f.Name, f.Value.String()))
			x.Given = x.Given.With(fieldOf(f.Name))
		}
	})
	if wrong != nil {
		return x, misuse{wrong}
	}
	if a.interactive() {
		return x, a.askAnswers(dir, &x, merged, in)
	}
	if x.Name == "" {
		x.Name = nameOf(dir)
	}
	return x, nil
}

// moveModel lets the model's path follow a new version, and says so. A path
// that is given stands.
func (a *app) moveModel(x *scaffold.Answers, flags *pflag.FlagSet) {
	version := flags.Lookup("version")
	if !version.Changed || flags.Changed("model") {
		return
	}
	before := x.Model
	if *x = x.AtVersion(version.Value.String()); x.Model != before {
		fmt.Fprintf(a.out, "model      %s, that was %s: the path follows the version\n", draw.Sanitize(x.Model), draw.Sanitize(before))
	}
}

// tellModel warns of a model that is not there: it may come later, but not
// after the build.
func (a *app) tellModel(dir string, x scaffold.Answers) {
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(x.Model))); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(a.err, "pitwall: %s is not there yet: put it there, with its metrics.json beside it, before the image is built\n", draw.Sanitize(x.Model))
	}
}

// nameOf is what a deployment is called after its directory.
func nameOf(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	return filepath.Base(abs)
}

// flagErrors names the flags of answers that cannot stand.
func flagErrors(err error) error {
	list, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	lines := []string{"init: these answers cannot stand, nothing was written:"}
	for _, e := range list.Unwrap() {
		if f := (*scaffold.FieldError)(nil); errors.As(e, &f) {
			lines = append(lines, fmt.Sprintf("  --%s %q: %s", flagOf(f.Field), f.Value, f.Why))
		}
	}
	return errors.New(strings.Join(lines, "\n"))
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
