package engine

import "time"

// Container is what pitwall uses of a container's inspection. Values are plain
// data and never changed after they were handed out.
type Container struct {
	ID      string
	Name    string // without the leading slash
	Image   string // reference it was created from
	ImageID string // sha256:…
	Created time.Time
	Labels  map[string]string
	Command []string // entrypoint and command

	Status     string // created, running, paused, restarting, removing, exited, dead
	PID        int
	StartedAt  time.Time
	FinishedAt time.Time
	ExitCode   int
	OOMKilled  bool
	Error      string // why the engine could not start it, foreign text
	Restarts   int    // by the engine's restart policy, since it was created
	Restart    string // restart policy: no, always, on-failure, unless-stopped
	TTY        bool   // its output is a terminal's, one stream

	Health Health

	Networks map[string]string   // network → address, of networks it is attached to; "" while it does not run
	Aliases  map[string][]string // network → names that it is found by there, besides its own and its short ID
	Ports    []Port
	Mounts   []Mount

	Env         []string // NAME=value, with those of the image
	User        string
	Dir         string // that its command begins in, "" for the root
	HealthCheck *HealthCheck
	StopSignal  string
	StopTimeout time.Duration // 0: the engine's, 10 s

	MemoryLimit       int64   // bytes, 0 none
	MemoryReservation int64   // bytes, 0 none
	CPULimit          float64 // cores, 0 none
	LogDriver         string  // json-file, journald, none…
}

// Health is what the engine's health check says.
type Health struct {
	Status  string // "", starting, healthy, unhealthy; "" without a health check
	Failing int    // failures in a row
	Output  string // of the last probe that failed, foreign text
}

// Port is a port of a container and where it is published.
type Port struct {
	Container uint16
	Protocol  string // tcp, udp
	HostIP    string
	Host      uint16 // 0 when it is not published
}

// Mount is a directory, file or volume inside a container.
type Mount struct {
	Type        string // bind, volume, tmpfs
	Name        string // of a volume
	Source      string // path on the engine's machine
	Destination string // path in the container
	ReadOnly    bool
}

// Running reports whether processes of the container run.
func (c Container) Running() bool { return c.Status == "running" }

// Address gives an address of the container: on the given network, else on any
// (the first in name order). It is "" while the container does not run.
func (c Container) Address(network string) string {
	if a := c.Networks[network]; a != "" {
		return a
	}
	first := ""
	for name, a := range c.Networks {
		if a != "" && (first == "" || name < first) {
			first = name
		}
	}
	return c.Networks[first]
}
