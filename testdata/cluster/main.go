// Command cluster is a Kubernetes cluster for tests in one binary: etcd, API server, controller manager, scheduler,
// fake nodes (KWOK) and kubectl, on 127.0.0.1, ready in seconds.
//
//	cluster up [-dir DIR] [-nodes N]           start one and print its kubeconfig; ctrl-c stops it
//	cluster run [-dir DIR] COMMAND [ARG…]      start one for the time of a command
//	cluster kill|start|freeze|thaw COMPONENT   break a component of the one that runs, and mend it
//	cluster slow DURATION, down, mend          etcd slow, away, there again (see control.go)
//	cluster expire                             let every watch end with 410 Gone
//	cluster user -user NAME -file FILE         a kubeconfig of another user
//	cluster crds [NAME…]                       print custom resource definitions
//	cluster kubectl …                          kubectl, as also under the name kubectl
//
// `cluster up` starts this binary again for each component (`cluster kube-apiserver …`): see components.go.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const usage = `usage: cluster up|run|kill|start|freeze|thaw|slow|down|mend|expire|user|crds|kubectl [flags]`

func main() {
	name := filepath.Base(os.Args[0])
	if name != "kubectl" {
		if len(os.Args) < 2 {
			fmt.Fprintln(os.Stderr, usage)
			os.Exit(2)
		}
		name = os.Args[1]
		os.Args = os.Args[1:] // the commands of Kubernetes read it
	}
	if status, known := runComponent(name); known {
		os.Exit(status)
	}
	err := own(name, os.Args[1:])
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && name == "run" {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "cluster %s: %v\n", name, err)
		os.Exit(1)
	}
}

// own runs a command that is ours.
func own(name string, args []string) error {
	switch name {
	case "up":
		return up(args)
	case "run":
		return run(args)
	case "kill", "start", "freeze", "thaw", "slow", "down", "mend", "expire":
		return tellRunning(name, args)
	case "user":
		return writeUser(args)
	case "crds":
		return printCRDs(args)
	}
	return errors.New(usage)
}
