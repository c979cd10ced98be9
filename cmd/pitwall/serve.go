package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pitwall/serve"
	"pitwall/serve/drift"
	"pitwall/serve/model"
)

func (a *app) serveCommand() *cobra.Command {
	c := serve.Config{Log: a.processLog(), Now: a.now}
	healthcheck, check := false, false
	cmd := &cobra.Command{
		Use: "serve [flags] MODEL", Short: "Serve a model file over HTTP (ONNX, XGBoost JSON or UBJ)", Args: between(0, 1),
		Example: "  pitwall serve --name churn --version 1.0.0 model.onnx\n  pitwall serve --healthcheck --listen 127.0.0.1:8080",
		RunE: func(cmd *cobra.Command, args []string) error {
			if healthcheck {
				ctx, cancel := context.WithTimeout(cmd.Context(), 3*time.Second)
				defer cancel()
				return serve.Healthcheck(ctx, c.Listen)
			}
			if len(args) == 0 {
				return misuse{errors.New("name the model file: pitwall serve MODEL")}
			}
			if check {
				return a.checkModel(args[0], model.Options{SHA256: c.SHA256, Width: c.Width})
			}
			c.Name, c.Version = cmp.Or(c.Name, a.env("MODEL_NAME")), cmp.Or(c.Version, a.env("MODEL_VERSION"))
			c.ModelPath, c.Control = args[0], a.in
			return startError(serve.Run(cmd.Context(), c))
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address to serve on")
	f.StringVar(&c.Name, "name", "", "name of the model (default: $MODEL_NAME, else the file's name)")
	f.StringVar(&c.Version, "version", "", "version of the model, in every answer (default: $MODEL_VERSION)")
	f.StringVar(&c.SHA256, "sha256", "", "refuse the file when its sha256 is another")
	f.StringVar(&c.BaselinePath, "baseline", "", "baseline file for drift, as pitwall baseline writes it")
	f.IntVar(&c.Width, "width", 0, "number of input features, where the file does not tell")
	f.Int64Var(&c.MaxBody, "max-body", 8<<20, "largest request body in bytes")
	f.IntVar(&c.MaxRows, "max-rows", 4096, "most rows in a request")
	f.DurationVar(&c.Timeout, "timeout", 10*time.Second, "longest time for one request")
	f.DurationVar(&c.DrainTimeout, "drain-timeout", 10*time.Second, "longest wait for open requests when it stops")
	f.DurationVar(&c.Grace, "grace", 1500*time.Millisecond, "how long it goes on serving, not ready, before it closes its door")
	f.BoolVar(&c.Supervised, "supervised", false, "take commands on standard input and stop when it ends")
	f.BoolVar(&healthcheck, "healthcheck", false, "ask the server at --listen whether it is ready, and exit 0 or 1")
	f.BoolVar(&check, "check", false, "load the model, say what it is, and exit 0; 2 when it cannot be served")
	return cmd
}

// checkModel loads a model file for a build or a pipeline, where a file that
// cannot be served should be found.
func (a *app) checkModel(path string, o model.Options) error {
	m, err := model.Load(path, o)
	if err != nil {
		return misuse{err}
	}
	info := m.Info()
	_, err = fmt.Fprintf(a.out, "%s can be served: %s, sha256 %s\n", path, info.Format, info.SHA256)
	return err
}

// startError marks what the caller got wrong (a file, a flag) as misuse, so
// that a supervisor can tell it from a crash.
func startError(err error) error {
	if _, wrong := errors.AsType[*serve.UsageError](err); wrong {
		return misuse{err}
	}
	return err
}

func (a *app) baselineCommand() *cobra.Command {
	var out, sum string
	width := 0
	cmd := &cobra.Command{
		Use: "baseline MODEL DATA.csv", Short: "Write the drift baseline of a model from its training data", Args: exact(2),
		Example: "  pitwall baseline model.onnx train.csv -o baseline.json\n  pitwall serve --baseline baseline.json model.onnx",
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := model.Load(args[0], model.Options{SHA256: sum, Width: width})
			if err != nil {
				return misuse{err}
			}
			return a.writeBaseline(m, args[0], args[1], out)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "baseline.json", "the file to write")
	cmd.Flags().StringVar(&sum, "sha256", "", "refuse the model file when its sha256 is another")
	cmd.Flags().IntVar(&width, "width", 0, "number of input features, where the file does not tell")
	return cmd
}

func (a *app) writeBaseline(m *model.Model, file, data, out string) error {
	f, err := os.Open(data)
	if err != nil {
		return misuse{fmt.Errorf("read training data: %w", err)}
	}
	defer f.Close()
	b, err := serve.MakeBaseline(m, f)
	if err != nil {
		if bad := (*csv.ParseError)(nil); errors.As(err, &bad) || !strings.EqualFold(filepath.Ext(data), ".csv") {
			err = fmt.Errorf("it wants CSV with a header, a first line that names the columns: %w", err)
		}
		return fmt.Errorf("baseline from %s: %w", data, err)
	}
	b.Model = filepath.Base(file)
	if err := writeFile(out, func(w io.Writer) error { return drift.WriteBaseline(w, b) }); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "%s: %d features, %d rows\n", out, len(b.Features), b.Rows)
	return nil
}

// writeFile writes a file whole or not at all: beside its place, then renamed.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
