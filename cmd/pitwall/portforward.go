package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"pitwall/backends"
)

func (a *app) portForwardCommand() *cobra.Command {
	var replica, ports string
	c := &cobra.Command{
		Use: "port-forward NAME", Short: "Open a way to one replica from this machine, until ctrl-c", Args: exact(1),
		Long: "It listens on loopback only. Without --replica it takes the first replica that is well.",
		Example: "  pitwall --backend k8s: port-forward fraud\n" +
			"  pitwall --backend k8s: port-forward fraud --replica fraud-b-6d5f9-x2x7k --port 9000:8080",
		RunE: func(c *cobra.Command, args []string) error {
			local, remote, err := forwardedPorts(ports)
			if err != nil {
				return misuse{err}
			}
			return a.portForward(c.Context(), args[0], replica, local, remote)
		},
	}
	c.Flags().StringVar(&replica, "replica", "", "the replica")
	c.Flags().StringVar(&ports, "port", "", "[HERE:]THERE; without, any port here and the one at which it serves there")
	return c
}

// forwardedPorts reads "[HERE:]THERE".
func forwardedPorts(text string) (local, remote int, err error) {
	if text == "" {
		return 0, 0, nil
	}
	here, there, both := strings.Cut(text, ":")
	if !both {
		here, there = "0", here
	}
	local, err = strconv.Atoi(here)
	if err == nil {
		remote, err = strconv.Atoi(there)
	}
	if err != nil || local < 0 || local > 65535 || remote < 1 || remote > 65535 {
		return 0, 0, fmt.Errorf("--port %q: give THERE or HERE:THERE, ports from 1 to 65535", text)
	}
	return local, remote, nil
}

func (a *app) portForward(ctx context.Context, name, replica string, local, remote int) error {
	s, _, r, err := a.attachTo(ctx, name)
	if err != nil {
		return err
	}
	defer s.close()
	forwarder, can := s.reader.(backends.Forwarder)
	if !can {
		return fmt.Errorf("port-forward is not needed: the replicas of the %s backend are reached from here (pitwall get replicas %s)", r.Deployment.Backend, name)
	}
	if replica == "" {
		if replica, err = firstWell(r.Deployment); err != nil {
			return err
		}
	}
	return forwarder.Forward(ctx, r.Deployment.Name, replica, local, remote, func(address string) {
		_, _ = fmt.Fprintf(a.out, "http://%s is %s; ctrl-c ends it\n", address, replica)
	})
}

// firstWell is the first replica that is well.
func firstWell(d backends.Deployment) (string, error) {
	for _, v := range d.Variants {
		for _, r := range v.Replicas {
			if r.State == backends.OK {
				return r.Name, nil
			}
		}
	}
	return "", fmt.Errorf("no replica of %s is well: name one with --replica", d.Name)
}
