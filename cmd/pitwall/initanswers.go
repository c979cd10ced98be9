package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"pitwall/backends/manifests/scaffold"
	"pitwall/ui/draw"
)

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
