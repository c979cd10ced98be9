package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// globalFlags are understood by every command.
type globalFlags struct {
	backend    string
	prometheus string
	mlflow     string
	config     string
	state      string
	readOnly   bool
	plain      bool
	ascii      bool
	noColor    bool
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "pitwall",
		Short: "A terminal operations console for machine-learning model deployments",
		Long: "pitwall shows model deployments, their live latency, errors and drift, moves A/B traffic,\n" +
			"rolls back, and says why something is broken. Without a command it opens the console.\n\n" +
			"Start with `pitwall up`: a live A/B deployment of real models on this machine.",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return misuse{fmt.Errorf("unknown command %q: %s`pitwall help` lists them", args[0], meant(c, args[0]))}
			}
			return nil
		},
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
		RunE:          func(c *cobra.Command, _ []string) error { return a.console(c.Context()) },
	}
	root.SuggestionsMinimumDistance = 2 // letters that differ
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuse{err} })
	f, g := root.PersistentFlags(), &a.global
	f.StringVar(&g.backend, "backend", "", "where the deployments are: local: (the default), docker:, docker://CONTEXT, tcp://HOST:PORT, ssh://USER@HOST, k8s: or k8s://CONTEXT/NAMESPACE")
	f.StringVar(&g.prometheus, "prometheus", "", "URL of the Prometheus server (default: the backend's own)")
	f.StringVar(&g.mlflow, "mlflow", "", "model registry: URL of an MLflow server, or a directory (default: $MLFLOW_REGISTRY_URI, $MLFLOW_TRACKING_URI, mlflow in the configuration, else that of pitwall up)")
	f.StringVar(&g.config, "config", "", "configuration file (default: pitwall/config.yaml in the user's configuration directory)")
	f.StringVar(&g.state, "state", "", "state directory of the local stack (default: $PITWALL_STATE, else pitwall/local in the user's state directory)")
	f.BoolVar(&g.readOnly, "read-only", false, "construct nothing that could change a deployment")
	f.BoolVar(&g.plain, "plain", false, "linear text for screen readers and pipes")
	f.BoolVar(&g.ascii, "ascii", false, "draw with ASCII only")
	f.BoolVar(&g.noColor, "no-color", false, "no colour (so does NO_COLOR with any value)")
	root.AddGroup(
		&cobra.Group{ID: "see", Title: "See:"},
		&cobra.Group{ID: "change", Title: "Change:"},
		&cobra.Group{ID: "run", Title: "Run:"},
	)
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("see", a.getCommand(), a.explainCommand(), a.checklistCommand(), a.inspectCommand(), a.smokeCommand(), a.logsCommand(), a.portForwardCommand(), a.journalCommand(),
		a.registryCommand(), a.snapshotCommand())
	add("change", a.splitCommand())
	add("change", a.operationCommands()...)
	add("change", a.signOffCommands()...)
	add("run", a.upCommand(), a.downCommand(), a.forgetCommand(), a.scenarioCommand(), a.serveCommand(), a.gatewayCommand(), a.monitorCommand(), a.trafficCommand(), a.rbacCommand(), a.initCommand(), a.lintCommand(),
		a.baselineCommand())
	root.AddCommand(a.versionCommand(), a.pipeCommand())
	a.addCompletions(root)
	return root
}

// meant names the commands that a word may have meant, "" for none.
func meant(root *cobra.Command, word string) string {
	names := root.SuggestionsFor(word)
	for _, c := range root.Commands() {
		if slices.Contains(c.SuggestFor, word) { // another tool's word for it, whatever it is spelt like
			names = []string{c.Name()}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "did you mean `pitwall " + strings.Join(names, "`, `pitwall ") + "`? "
}
