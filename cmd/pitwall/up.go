package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pitwall/backends/local/control"
	"pitwall/backends/local/supervisor"
	"pitwall/serve/traffic"
	"pitwall/testdata"
	"pitwall/ui/draw"
)

// stackOptions are the flags of `pitwall up`.
type stackOptions struct {
	headless   bool
	withParent bool // stop when standard input ends
	scenario   string
	rate       float64
	listen     map[string]string

	frontDoor, frontDoorImage string // of a stack of containers
}

func (a *app) upCommand() *cobra.Command {
	var o stackOptions
	c := &cobra.Command{
		Use: "up", Short: "Start the local stack, and open the console on it", Args: exact(0),
		Long: "Start the local stack: real models served by supervised processes of this binary, a gateway for each\n" +
			"deployment, Prometheus and a traffic generator, all on loopback. With a terminal the console opens on\n" +
			"it, and the stack stops when the console is quit. Its state is kept.\n\n" +
			"With --backend docker: the same stack runs as containers, whose images are built from this binary; they go\n" +
			"on until `pitwall down --backend docker:` removes them.",
		Example: "  pitwall up\n  pitwall up --scenario slow\n  pitwall up --headless --listen model-api=127.0.0.1:8000\n" +
			"  pitwall up --backend docker: --headless",
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := a.loadConfig()
			if err != nil {
				return err
			}
			choice, err := a.chooseBackend(conf)
			if err != nil {
				return err
			}
			if doors := []string{"", "gateway", "nginx", "haproxy"}; !slices.Contains(doors, o.frontDoor) {
				return misuse{fmt.Errorf("--front-door %q: choose gateway, nginx or haproxy", o.frontDoor)}
			}
			if choice.kind == dockerBackend {
				return a.upDocker(c.Context(), choice, o)
			}
			if o.frontDoor != "" || o.frontDoorImage != "" {
				return misuse{errors.New("--front-door is for a stack of containers, which --backend docker: makes")}
			}
			if o.headless {
				return a.upHeadless(c.Context(), o)
			}
			return a.upConsole(c.Context(), o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.headless, "headless", false, "no console: print the addresses and run until a signal; containers go on by themselves, and it returns")
	f.StringVar(&o.scenario, "scenario", "", "the incident to begin with (pitwall scenario lists them)")
	f.Float64Var(&o.rate, "rate", traffic.DefaultRate, "requests per second that the traffic generator sends to each deployment; 0 for none")
	f.StringToStringVar(&o.listen, "listen", nil, "address of a front door, as DEPLOYMENT=ADDR; also prometheus=ADDR")
	f.StringVar(&o.frontDoor, "front-door", "", "docker: what splits the traffic: gateway (the default), nginx or haproxy")
	f.StringVar(&o.frontDoorImage, "front-door-image", "", "docker: image of nginx or haproxy (default: pitwall/nginx or pitwall/haproxy)")
	f.BoolVar(&o.withParent, "with-parent", false, "stop when standard input ends")
	_ = f.MarkHidden("with-parent")
	return c
}

// upHeadless is the supervisor process.
func (a *app) upHeadless(ctx context.Context, o stackOptions) error {
	dir, err := a.stateDir()
	if err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the pitwall binary: %w", err)
	}
	if o.withParent {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		go func() {
			_, _ = io.Copy(io.Discard, a.in)
			stop()
		}()
	}
	return supervisor.Run(ctx, supervisor.Config{
		StateDir: dir, Executable: executable, Models: testdata.Models, Listen: o.listen, Rate: o.rate, Scenario: o.scenario,
		Ready: a.printStack, Now: a.now,
	})
}

// printStack tells where everything listens.
func (a *app) printStack(s control.Stack) {
	for _, note := range s.Notes {
		fmt.Fprintf(a.out, "note: %s\n", draw.Sanitize(note))
	}
	for _, d := range s.Addresses {
		fmt.Fprintf(a.out, "%-12s %s/predict\n", d.Deployment, d.URL)
	}
	fmt.Fprintf(a.out, "%-12s %s\n%-12s %s\n", "prometheus", s.Prometheus, "state", s.StateDir)
	fmt.Fprintln(a.out, "the local stack runs: `pitwall` opens the console on it, ctrl+c stops it")
}

// upConsole opens the console on a stack of its own, or on the one that runs.
func (a *app) upConsole(ctx context.Context, o stackOptions) error {
	if !a.interactive() || a.env("TERM") == "dumb" {
		return misuse{errors.New("no terminal for the console: add --headless to run the stack without it")}
	}
	s, err := a.prepare(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.reader.Deployments(ctx); err == nil {
		if o.scenario != "" || len(o.listen) > 0 {
			return misuse{errors.New("a local stack runs already: --scenario and --listen are for starting one; use `pitwall scenario`")}
		}
		s.watch()
		return a.openConsole(ctx, s, nil) // it is somebody else's and goes on
	}
	dir, err := a.stateDir()
	if err != nil {
		return err
	}
	child, err := startStack(dir, o)
	if err != nil {
		return err
	}
	go func() {
		<-child.ready
		s.watch()
	}()
	err = a.openConsole(ctx, s, child.tell)
	return errors.Join(err, child.stop(a.err, filepath.Base(dir)))
}

// args is the command line of the supervisor process.
func (o stackOptions) args(dir string) []string {
	args := []string{"up", "--headless", "--with-parent", "--state", dir, fmt.Sprintf("--rate=%v", o.rate)}
	if o.scenario != "" {
		args = append(args, "--scenario", o.scenario)
	}
	for name, addr := range o.listen {
		args = append(args, "--listen", name+"="+addr)
	}
	return args
}

// lastLine is the last line of a text that is not empty.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
