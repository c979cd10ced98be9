package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// lifetime is how a cluster that was started ends, beside ctrl-c.
type lifetime struct {
	remove bool // its state directory goes with it
	leash  bool // it ends when its standard input does, and so with the process that holds the other end
}

// flags are those of `cluster up` and `cluster run`.
func flags(name string, o *options, l *lifetime) *flag.FlagSet {
	fs := flag.NewFlagSet("cluster "+name, flag.ExitOnError)
	fs.StringVar(&o.dir, "dir", "", "state directory (default: one in the user's cache); an earlier cluster's state in it is replaced")
	fs.IntVar(&o.port, "port", 0, "port of the API server on 127.0.0.1 (default: a free one)")
	fs.IntVar(&o.nodes, "nodes", 3, "fake nodes; 0 starts no KWOK")
	fs.BoolVar(&o.controllers, "controllers", true, "start the controller manager and the scheduler; without them nothing rolls out")
	fs.BoolVar(&o.fsync, "fsync", false, "let etcd sync to the disk: slower")
	fs.StringVar(&o.advertise, "advertise-address", "", "address of the API server for a real node (default: none)")
	fs.BoolVar(&l.remove, "remove", false, "remove the state directory at the end")
	fs.BoolVar(&l.leash, "leash", false, "stop when standard input ends")
	return fs
}

// up starts a cluster and keeps it until ctrl-c. Its output: the path of the kubeconfig.
func up(args []string) error {
	var o options
	var l lifetime
	_ = flags("up", &o, &l).Parse(args) // ExitOnError
	return with(o, l, func(ctx context.Context, c *cluster) error {
		fmt.Println(c.kubeconfig())
		fmt.Fprintf(os.Stderr, "\nexport KUBECONFIG=%s\n%s is kubectl; stop the cluster with ctrl-c or: kill %d\n",
			c.kubeconfig(), c.kubectl(), os.Getpid())
		<-ctx.Done()
		return nil
	})
}

// run starts a cluster for the time of one command, which finds it in PITWALL_CLUSTER and KUBECONFIG.
func run(args []string) error {
	var o options
	l := lifetime{}
	fs := flags("run", &o, &l)
	_ = fs.Parse(args) // ExitOnError
	if fs.NArg() == 0 {
		return errors.New("name the command to run: cluster run [flags] COMMAND [ARG…]")
	}
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "pitwall-cluster-")
		if err != nil {
			return err
		}
		o.dir, l.remove = dir, true
	}
	return with(o, l, func(ctx context.Context, c *cluster) error {
		cmd := exec.CommandContext(ctx, fs.Arg(0), fs.Args()[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), "PITWALL_CLUSTER="+c.dir, "KUBECONFIG="+c.kubeconfig())
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		return cmd.Run()
	})
}

// with starts a cluster, uses it, and stops it. The context of use ends at ctrl-c, and when a component ends by itself.
func with(o options, l lifetime, use func(context.Context, *cluster) error) (err error) {
	if o.dir == "" {
		if o.dir, err = usual(); err != nil {
			return err
		}
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return err
	}
	lock, err := take(o.dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if l.remove {
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if l.leash {
		go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel(nil) }()
	}
	c := &cluster{options: o, began: time.Now(), seconds: map[string]float64{}, tell: progress}
	defer c.stop()
	if err := c.start(ctx); err != nil {
		return err
	}
	ctl, err := serveControl(c)
	if err != nil {
		return err
	}
	defer ctl.close()
	if err := c.writeReady(); err != nil {
		return err
	}
	go func() {
		select {
		case p := <-c.processes.died:
			cancel(c.ended(p))
		case <-ctx.Done():
		}
	}()
	return errors.Join(use(ctx, c), died(ctx))
}

// died is the cause of a context that ended because a component did.
func died(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

func progress(step string, took time.Duration) {
	fmt.Fprintf(os.Stderr, "%6.2f s  %s\n", took.Seconds(), step)
}
