package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"pitwall/serve/monitor"
)

// lookupEvery is how often the names of the targets are looked up again.
const lookupEvery = 2 * time.Second

// monitorOptions are the flags of `pitwall monitor`.
type monitorOptions struct {
	config      monitor.Config
	targets     string
	healthcheck bool
}

func (a *app) monitorCommand() *cobra.Command {
	o := monitorOptions{config: monitor.Config{Log: a.processLog()}}
	c := &cobra.Command{
		Use: "monitor --targets FILE", Short: "Run the embedded Prometheus over processes that a DNS name finds", Args: exact(0),
		Long: "Run the embedded Prometheus: it scrapes every process that the targets file names, keeps the samples,\n" +
			"evaluates pitwall's alert rules, and answers the HTTP API of Prometheus. The file is a list, as YAML or JSON:\n\n" +
			"  - {job: serve, name: model-api-a, port: 8080, labels: {deployment: model-api, variant: A}}\n" +
			"  - {job: gateway, name: pitwall-model-api, port: 8082, labels: {deployment: model-api}}\n\n" +
			"Each name is looked up every 2 s; every address it has is scraped. The HTTP API has no login: it listens on\n" +
			"loopback unless --expose says otherwise, as it must in a container, whose port is then published on loopback.",
		RunE: func(c *cobra.Command, _ []string) error {
			if o.healthcheck {
				return a.monitorHealth(c.Context(), o.config.Listen)
			}
			return a.runMonitor(c.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.config.Listen, "listen", "127.0.0.1:7590", "address of the HTTP API")
	f.StringVar(&o.config.Dir, "dir", "monitor", "directory of the samples; made when absent")
	f.StringVar(&o.targets, "targets", "", "file with the names to scrape")
	f.BoolVar(&o.config.Expose, "expose", false, "let --listen be another address than loopback; nothing protects the HTTP API then")
	f.BoolVar(&o.healthcheck, "healthcheck", false, "ask the monitor at --listen whether it is ready, and exit 0 or 1")
	return c
}

// runMonitor runs until ctx ends.
func (a *app) runMonitor(ctx context.Context, o monitorOptions) error {
	if o.targets == "" {
		return misuse{errors.New("name the file of what to scrape: --targets FILE")}
	}
	names, err := monitor.ReadNamed(o.targets)
	if err != nil {
		return misuse{err}
	}
	o.config.Notify = func(alerts []monitor.Alert) {
		for _, x := range alerts {
			o.config.Log.Info("alert", "name", x.Name, "severity", x.Severity, "deployment", x.Deployment, "variant", x.Variant,
				"replica", x.Replica, "summary", x.Summary, "over", !x.Resolved.IsZero())
		}
	}
	m, err := monitor.Start(ctx, o.config)
	if err != nil {
		return err
	}
	o.config.Log.Info("listening", "addr", m.URL())
	m.Follow(ctx, names, lookupEvery, net.DefaultResolver)
	return m.Close()
}

// monitorHealth asks a monitor whether it is ready, for the health check of a
// container without curl.
func (a *app) monitorHealth(ctx context.Context, listen string) error {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return misuse{fmt.Errorf("health check: %w", err)}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return monitor.Healthcheck(ctx, net.JoinHostPort("127.0.0.1", port))
}
