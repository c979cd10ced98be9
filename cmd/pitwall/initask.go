package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/spf13/pflag"

	"pitwall/backends/manifests/scaffold"
)

// question is one that `pitwall init` asks.
type question struct {
	field   string
	text    string
	missing func(scaffold.Answers) bool
	or      func(x scaffold.Answers, dir string) string // what an empty line means; x has its defaults
}

// questions are asked for what neither a flag nor pitwall.yaml says. What is
// left out here has a default that few change.
var questions = []question{
	{"name", "Name of the deployment", func(x scaffold.Answers) bool { return x.Name == "" }, func(_ scaffold.Answers, dir string) string { return nameOf(dir) }},
	{"about", "What is the model for, in one line", func(x scaffold.Answers) bool { return x.About == "" }, func(x scaffold.Answers, _ string) string { return x.About }},
	{"runtime", "What serves it, pitwall or python", func(x scaffold.Answers) bool { return x.Runtime == "" }, func(x scaffold.Answers, _ string) string { return string(x.Runtime) }},
	{"version", "Version of the model", func(x scaffold.Answers) bool { return x.Version == "" }, func(scaffold.Answers, string) string { return "1.0.0" }},
	{"model", "Model file, relative to the directory", func(x scaffold.Answers) bool { return x.Model == "" }, func(x scaffold.Answers, _ string) string { return path.Join("models", x.Version, "model.onnx") }},
	{"image", "Registry and repository of the image", func(x scaffold.Answers) bool { return x.Image == "" }, func(x scaffold.Answers, _ string) string { return "ghcr.io/" + x.Name + "/" + x.Name }},
	{"namespace", "Namespace of Kubernetes", func(x scaffold.Answers) bool { return x.Namespace == "" }, func(x scaffold.Answers, _ string) string { return x.Namespace }},
	{"host", "Host by which clients reach it", func(x scaffold.Answers) bool { return x.Host == "" }, func(x scaffold.Answers, _ string) string { return x.Host }},
	{"replicas", "Replicas", func(x scaffold.Answers) bool { return x.Replicas == 0 && !x.Given.Has("replicas") }, func(x scaffold.Answers, _ string) string { return fmt.Sprint(x.Replicas) }},
	{"latency", "Somebody is called above a p95 of", func(x scaffold.Answers) bool { return x.Latency == 0 && !x.Given.Has("latency") }, func(x scaffold.Answers, _ string) string { return x.Latency.String() }},
	{"errors", "and above this percentage of failed requests", func(x scaffold.Answers) bool { return x.Errors == 0 && !x.Given.Has("errors") }, func(x scaffold.Answers, _ string) string { return fmt.Sprint(x.Errors) }},
	{"on_call", "Who is called", func(x scaffold.Answers) bool { return x.OnCall == "" }, func(x scaffold.Answers, _ string) string { return x.OnCall }},
}

// askAnswers asks a person for what is missing, again where an answer cannot
// stand. Flags of set write into x.
func (a *app) askAnswers(dir string, x *scaffold.Answers, set *pflag.FlagSet, in *bufio.Reader) error {
	for _, q := range questions {
		if !q.missing(*x) {
			continue
		}
		for {
			or := q.or(x.WithDefaults(), dir)
			fmt.Fprintf(a.out, "%s [%s]: ", q.text, block(or))
			line, err := readLine(in)
			if err != nil {
				return err
			}
			why, before := "", *x
			if err := set.Set(flagOf(q.field), cmp.Or(line, or)); err != nil {
				why = "it cannot be read as a value of this kind"
			} else {
				x.Given = x.Given.With(q.field)
				why = wrongWith(*x, q.field)
			}
			if why == "" {
				break
			}
			*x = before // else the next question would offer it
			fmt.Fprintf(a.out, "  that cannot stand: %s\n", block(why))
		}
	}
	return nil
}

// wrongWith is why one answer cannot stand.
func wrongWith(x scaffold.Answers, field string) string {
	list, ok := x.WithDefaults().Validate().(interface{ Unwrap() []error })
	if !ok {
		return ""
	}
	for _, e := range list.Unwrap() {
		if f := (*scaffold.FieldError)(nil); errors.As(e, &f) && f.Field == field {
			return f.Why
		}
	}
	return ""
}

// readLine reads a person's answer. The end of the input is none.
func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
		return "", fmt.Errorf("no answer, nothing was written: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// askFile shows how a file differs, and asks what to do with it; keep answers
// for everything. With all nothing is asked any more.
func (a *app) askFile(c scaffold.Change, keep bool, in *bufio.Reader) (write, all bool, err error) {
	if keep {
		return false, false, nil
	}
	fmt.Fprint(a.out, difference(c))
	for {
		fmt.Fprintf(a.out, "%s is there and differs. Keep it, write the new one, or write all? [K/w/a] ", c.Path)
		line, err := readLine(in)
		if err != nil {
			return false, false, err
		}
		switch strings.ToLower(line) {
		case "", "k", "keep":
			return false, false, nil
		case "w", "write":
			return true, false, nil
		case "a", "all":
			return true, true, nil
		}
	}
}
