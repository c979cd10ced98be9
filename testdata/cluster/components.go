package main

import (
	"fmt"
	"os"
	_ "time/tzdata" // as upstream's own commands: the time zones of CronJobs

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kwokconfig "sigs.k8s.io/kwok/pkg/config"
	kwok "sigs.k8s.io/kwok/pkg/kwok/cmd"
	kwoklog "sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

// The names of the components: of the sub-command, of the log and, for tests, of what is killed.
const (
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	kubeScheduler     = "kube-scheduler"
	kwokNodes         = "kwok"
)

// components are the commands of Kubernetes that this binary can be. Each runs in a process of its own, because they
// share global state (feature gates, metrics, logging, flags). node.go adds the kubelet and kube-proxy.
var components = map[string]func() *cobra.Command{
	apiServer:         apiserver.NewAPIServerCommand,
	controllerManager: controllermanager.NewControllerManagerCommand,
	kubeScheduler:     func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubectl":         kubectl.NewDefaultKubectlCommand,
}

// runComponent is the process of one component: os.Args are its command line. It returns the exit status.
func runComponent(name string) (status int, known bool) {
	if name == kwokNodes {
		return runKwok(), true
	}
	command, known := components[name]
	if !known {
		return 0, false
	}
	return cli.Run(command()), true
}

// runKwok does what the main function of sigs.k8s.io/kwok/cmd/kwok does.
func runKwok() int {
	global := pflag.NewFlagSet("global", pflag.ContinueOnError)
	global.ParseErrorsAllowlist.UnknownFlags = true
	global.Usage = func() {}
	ctx, logger := kwoklog.InitFlags(signals.SetupSignalContext(), global)
	ctx, err := kwokconfig.InitFlags(ctx, global)
	if err != nil {
		fmt.Fprintln(os.Stderr, "read the configuration of KWOK:", err)
		return 1
	}
	// component-base has put a --version that is no bool on the global flags, which KWOK's own bool --version would meet.
	pflag.CommandLine = pflag.NewFlagSet(kwokNodes, pflag.ExitOnError)
	command := kwok.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(global)
	if err := command.ExecuteContext(ctx); err != nil {
		logger.Error("kwok ended", "err", err)
		return 1
	}
	return 0
}
