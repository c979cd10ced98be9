// Package stacktest runs the local stack with real processes in tests: the
// test binary plays pitwall, as `pitwall serve`, `pitwall gateway` and
// `pitwall up --headless`.
package stacktest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"pitwall/backends/local/supervisor"
	"pitwall/serve"
	"pitwall/serve/gateway"
	"pitwall/testdata"
)

// childEnv makes the test binary play pitwall.
const childEnv = "PITWALL_TEST_CHILD=1"

// anyPort keeps the test's stack away from the ports of a stack that somebody
// uses on this machine.
var anyPort = map[string]string{"model-api": "127.0.0.1:0", "wine-api": "127.0.0.1:0", supervisor.Prometheus: "127.0.0.1:0"}

// Main is for TestMain: it runs the tests, or the command that a supervisor
// asked this binary for.
func Main(m *testing.M) {
	if os.Getenv("PITWALL_TEST_CHILD") == "" || len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := command(ctx, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "pitwall:", err)
		if usage := (*serve.UsageError)(nil); errors.As(err, &usage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
	os.Exit(0)
}

func command(ctx context.Context, name string, args []string) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	switch name {
	case "serve":
		c := serve.Config{Control: os.Stdin, Log: log}
		f.StringVar(&c.Listen, "listen", "", "")
		f.StringVar(&c.Name, "name", "", "")
		f.StringVar(&c.Version, "version", "", "")
		f.StringVar(&c.SHA256, "sha256", "", "")
		f.StringVar(&c.BaselinePath, "baseline", "", "")
		f.BoolVar(&c.Supervised, "supervised", false, "")
		if err := f.Parse(args); err != nil {
			return &serve.UsageError{Err: err}
		}
		c.ModelPath = f.Arg(0)
		return serve.Run(ctx, c)
	case "gateway":
		c := gateway.Config{Control: os.Stdin, Log: log}
		f.StringVar(&c.Listen, "listen", "", "")
		f.StringVar(&c.AdminListen, "admin-listen", "", "")
		f.StringVar(&c.TokenFile, "token-file", "", "")
		f.StringVar(&c.Deployment, "deployment", "", "")
		f.BoolVar(&c.Supervised, "supervised", false, "")
		if err := f.Parse(args); err != nil {
			return err
		}
		return gateway.Run(ctx, c)
	case "up":
		return supervisor.Run(ctx, supervisor.Config{StateDir: args[0], Executable: os.Args[0], Models: testdata.Models,
			Listen: anyPort, Env: []string{childEnv}})
	}
	return fmt.Errorf("no command %q", name)
}
