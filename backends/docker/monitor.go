package docker

import (
	"context"
	"fmt"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// Prometheus implements backends.SignalSource: the monitor of the stack.
func (b *Backend) Prometheus(ctx context.Context) (string, error) {
	found, _, err := b.find(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range found {
		if d.Monitor != nil && d.Monitor.Running() {
			if url := published(*d.Monitor, b.engine.Local()); url != "" {
				return url, nil
			}
		}
	}
	return "", fmt.Errorf("this engine runs none that pitwall could tell: name one with --prometheus URL, or label its container %s=%s: %w",
		world.LabelRole, world.RoleMonitor, &backends.NotFoundError{Kind: "server", Name: "prometheus"})
}

// published is the URL of a container's first published port; on this machine
// its own address will do as well.
func published(c engine.Container, local bool) string {
	for _, p := range c.Ports {
		if p.Host == 0 || p.Protocol != "tcp" {
			continue
		}
		host := p.HostIP
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "127.0.0.1"
		}
		if !local {
			continue
		}
		return fmt.Sprintf("http://%s:%d", host, p.Host)
	}
	if address := c.Address(""); local && address != "" && len(c.Ports) > 0 {
		return fmt.Sprintf("http://%s:%d", address, c.Ports[0].Container)
	}
	return ""
}
