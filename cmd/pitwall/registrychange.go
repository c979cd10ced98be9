package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"pitwall/backends/journal"
	"pitwall/backends/mlflow"
	"pitwall/backends/mlflow/modelfile"
	"pitwall/ui/draw"
)

func (a *app) registryAliasCommand() *cobra.Command {
	var o aliasOptions
	c := &cobra.Command{
		Use: "alias NAME ALIAS VERSION", Short: "Move an alias of a model to a version, or remove it", Args: between(2, 3),
		Long: "Move an alias to a version. MLflow moves aliases silently and keeps no history: the previous version is shown first, the\n" +
			"alias is read back afterwards, and both go to the journal. What loads a model by its alias changes at its next load.\n" +
			"`pitwall promote` rolls a version out before it moves the alias.",
		Example: "  pitwall registry alias model-api challenger 4\n  pitwall registry alias model-api challenger --remove --yes",
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 3) == o.remove {
				return misuse{errors.New("give a version, or --remove without one")}
			}
			return a.changeAlias(c.Context(), append(args, "")[0:3], o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.remove, "remove", false, "remove the alias")
	f.BoolVar(&o.dryRun, "dry-run", false, "show what would change, and change nothing")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.StringVar(&o.reason, "reason", "", "why, for the journal")
	formatFlag(c, &o.out)
	return c
}

type aliasOptions struct {
	remove, dryRun, yes bool
	reason              string
	out                 format
}

type aliasOut struct {
	Model  string `json:"model"`
	Alias  string `json:"alias"`
	Before string `json:"before"` // version, "" for none
	After  string `json:"after"`  // likewise
	Result string `json:"result"` // planned, unchanged, ok, failed or unknown
	Intent string `json:"intent,omitempty"`
}

// changeAlias plans, confirms, records, changes and reads back.
func (a *app) changeAlias(ctx context.Context, args []string, o aliasOptions) error {
	r, err := a.registryWriter(false)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()
	change, err := r.PlanAlias(ctx, args[0], args[1], args[2])
	if err != nil {
		return err
	}
	view := aliasOut{Model: change.Model, Alias: change.Alias, Before: change.Before, After: change.After, Result: "planned"}
	if o.out == asTable {
		fmt.Fprintln(a.out, draw.Sanitize(change.String()))
	}
	switch {
	case change.Before == change.After:
		view.Result = "unchanged"
		return a.endAlias(view, o.out, "it is there already: nothing was changed")
	case o.dryRun:
		return a.endAlias(view, o.out, "dry run: nothing was changed")
	}
	if err := a.confirmAlias(ctx, o); err != nil {
		return err
	}
	rec := journal.Record{Op: journal.OpAlias, Target: registryTarget(r, change.Model), From: journal.Subject{ModelVersion: change.Before},
		To: journal.Subject{ModelVersion: change.After}, Reason: o.reason, Confirm: "y", Text: "alias " + change.Alias}
	view.Intent, err = a.recorded(ctx, r.Reader, rec, func() (string, error) {
		err := r.SetAlias(ctx, change)
		return "alias " + change.Alias + ", read back", err
	})
	view.Result = journal.ResultOK
	if err != nil {
		view.Result = resultOf(err)
		if o.out == asTable {
			return err
		}
		return errors.Join(err, o.out.print(a.out, view, nil))
	}
	return a.endAlias(view, o.out, "done, and read back from the registry")
}

func (a *app) endAlias(view aliasOut, out format, text string) error {
	return out.print(a.out, view, func(w io.Writer) { fmt.Fprintln(w, text) })
}

func (a *app) confirmAlias(ctx context.Context, o aliasOptions) error {
	if o.yes {
		return nil
	}
	if !a.interactive() || o.out != asTable {
		return misuse{errors.New("not confirmed, nothing was changed: add --yes, or --dry-run to see the change only")}
	}
	yes, err := a.agreed(ctx, "Go on?")
	switch {
	case err != nil:
		return fmt.Errorf("not confirmed, nothing was changed: %w", err)
	case !yes:
		return errors.New("not confirmed: nothing was changed")
	}
	return nil
}

// registryTarget names a model of a registry in the journal.
func registryTarget(r *mlflow.Registry, model string) journal.Target {
	return journal.Target{Backend: journal.Registry, Context: r.Where(), Name: model}
}

// resultOf is the journal's word for a change of the registry that failed: a
// refusal changed nothing, anything else may have.
func resultOf(err error) string {
	var moved *mlflow.AliasMovedError
	var refused *mlflow.Error
	switch {
	case errors.As(err, &moved) && !moved.Written:
		return journal.ResultFailed
	case errors.As(err, &refused) && refused.Code != "":
		return journal.ResultFailed
	}
	return journal.ResultUnknown
}

// recorded writes the intent, makes the change and writes the result. Without
// the intent nothing is changed.
func (a *app) recorded(ctx context.Context, r *mlflow.Reader, rec journal.Record, change func() (string, error)) (intent string, err error) {
	conf, err := a.loadConfig()
	if err != nil {
		return "", err
	}
	choice, err := a.chooseBackend(conf)
	if err != nil {
		return "", err
	}
	dir, err := a.stateDirOf(choice)
	if err != nil {
		return "", err
	}
	who := actor()
	if server, err := r.Server(ctx); err == nil { // only some servers tell
		who.RegistryUser = server.User
	}
	j, err := journal.Open(filepath.Join(dir, "journal.jsonl"), a.now, who)
	if err != nil {
		return "", fmt.Errorf("nothing was changed, for it cannot be recorded: %w", err)
	}
	result, err := a.around(j, rec, resultOf, change)
	return result.Intent, err
}

// around writes the intent, makes the change and writes the result, which it
// returns; its Intent is "" where the intent could not be written and nothing
// was changed. resultOf is the journal's word for a change that failed.
func (a *app) around(j *journal.Journal, rec journal.Record, resultOf func(error) string, change func() (string, error)) (journal.Record, error) {
	rec.Phase = journal.PhaseIntent
	written, err := j.Append(rec)
	if err != nil {
		return rec, fmt.Errorf("nothing was changed, for it cannot be recorded: %w", err)
	}
	from := a.now()
	text, failure := change()
	rec.Phase, rec.Intent, rec.Result, rec.TookMS = journal.PhaseResult, written.ID, journal.ResultOK, a.now().Sub(from).Milliseconds()
	if rec.Text = text; failure != nil {
		rec.Text = "" // the error says it
		rec.Result, rec.Error = resultOf(failure), failure.Error()
	}
	if _, err := j.Append(rec); err != nil {
		failure = errors.Join(failure, fmt.Errorf("the result is not in the journal: %w", err))
	}
	return rec, failure
}

type registerOptions struct {
	version, description, experiment string
	metrics, params, tags            map[string]string
	out                              format
}

func (a *app) registryRegisterCommand() *cobra.Command {
	var o registerOptions
	c := &cobra.Command{
		Use: "register NAME FILE", Short: "Register a model file as a new version", Args: exact(2),
		Long: "Register a model file (ONNX or XGBoost) as a new version, with a run that holds its metrics and parameters, and the file\n" +
			"among the run's artefacts. The model is made when it does not exist. A server must serve artefacts to take the file.",
		Example: "  pitwall registry register model-api model.onnx --version 1.3.0 --metric accuracy=0.97",
		RunE:    func(c *cobra.Command, args []string) error { return a.register(c.Context(), args[0], args[1], o) },
	}
	f := c.Flags()
	f.StringVar(&o.version, "version", "", "what deployments call the version, as 1.3.0 (tag "+mlflow.TagVersion+")")
	f.StringVar(&o.description, "description", "", "of the version")
	f.StringVar(&o.experiment, "experiment", "", "that the run goes into (default: the model's name)")
	f.StringToStringVar(&o.metrics, "metric", nil, "a metric of the run, as NAME=VALUE; may be repeated")
	f.StringToStringVar(&o.params, "param", nil, "a parameter of the run, as NAME=VALUE; may be repeated")
	f.StringToStringVar(&o.tags, "tag", nil, "a tag of the version, as NAME=VALUE; may be repeated")
	formatFlag(c, &o.out)
	return c
}

func (a *app) register(ctx context.Context, name, file string, o registerOptions) error {
	reg, _, err := modelfile.Describe(name, file, nil)
	if err != nil {
		return err
	}
	for key, text := range o.metrics {
		if reg.Metrics[key], err = strconv.ParseFloat(text, 64); err != nil {
			return misuse{fmt.Errorf("--metric %s=%s: give a number", key, text)}
		}
	}
	maps.Copy(reg.Params, o.params)
	maps.Copy(reg.Tags, o.tags)
	if o.version != "" {
		reg.Tags[mlflow.TagVersion] = o.version
	}
	reg.Description, reg.Experiment, reg.User = o.description, o.experiment, actor().OSUser
	r, err := a.registryWriter(true)
	if err != nil {
		return err
	}
	var v mlflow.Version
	rec := journal.Record{Op: journal.OpRegister, Target: registryTarget(r, name), To: journal.Subject{ModelVersion: o.version},
		Text: "register " + filepath.Base(file) + " as a new version of " + name}
	_, err = a.recorded(ctx, r.Reader, rec, func() (string, error) {
		var err error
		v, err = r.Register(ctx, reg)
		if err != nil {
			return rec.Text, err
		}
		return fmt.Sprintf("%s is version %s of %s", filepath.Base(file), v.Number, name), nil
	})
	if err != nil {
		return err
	}
	return o.out.print(a.out, versionView(v), func(w io.Writer) {
		fmt.Fprintf(w, "version %s of %s is registered at %s\n", draw.Sanitize(v.Number), draw.Sanitize(v.Model), draw.Sanitize(r.Where()))
	})
}
