package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/backends/local/supervisor"
	"pitwall/backends/mlflow"
	"pitwall/ui/draw"
)

// registryTimeout bounds a command that reads; an upload may take longer.
const registryTimeout = 2 * time.Minute

// registrySilence is how long a command waits before it says for what.
const registrySilence = 5 * time.Second

func (a *app) registryCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "registry", Short: "Read and change the model registry: MLflow, or a directory",
		Long: "Read and change the model registry that --mlflow names: the URL of an MLflow server, or a directory in the layout of\n" +
			"MLflow's file store. Credentials are those of MLflow's own variables and of ~/.mlflow/credentials.\n" +
			"Without --mlflow it is MLFLOW_REGISTRY_URI, MLFLOW_TRACKING_URI, mlflow in the configuration, else the registry that `pitwall up` fills.",
		Example: "  pitwall registry models\n  pitwall registry compare model-api 2 3\n  pitwall registry alias model-api champion 3 --yes",
		Args: func(c *cobra.Command, _ []string) error {
			return misuse{fmt.Errorf("usage: %s COMMAND: `pitwall registry --help` lists them", c.CommandPath())}
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(a.registryModelsCommand(), a.registryVersionsCommand(), a.registryShowCommand(), a.registryCompareCommand(),
		a.registryRegisterCommand(), a.registryAliasCommand(), a.registryPromoteCommand())
	return c
}

// namedRegistry is the registry that a flag, the environment or the
// configuration names, the first of them; "" for none.
func (a *app) namedRegistry() (string, error) {
	if uri := cmp.Or(a.global.mlflow, mlflow.URI(a.env)); uri != "" {
		return uri, nil
	}
	conf, err := a.loadConfig()
	return conf.MLflow, err
}

// registryURI is the registry that is named, else that of the local stack.
func (a *app) registryURI() (string, error) {
	if uri, err := a.namedRegistry(); uri != "" || err != nil {
		return uri, err
	}
	dir, err := a.stateDir()
	return filepath.Join(dir, supervisor.RegistryDir), err
}

func (a *app) registryReader() (*mlflow.Reader, error) {
	uri, err := a.registryURI()
	if err != nil {
		return nil, err
	}
	r, err := mlflow.OpenRead(uri, mlflow.Options{Env: a.env, Now: a.now})
	return r, registryError(err)
}

// registryWriter refuses in read-only mode before anything is made that could
// write.
func (a *app) registryWriter(create bool) (*mlflow.Registry, error) {
	if why, err := a.whyReadOnly(); err != nil || why != "" {
		if err == nil {
			err = fmt.Errorf("nothing can be changed: %s", why)
		}
		return nil, err
	}
	uri, err := a.registryURI()
	if err != nil {
		return nil, err
	}
	r, err := mlflow.Open(uri, mlflow.Options{Env: a.env, Now: a.now, Create: create})
	return r, registryError(err)
}

// whyReadOnly says why nothing may be changed, "" when it may.
func (a *app) whyReadOnly() (string, error) {
	if a.global.readOnly {
		return "--read-only", nil
	}
	conf, err := a.loadConfig()
	if err == nil && conf.ReadOnly {
		return "read_only in the configuration", nil
	}
	return "", err
}

func (a *app) registryModelsCommand() *cobra.Command {
	var out format
	c := &cobra.Command{Use: "models", Short: "List the registered models", Args: exact(0),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withReader(c.Context(), func(ctx context.Context, r *mlflow.Reader) error {
				list, err := r.Models(ctx)
				if err != nil {
					return err
				}
				view := make([]modelOut, 0, len(list))
				for _, m := range list {
					view = append(view, modelView(m))
				}
				defer a.warnOfEmpty(list)
				return out.print(a.out, view, func(w io.Writer) {
					row(w, "MODEL", "LATEST", "ALIASES", "UPDATED", "TAGS", "DESCRIPTION")
					for _, m := range list {
						row(w, m.Name, a.latestText(m), a.orMissing(a.aliasesText(m.AliasList())), a.ageText(m.Updated), a.orMissing(mapText(m.Tags)), m.Description)
					}
				})
			})
		}}
	formatFlag(c, &out)
	return c
}

func (a *app) registryVersionsCommand() *cobra.Command {
	var out format
	var serving bool
	c := &cobra.Command{Use: "versions NAME", Short: "List the versions of a model", Args: exact(1),
		Example: "  pitwall registry versions model-api --serving",
		RunE: func(c *cobra.Command, args []string) error {
			return a.withReader(c.Context(), func(ctx context.Context, r *mlflow.Reader) error {
				m, list, err := r.Versions(ctx, args[0])
				if err != nil {
					return err
				}
				var deployed []mlflow.Deployed
				if serving {
					if deployed, err = a.deployedAs(ctx, m.Name); err != nil {
						return err
					}
				}
				s := mlflow.ServingOf(m, list, deployed)
				defer a.warnOf(s.Findings)
				return a.printVersions(list, s, out)
			})
		}}
	formatFlag(c, &out)
	c.Flags().BoolVar(&serving, "serving", false, "ask the backend which variants of the deployment of this name serve which version, and warn of mismatches")
	return c
}

func (a *app) printVersions(list []mlflow.Version, s mlflow.Serving, out format) error {
	view := make([]versionOut, 0, len(list))
	for _, v := range list {
		o := versionView(v)
		for _, d := range s.By[v.Number] {
			o.Serving = append(o.Serving, d.Variant)
		}
		view = append(view, o)
	}
	return out.print(a.out, view, func(w io.Writer) {
		row(w, "VERSION", "NAME", "ALIASES", "SERVING", "STAGE", "STATUS", "CREATED", "RUN", "DESCRIPTION")
		for _, v := range list {
			row(w, v.Number, a.orMissing(v.Tags[mlflow.TagVersion]), a.orMissing(strings.Join(v.Aliases, " ")), a.orMissing(servingText(s.By[v.Number])), v.Stage,
				v.Status, a.ageText(v.Created), a.orMissing(draw.Truncate(v.RunID, 12, "")), v.Description)
		}
	})
}

func (a *app) registryShowCommand() *cobra.Command {
	var out format
	c := &cobra.Command{Use: "show NAME VERSION", Short: "Print a version with its run, metrics, signature and files", Args: exact(2),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withReader(c.Context(), func(ctx context.Context, r *mlflow.Reader) error {
				d, err := r.Detail(ctx, args[0], args[1])
				if err != nil {
					return err
				}
				return out.print(a.out, detailView(d), func(w io.Writer) { a.printDetail(w, d) })
			})
		}}
	formatFlag(c, &out)
	return c
}

func (a *app) registryCompareCommand() *cobra.Command {
	var out format
	var all bool
	c := &cobra.Command{Use: "compare NAME VERSION VERSION", Short: "Print two versions side by side", Args: exact(3),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withReader(c.Context(), func(ctx context.Context, r *mlflow.Reader) error {
				left, err := r.Detail(ctx, args[0], args[1])
				if err != nil {
					return err
				}
				right, err := r.Detail(ctx, args[0], args[2])
				if err != nil {
					return err
				}
				return a.printComparison(left, right, out, all)
			})
		}}
	formatFlag(c, &out)
	c.Flags().BoolVar(&all, "all", false, "what is equal too; json and yaml always have it")
	return c
}

// withReader runs a command that only looks.
func (a *app) withReader(ctx context.Context, look func(context.Context, *mlflow.Reader) error) error {
	r, err := a.registryReader()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()
	silent := time.AfterFunc(registrySilence, func() {
		fmt.Fprintf(a.err, "pitwall: the registry at %s has said nothing for %v: still waiting, ctrl+c ends it\n", draw.Sanitize(r.Where()), registrySilence)
	})
	defer silent.Stop()
	err = look(ctx, r)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil { // else one attempt was too long, and says so
		return fmt.Errorf("the registry at %s did not say all that was asked within %v: see whether it is overloaded, and try again", draw.Sanitize(r.Where()), registryTimeout)
	}
	return err
}

// registryError marks what the caller got wrong of a registry's address.
func registryError(err error) error {
	if wrong, ok := errors.AsType[*mlflow.AddressError](err); ok {
		return misuse{wrong}
	}
	return err
}
