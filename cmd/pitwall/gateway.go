package main

import (
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"pitwall/serve/gateway"
)

func (a *app) gatewayCommand() *cobra.Command {
	c := gateway.Config{Log: a.processLog()}
	cmd := &cobra.Command{
		Use: "gateway --deployment NAME --token-file FILE", Short: "Run the A/B front door", Args: exact(0),
		Long: "Run the A/B front door of one deployment. Each user (X-User-Id) stays on one variant; the split is\n" +
			"changed over the admin API, which needs the token and listens on loopback only. /metrics is there too,\n" +
			"and with --metrics-listen on an address of its own for a Prometheus on another machine.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Control = a.in
			return gateway.Run(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address of the front door")
	f.StringVar(&c.AdminListen, "admin-listen", defaultAdmin, "address of the admin API and /metrics; loopback only")
	f.StringVar(&c.MetricsListen, "metrics-listen", "", "address of /metrics and /health alone, which need no token")
	f.StringVar(&c.TokenFile, "token-file", "", "file with the admin token, mode 0600")
	f.BoolVar(&c.CreateToken, "create-token", false, "make the token file with a random token when it is absent")
	f.StringVar(&c.Deployment, "deployment", "", "name of the deployment")
	f.StringVar(&c.KeyHeader, "key-header", "X-User-Id", "header that names the user, or cookie:NAME")
	f.StringVar(&c.ReadyPath, "ready-path", gateway.DefaultReadyPath, "path that a ready backend answers with 200")
	f.StringVar(&c.StateFile, "initial-state", "", "file with the first state as JSON")
	f.StringVar(&c.KeepFile, "keep-state", "", "file that remembers the state over a restart")
	f.DurationVar(&c.Timeout, "timeout", 30*time.Second, "longest silence of a client or a backend in a request")
	f.DurationVar(&c.Drain, "drain-timeout", 20*time.Second, "longest wait for open requests when it stops")
	f.BoolVar(&c.Supervised, "supervised", false, "take commands on standard input and stop when it ends")
	cmd.AddCommand(a.gatewayStateCommand())
	return cmd
}

// defaultAdmin is where the admin API listens unless it is told otherwise.
const defaultAdmin = "127.0.0.1:8081"

// processLog is the log of a process that runs without a person: JSON lines.
func (a *app) processLog() *slog.Logger { return slog.New(slog.NewJSONHandler(a.err, nil)) }
