package engine

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
)

// decode takes from an inspection what pitwall uses.
func decode(r container.InspectResponse) Container {
	c := Container{ID: r.ID, Name: strings.TrimPrefix(r.Name, "/"), ImageID: r.Image, Created: parseTime(r.Created), Restarts: r.RestartCount}
	c.Command = append([]string{r.Path}, r.Args...)
	if r.Path == "" {
		c.Command = nil
	}
	decodeConfig(&c, r.Config)
	decodeState(&c, r.State)
	decodeHost(&c, r.HostConfig)
	decodeNetworks(&c, r)
	for _, m := range r.Mounts {
		c.Mounts = append(c.Mounts, Mount{Type: string(m.Type), Name: m.Name, Source: m.Source, Destination: m.Destination, ReadOnly: !m.RW})
	}
	slices.SortFunc(c.Mounts, func(a, b Mount) int { return strings.Compare(a.Destination, b.Destination) })
	return c
}

func decodeConfig(c *Container, config *container.Config) {
	if config == nil {
		return
	}
	c.Image, c.Labels, c.TTY, c.Env, c.User, c.StopSignal = config.Image, config.Labels, config.Tty, config.Env, config.User, config.StopSignal
	c.Dir = config.WorkingDir
	if h := config.Healthcheck; h != nil {
		c.HealthCheck = &HealthCheck{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries}
	}
	if config.StopTimeout != nil {
		c.StopTimeout = time.Duration(*config.StopTimeout) * time.Second
	}
}

func decodeState(c *Container, s *container.State) {
	if s == nil {
		return
	}
	c.Status, c.PID, c.ExitCode, c.OOMKilled, c.Error = string(s.Status), s.Pid, s.ExitCode, s.OOMKilled, s.Error
	c.StartedAt, c.FinishedAt = parseTime(s.StartedAt), parseTime(s.FinishedAt)
	if s.Health == nil || s.Health.Status == container.NoHealthcheck {
		return
	}
	c.Health = Health{Status: string(s.Health.Status), Failing: s.Health.FailingStreak}
	for _, probe := range slices.Backward(s.Health.Log) {
		if probe != nil && probe.ExitCode != 0 {
			c.Health.Output = probe.Output
			break
		}
	}
}

func decodeHost(c *Container, h *container.HostConfig) {
	if h == nil {
		return
	}
	c.MemoryLimit, c.MemoryReservation, c.Restart, c.LogDriver = h.Memory, h.MemoryReservation, string(h.RestartPolicy.Name), h.LogConfig.Type
	switch {
	case h.NanoCPUs > 0:
		c.CPULimit = float64(h.NanoCPUs) / 1e9
	case h.CPUQuota > 0:
		period := h.CPUPeriod
		if period <= 0 {
			period = 100_000 // µs, the kernel's default
		}
		c.CPULimit = float64(h.CPUQuota) / float64(period)
	}
}

func decodeNetworks(c *Container, r container.InspectResponse) {
	if r.NetworkSettings != nil {
		c.Networks = make(map[string]string, len(r.NetworkSettings.Networks))
		c.Aliases = make(map[string][]string)
		for name, e := range r.NetworkSettings.Networks {
			c.Networks[name] = ""
			if e == nil {
				continue
			}
			if e.IPAddress.IsValid() {
				c.Networks[name] = e.IPAddress.String()
			}
			if own := ownAliases(e.Aliases, r.ID); len(own) > 0 {
				c.Aliases[name] = own
			}
		}
	}
	c.Ports = decodePorts(r)
}

// ownAliases leaves out the short ID, which the engine adds itself.
func ownAliases(aliases []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(aliases), func(a string) bool { return len(a) == 12 && strings.HasPrefix(id, a) })
}

// decodePorts lists the ports in order: those of a running container as they
// are published now, else as they will be.
func decodePorts(r container.InspectResponse) []Port {
	bindings := make(network.PortMap)
	if r.Config != nil {
		for p := range r.Config.ExposedPorts {
			bindings[p] = nil
		}
	}
	if r.HostConfig != nil {
		for p, b := range r.HostConfig.PortBindings {
			bindings[p] = b
		}
	}
	if r.NetworkSettings != nil {
		for p, b := range r.NetworkSettings.Ports {
			if len(b) > 0 {
				bindings[p] = b
			}
		}
	}
	var ports []Port
	for p, published := range bindings {
		if len(published) == 0 {
			ports = append(ports, Port{Container: p.Num(), Protocol: string(p.Proto())})
		}
		for _, b := range published {
			host, _ := strconv.ParseUint(b.HostPort, 10, 16)
			ports = append(ports, Port{Container: p.Num(), Protocol: string(p.Proto()), HostIP: addressText(b.HostIP), Host: uint16(host)})
		}
	}
	slices.SortFunc(ports, comparePorts)
	return ports
}

func comparePorts(a, b Port) int {
	if a.Container != b.Container {
		return int(a.Container) - int(b.Container)
	}
	if n := strings.Compare(a.Protocol, b.Protocol); n != 0 {
		return n
	}
	if n := strings.Compare(a.HostIP, b.HostIP); n != 0 {
		return n
	}
	return int(a.Host) - int(b.Host)
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// parseTime reads the engine's times; "0001-01-01…" and what cannot be read is zero.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.Year() <= 1 {
		return time.Time{}
	}
	return t
}
