package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"pitwall.test/cluster/internal/relay"
)

// options are the flags of `cluster up` and `cluster run`.
type options struct {
	dir         string
	port        int
	nodes       int
	controllers bool
	fsync       bool
	advertise   string
}

// cluster is a control plane that starts or runs.
type cluster struct {
	options
	ports     ports
	etcd      *embed.Etcd
	relay     *relay.Relay
	processes *processes
	client    kubernetes.Interface
	began     time.Time
	seconds   map[string]float64 // from the start to each step's end
	tell      func(step string, took time.Duration)
}

func (c *cluster) kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

func (c *cluster) server() string { return "https://127.0.0.1:" + strconv.Itoa(c.ports.api) }

func (c *cluster) done(step string) {
	took := time.Since(c.began)
	c.seconds[step] = float64(took.Milliseconds()) / 1000
	c.tell(step, took)
}

// start brings everything up, in the order in which each needs the one before. After an error, stop ends what runs.
func (c *cluster) start(ctx context.Context) error {
	if err := c.prepare(); err != nil {
		return err
	}
	steps := []struct {
		name string
		run  func(context.Context) error
	}{
		{"etcd and certificates", c.startStore},
		{apiServer, c.startServer},
		{"controllers", c.startControllers},
		{"nodes", c.startNodes},
		{"default service account", c.awaitAccount},
	}
	for _, step := range steps {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		c.done(step.name)
	}
	return nil
}

// prepare chooses the ports, of those that are free now, and makes the name under which this binary is kubectl.
func (c *cluster) prepare() (err error) {
	if c.processes, err = newProcesses(filepath.Join(c.dir, "logs")); err != nil {
		return err
	}
	if err := os.Symlink(c.processes.self, c.kubectl()); err != nil {
		return err
	}
	if err := os.WriteFile(c.auditPolicy(), []byte(auditPolicy), 0o644); err != nil {
		return err
	}
	c.ports.api = c.port
	for _, port := range []*int{&c.ports.api, &c.ports.controllers, &c.ports.scheduler, &c.ports.kubelet, &c.ports.etcd, &c.ports.peer} {
		if *port == 0 {
			if *port, err = freePort(); err != nil {
				return err
			}
		}
	}
	return nil
}

// startStore makes the certificates while etcd starts.
func (c *cluster) startStore(context.Context) error {
	identified := make(chan error, 1)
	go func() { identified <- c.identify() }()
	address := func(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
	var err error
	if c.etcd, err = startEtcd(c.dir, address(c.ports.etcd), address(c.ports.peer), c.fsync); err == nil {
		c.relay, err = relay.New(address(c.ports.etcd))
	}
	return errors.Join(err, <-identified)
}

func (c *cluster) startServer(ctx context.Context) error {
	if err := c.processes.start(apiServer, c.apiServerArgs()...); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig())
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	if c.client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	return c.awaitServer(ctx)
}

func (c *cluster) awaitServer(ctx context.Context) error {
	return c.await(ctx, func(ctx context.Context) error {
		_, err := c.client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
}

func (c *cluster) startControllers(context.Context) error {
	if !c.controllers {
		return nil
	}
	return errors.Join(
		c.processes.start(controllerManager, c.controllerArgs()...),
		c.processes.start(kubeScheduler, c.schedulerArgs()...),
	)
}

func (c *cluster) startNodes(ctx context.Context) error {
	if c.nodes == 0 {
		return nil
	}
	config, err := writeKwokConfig(c.dir)
	if err != nil {
		return err
	}
	if err := c.processes.start(kwokNodes, c.kwokArgs(config)...); err != nil {
		return err
	}
	if err := makeNodes(ctx, c.client, c.nodes); err != nil {
		return err
	}
	return c.await(ctx, func(ctx context.Context) error { return nodesReady(ctx, c.client, c.nodes) })
}

// awaitAccount waits for the account that every pod of the namespace default runs as.
func (c *cluster) awaitAccount(ctx context.Context) error {
	if !c.controllers {
		return nil
	}
	return c.await(ctx, func(ctx context.Context) error {
		_, err := c.client.CoreV1().ServiceAccounts("default").Get(ctx, "default", meta.GetOptions{})
		return err
	})
}

// await asks until there is no error, for at most 90 s or until a component ends.
func (c *cluster) await(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	for {
		last := ask(ctx)
		if last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), last)
		case p := <-c.processes.died:
			return c.ended(p)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ended is the error of a component that ended by itself.
func (c *cluster) ended(p *process) error {
	return fmt.Errorf("%s ended: %v (see %s)", p.name, p.err, filepath.Join(c.dir, "logs", p.name+".log"))
}

// stop ends what runs.
func (c *cluster) stop() {
	_ = os.Remove(c.readyPath())
	if c.processes != nil {
		c.processes.stop()
	}
	if c.relay != nil {
		_ = c.relay.Close()
	}
	if c.etcd != nil {
		c.etcd.Close()
	}
}

// freePort is a port of 127.0.0.1 that nobody listens on.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
