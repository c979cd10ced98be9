// Command pitwall is a terminal operations console for machine-learning model
// deployments. This package is the only place that wires the parts together:
// one file per command, and no logic that another front end would need too.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
)

// version is set by the linker.
var version = "dev"

// The exit statuses of every command.
const (
	exitDone   = 0
	exitFailed = 1 // it failed, or a check did not hold
	exitMisuse = 2 // wrong flags or arguments, nothing was tried
)

func main() {
	klog.SetLogger(klog.Logger{}) // client-go writes to the terminal, where it tells errors that it returns as well
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// app is what commands get from outside.
type app struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	now      func() time.Time
	global   globalFlags
	workflow *workflow // nil outside of GitHub Actions
}

// misuse marks an error as the caller's mistake: exit status 2.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// exitStatus ends a command with a given status after it has said why itself.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run executes one command line and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	if a.workflow = newWorkflow(a.env, a.err); a.workflow != nil && !a.interactive() {
		a.out, a.err = &guarded{w: a.out}, &guarded{w: a.err}
	}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	command, err := root.ExecuteContextC(ctx)
	var status exitStatus
	var wrong misuse
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &status):
		return int(status)
	}
	text := err.Error()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		text = strings.ReplaceAll(text, context.Canceled.Error(), "interrupted")
	}
	fmt.Fprintf(a.err, "pitwall: %s\n", block(text))
	a.workflow.failed(command.CommandPath(), text)
	if errors.As(err, &wrong) {
		return exitMisuse
	}
	return exitFailed
}

// exact is cobra.ExactArgs with the usage line in the error.
func exact(n int) cobra.PositionalArgs { return between(n, n) }

// between accepts from least to most arguments; most < 0 is no limit.
func between(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return misuse{fmt.Errorf("usage: %s", c.UseLine())}
	}
}
