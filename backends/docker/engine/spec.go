package engine

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
)

// Spec is a container to create. What is left out is as in the image, or the
// engine's default.
type Spec struct {
	Name, Image string
	Entrypoint  []string
	Command     []string
	Env         []string // NAME=value
	Labels      map[string]string
	User        string

	Network    string   // "": the engine's bridge
	Aliases    []string // names in Network besides its own
	ExtraHosts []string // NAME:ADDRESS
	Publish    []Port   // Host 0: any free port

	Mounts          []Mount
	Tmpfs           map[string]string // path → options
	ReadOnly        bool              // its root file system
	CapDropAll      bool
	NoNewPrivileges bool

	MemoryLimit int64   // bytes, 0 none
	CPULimit    float64 // cores, 0 none
	PidsLimit   int64   // 0 none

	Restart     string // no, always, on-failure, unless-stopped
	Health      *HealthCheck
	StopSignal  string
	StopTimeout time.Duration // whole seconds, rounded up; 0: the engine's, 10 s
}

// HealthCheck is how the engine tells whether a container is healthy. The
// first probe comes after a whole Interval.
type HealthCheck struct {
	Test        []string // {"CMD", args…}, {"CMD-SHELL", line}, {"NONE"}
	Interval    time.Duration
	Timeout     time.Duration
	StartPeriod time.Duration
	Retries     int
}

// Create makes a container without starting it. An image that does not exist
// is a *StartError with the cause image-missing and a *NotFoundError inside.
func (c *Client) Create(ctx context.Context, s Spec) (string, error) {
	host, err := s.host()
	if err != nil {
		return "", err
	}
	options := client.ContainerCreateOptions{Name: s.Name, Config: s.config(), HostConfig: host}
	if s.Network != "" && len(s.Aliases) > 0 {
		options.NetworkingConfig = &network.NetworkingConfig{EndpointsConfig: map[string]*network.EndpointSettings{s.Network: {Aliases: s.Aliases}}}
	}
	return c.create(ctx, options)
}

func (c *Client) create(ctx context.Context, options client.ContainerCreateOptions) (string, error) {
	r, err := c.api.ContainerCreate(ctx, options)
	if errdefs.IsNotFound(err) && causeOf(err) == CauseImageMissing {
		return "", &StartError{Container: options.Name, Cause: CauseImageMissing, Err: &NotFoundError{Kind: "image", Name: options.Config.Image, Err: err}}
	}
	if err != nil {
		return "", c.started(ctx, "create container "+options.Name, options.Name, err)
	}
	return r.ID, nil
}

func (s Spec) config() *container.Config {
	config := &container.Config{Image: s.Image, Entrypoint: s.Entrypoint, Cmd: s.Command, Env: s.Env, Labels: maps.Clone(s.Labels), User: s.User,
		StopSignal: s.StopSignal, ExposedPorts: make(network.PortSet)}
	if s.StopTimeout > 0 {
		seconds := wholeSeconds(s.StopTimeout)
		config.StopTimeout = &seconds
	}
	if h := s.Health; h != nil {
		config.Healthcheck = &container.HealthConfig{Test: h.Test, Interval: h.Interval, Timeout: h.Timeout, StartPeriod: h.StartPeriod, Retries: h.Retries}
	}
	for _, p := range s.Publish {
		config.ExposedPorts[p.number()] = struct{}{}
	}
	return config
}

func (s Spec) host() (*container.HostConfig, error) {
	host := &container.HostConfig{NetworkMode: container.NetworkMode(s.Network), ExtraHosts: s.ExtraHosts, Tmpfs: s.Tmpfs, ReadonlyRootfs: s.ReadOnly,
		RestartPolicy: container.RestartPolicy{Name: container.RestartPolicyMode(s.Restart)},
		Resources:     container.Resources{Memory: s.MemoryLimit, NanoCPUs: int64(s.CPULimit * 1e9)}}
	if s.PidsLimit > 0 {
		host.PidsLimit = &s.PidsLimit
	}
	if s.CapDropAll {
		host.CapDrop = []string{"ALL"}
	}
	if s.NoNewPrivileges {
		host.SecurityOpt = []string{"no-new-privileges"}
	}
	for _, m := range s.Mounts {
		host.Mounts = append(host.Mounts, m.mount())
	}
	host.PortBindings = make(network.PortMap)
	for _, p := range s.Publish {
		b, err := p.binding()
		if err != nil {
			return nil, fmt.Errorf("create container %s: %w", s.Name, err)
		}
		host.PortBindings[p.number()] = append(host.PortBindings[p.number()], b)
	}
	return host, nil
}

func (m Mount) mount() mount.Mount {
	source := m.Source
	if m.Type == string(mount.TypeVolume) && m.Name != "" {
		source = m.Name
	}
	return mount.Mount{Type: mount.Type(m.Type), Source: source, Target: m.Destination, ReadOnly: m.ReadOnly}
}

// number is the port inside the container, of protocol tcp unless it says otherwise.
func (p Port) number() network.Port {
	protocol := p.Protocol
	if protocol == "" {
		protocol = "tcp"
	}
	n, _ := network.PortFrom(p.Container, network.IPProtocol(protocol))
	return n
}

func (p Port) binding() (network.PortBinding, error) {
	var b network.PortBinding
	if p.HostIP != "" {
		ip, err := netip.ParseAddr(p.HostIP)
		if err != nil {
			return b, fmt.Errorf("publish port %d: %w", p.Container, err)
		}
		b.HostIP = ip
	}
	if p.Host != 0 {
		b.HostPort = strconv.Itoa(int(p.Host))
	}
	return b, nil
}

// wholeSeconds rounds up: the engine knows no parts of a second.
func wholeSeconds(d time.Duration) int {
	return int((d + time.Second - 1) / time.Second)
}

// mergeEnv gives base with the entries of over in place of those of the same
// name, new ones at the end.
func mergeEnv(base, over []string) []string {
	merged := slices.Clone(base)
	for _, entry := range over {
		i := slices.IndexFunc(merged, func(e string) bool { return envName(e) == envName(entry) })
		if i < 0 {
			merged = append(merged, entry)
		} else {
			merged[i] = entry
		}
	}
	return merged
}

func envName(entry string) string {
	name, _, _ := strings.Cut(entry, "=")
	return name
}
