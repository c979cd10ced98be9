package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	containers "pitwall/backends/docker/stack"
	"pitwall/testdata"
	"pitwall/ui/draw"
)

// upDocker makes the stack as containers, tells its addresses, and opens the
// console on it. The containers go on when it returns.
func (a *app) upDocker(ctx context.Context, choice backendChoice, o stackOptions) error {
	switch {
	case a.global.readOnly:
		return misuse{errors.New("--read-only makes nothing: leave it out to start containers")}
	case o.scenario != "" || len(o.listen) > 0:
		return misuse{errors.New("--scenario and --listen are for the local stack")}
	case !o.headless && (!a.interactive() || a.env("TERM") == "dumb"):
		return misuse{errors.New("no terminal for the console: add --headless to start the stack without it")}
	}
	e, options, err := a.dockerStack(choice)
	if err != nil {
		return err
	}
	defer e.Close()
	if options.Binary, err = os.Executable(); err != nil {
		return fmt.Errorf("find the pitwall binary: %w", err)
	}
	options.Version, options.Models, options.Rate = version, testdata.Models, o.rate
	options.Door, options.DoorImage = o.frontDoor, o.frontDoorImage
	options.Say = func(line string) { fmt.Fprintln(a.err, draw.Sanitize(line)) }
	s, err := containers.Up(ctx, e, options)
	if err != nil {
		return err
	}
	if err := a.firstSignals(ctx, s, options); err != nil {
		return err
	}
	a.printContainers(s, choice)
	if o.headless {
		return nil
	}
	return a.console(ctx)
}

// dockerStack makes the client of an engine and what every stack on it needs.
func (a *app) dockerStack(choice backendChoice) (stackEngine, containers.Options, error) {
	dir, err := a.stateDirOf(choice)
	if err != nil {
		return nil, containers.Options{}, err
	}
	e, err := a.engine(choice)
	if err != nil {
		return nil, containers.Options{}, err
	}
	return e, containers.Options{StateDir: dir, Local: e.Local(), Now: a.now}, nil
}

// stackEngine is an engine's client that is closed in the end.
type stackEngine interface {
	containers.Engine
	Close()
}

// printContainers tells where everything answers.
func (a *app) printContainers(s containers.Stack, choice backendChoice) {
	for _, note := range s.Notes {
		fmt.Fprintf(a.out, "note: %s\n", draw.Sanitize(note))
	}
	for _, d := range s.Doors {
		fmt.Fprintf(a.out, "%-12s %s/predict\n", d.Deployment, d.URL)
	}
	fmt.Fprintf(a.out, "%-12s %s\n", "prometheus", s.Prometheus)
	if s.Grafana != "" {
		fmt.Fprintf(a.out, "%-12s %s\n", "grafana", s.Grafana)
	}
	verb := "runs"
	if len(s.Made) == 0 {
		verb = "ran already, nothing was missing"
	}
	fmt.Fprintf(a.out, "the stack of containers %s (%.1f s): `pitwall --backend %s` opens the console on it, `pitwall down --backend %[3]s` removes it\n",
		verb, s.Took.Seconds(), choice.flag())
}

// flag is the choice as --backend spells it.
func (b backendChoice) flag() string {
	if b.host == "" {
		return string(b.kind) + ":"
	}
	return b.String()
}

func (a *app) downCommand() *cobra.Command {
	yes, keepImages := false, false
	c := &cobra.Command{
		Use: "down --backend docker:", Short: "Remove what `pitwall up --backend docker:` made", Args: exact(0),
		Long: "Remove the containers, the network, the volumes and the images that `pitwall up --backend docker:` made, and\n" +
			"what pitwall made for that stack since: replaced and kept replicas, and its memory of what is wanted. What else\n" +
			"is on the engine stays. The local stack stops with its console or its signal, and keeps its state.",
		RunE: func(c *cobra.Command, _ []string) error {
			conf, choice, err := a.engineToClear(errors.New("down removes a stack of containers: add --backend docker: (the local stack stops with its console, or ctrl+c)"))
			if err != nil {
				return err
			}
			return a.downDocker(c.Context(), conf, choice, yes, keepImages)
		},
	}
	c.Flags().BoolVar(&yes, "yes", false, "answer the question with yes")
	c.Flags().BoolVar(&keepImages, "keep-images", false, "leave the images, so that the next up is quick")
	return c
}

// engineToClear is the engine on which something is to be removed. elsewhere says
// why that is not possible on another backend.
func (a *app) engineToClear(elsewhere error) (config, backendChoice, error) {
	conf, err := a.loadConfig()
	if err != nil {
		return conf, backendChoice{}, err
	}
	choice, err := a.chooseBackend(conf)
	switch {
	case err != nil:
	case choice.kind != dockerBackend:
		err = misuse{elsewhere}
	case a.global.readOnly || conf.ReadOnly:
		err = misuse{errors.New("read-only removes nothing")}
	}
	return conf, choice, err
}

func (a *app) downDocker(ctx context.Context, conf config, choice backendChoice, yes, keepImages bool) error {
	e, options, err := a.dockerStack(choice)
	if err != nil {
		return err
	}
	defer e.Close()
	options.KeepImages = keepImages
	found, err := containers.Find(ctx, e, options)
	if err != nil {
		return err
	}
	if found.Empty() {
		fmt.Fprintln(a.out, "nothing of pitwall's is there")
		a.stillRemembered(ctx, conf, choice)
		return nil
	}
	printRemoved(a.out, found)
	if !yes {
		if err := a.confirmRemoval(ctx); err != nil {
			return err
		}
	}
	done, err := containers.Down(ctx, e, options)
	fmt.Fprintf(a.out, "removed %d containers, %d networks, %d volumes, %d images\n",
		len(done.Containers), len(done.Networks), len(done.Volumes), len(done.Images))
	a.stillRemembered(ctx, conf, choice)
	return err
}

func printRemoved(w io.Writer, r containers.Removed) {
	for _, kind := range []struct {
		name string
		list []string
	}{{"container", r.Containers}, {"network", r.Networks}, {"volume", r.Volumes}, {"image", r.Images}} {
		for _, name := range kind.list {
			fmt.Fprintf(w, "%-10s %s\n", kind.name, draw.Sanitize(name))
		}
	}
	if r.Dir != "" {
		fmt.Fprintf(w, "%-10s %s\n", "directory", draw.Sanitize(r.Dir))
	}
}

// confirmRemoval asks on a terminal; anywhere else --yes is needed.
func (a *app) confirmRemoval(ctx context.Context) error {
	if !a.interactive() {
		return misuse{errors.New("nothing was removed: confirm with --yes")}
	}
	if yes, err := a.agreed(ctx, "remove all of these?"); err != nil {
		return fmt.Errorf("nothing was removed: %w", err)
	} else if !yes {
		fmt.Fprintln(a.out, "nothing was removed")
		return exitStatus(exitFailed)
	}
	return nil
}
