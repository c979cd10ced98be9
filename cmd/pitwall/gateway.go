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
			"changed over the admin API, which needs the token and listens on loopback only. /metrics is there too.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Control = a.in
			return gateway.Run(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address of the front door")
	f.StringVar(&c.AdminListen, "admin-listen", "127.0.0.1:8081", "address of the admin API and /metrics; loopback only")
	f.StringVar(&c.TokenFile, "token-file", "", "file with the admin token, mode 0600")
	f.StringVar(&c.Deployment, "deployment", "", "name of the deployment")
	f.StringVar(&c.KeyHeader, "key-header", "X-User-Id", "header that names the user, or cookie:NAME")
	f.StringVar(&c.StateFile, "initial-state", "", "file with the first state as JSON")
	f.DurationVar(&c.Timeout, "timeout", 30*time.Second, "longest silence of a client or a backend in a request")
	f.DurationVar(&c.Drain, "drain-timeout", 20*time.Second, "longest wait for open requests when it stops")
	f.BoolVar(&c.Supervised, "supervised", false, "take commands on standard input and stop when it ends")
	return cmd
}

// processLog is the log of a process that runs without a person: JSON lines.
func (a *app) processLog() *slog.Logger { return slog.New(slog.NewJSONHandler(a.err, nil)) }
