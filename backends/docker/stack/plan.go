package stack

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/world"
)

// The ports inside the containers.
const (
	servePort   = 8080 // of a replica and of a front door
	metricsPort = 8082 // of a gateway's metrics
	apiPort     = 7590 // of the monitor
)

// The limits of the containers. Measured at 40 requests a second: a replica
// uses 34 MiB, a gateway 36, the traffic 8, the monitor 41 at first.
const (
	replicaMemory = 128 << 20 // bytes
	doorMemory    = 128 << 20
	trafficMemory = 64 << 20
	monitorMemory = 384 << 20
	grafanaMemory = 512 << 20

	cores     = 0.5
	processes = 64
)

// stopTimeout is how long a process may drain: its grace and its open requests.
const stopTimeout = 15 * time.Second

// tokenDir is where a gateway keeps its admin token: in memory.
const tokenDir = "/run/pitwall"

// part is a container of the stack.
type part struct {
	spec       engine.Spec
	deployment string // "" for what all share
	replica    bool
}

// plan is what a stack consists of, in the order in which it is started.
type plan struct {
	replicas []part
	doors    []part // one a deployment, in the order of the seeds
	others   []part
}

func (p plan) all() []part {
	var all []part
	for _, list := range [][]part{p.replicas, p.doors, p.others} {
		all = append(all, list...)
	}
	return all
}

// alias is the DNS name that the replicas of a variant share.
func alias(deployment, variant string) string { return deployment + "-" + strings.ToLower(variant) }

func (o Options) doorName(d deployment) string { return o.prefix() + d.name + "-door" }
func (o Options) volumeName() string           { return o.Name + "-monitor" }

// plan lists the containers. It is pure.
func (o Options) plan(b binary) plan {
	var p plan
	for _, d := range seeds() {
		for _, v := range d.variants {
			for n := range v.replicas {
				p.replicas = append(p.replicas, o.replica(d, v, n+1))
			}
		}
		p.doors = append(p.doors, o.door(d, b))
		if o.Rate > 0 {
			p.others = append(p.others, o.traffic(d, b))
		}
	}
	p.others = append(p.others, o.monitor(b))
	return p
}

// hardened is what every container of the stack has in common.
func (o Options) hardened(s engine.Spec, memory int64, labels ...string) engine.Spec {
	s.Network, s.Labels = o.Name, o.labels(labels...)
	s.ReadOnly, s.CapDropAll, s.NoNewPrivileges = true, true, true
	s.MemoryLimit, s.CPULimit, s.PidsLimit = memory, cores, processes
	s.Restart, s.StopTimeout = "unless-stopped", stopTimeout
	return s
}

// replica has neither a command nor a health check of its own: those of its
// image serve, so that one made like it from another image serves that one's.
func (o Options) replica(d deployment, v variant, number int) part {
	name := fmt.Sprintf("%s%s-r%d-%d", o.prefix(), alias(d.name, v.name), v.revision, number)
	s := engine.Spec{Name: name, Image: o.modelTag(d, v.version), Aliases: []string{alias(d.name, v.name)}}
	return part{deployment: d.name, replica: true, spec: o.hardened(s, replicaMemory,
		world.LabelRole, world.RoleReplica, world.LabelDeployment, d.name, world.LabelVariant, v.name, world.LabelVersion, v.version,
		world.LabelRevision, strconv.Itoa(v.revision), world.LabelReplica, strconv.Itoa(number),
		world.LabelPort, strconv.Itoa(servePort), world.LabelProfile, "pitwall", world.LabelSmoke, d.smoke)}
}

// gateway is a front door of pitwall's own. Its health check asks it for its
// state, which makes no request that anybody counts.
func (o Options) gateway(d deployment, b binary) engine.Spec {
	token := tokenDir + "/token"
	return engine.Spec{Name: o.doorName(d), Image: o.baseTag(b),
		Command: []string{"gateway", "--deployment", d.name, "--listen", listenAll(servePort), "--metrics-listen", listenAll(metricsPort),
			"--token-file", token, "--create-token", "--keep-state", "/data/gateway.json"},
		Mounts:  []engine.Mount{{Type: "volume", Name: o.Name + "-" + d.name + "-door", Destination: "/data"}},
		Tmpfs:   map[string]string{tokenDir: "uid=65532,gid=65532,mode=0700,size=64k,noexec,nosuid,nodev"},
		Health:  health("CMD", "/pitwall", "gateway", "state", "--token-file", token),
		Publish: []engine.Port{{Container: servePort, HostIP: "127.0.0.1", Host: d.port}},
	}
}

// health is a probe every 10 s, as in the image of the replicas. A probe costs
// the engine a process of this whole binary (0.1 s of a core and as much again
// for its start), so that shorter intervals cost a laptop half a core a stack;
// readiness is pitwall's own to ask.
func health(test ...string) *engine.HealthCheck {
	return &engine.HealthCheck{Test: test, Interval: 10 * time.Second, Timeout: 3 * time.Second, StartPeriod: 10 * time.Second, Retries: 3}
}

// door is the front door of a deployment.
func (o Options) door(d deployment, b binary) part {
	labels := []string{world.LabelRole, world.RoleDoor, world.LabelDeployment, d.name, world.LabelDoor, o.Door}
	if o.Door == frontdoor.Gateway {
		return part{deployment: d.name, spec: o.hardened(o.gateway(d, b), doorMemory, labels...)}
	}
	s, more := o.foreignDoor(d)
	return part{deployment: d.name, spec: o.hardened(s, doorMemory, append(labels, more...)...)}
}

func (o Options) traffic(d deployment, b binary) part {
	url := fmt.Sprintf("http://%s:%d/predict", o.doorName(d), servePort)
	s := engine.Spec{Name: o.prefix() + d.name + "-traffic", Image: o.baseTag(b), Health: &engine.HealthCheck{Test: []string{"NONE"}},
		Command: []string{"traffic", "--url", url, "--data", d.data, "--rate", strconv.FormatFloat(o.Rate, 'g', -1, 64)}}
	return part{spec: o.hardened(s, trafficMemory, world.LabelRole, world.RoleTraffic)}
}

// monitor is the embedded Prometheus. Its samples are in a volume, and outlive it.
func (o Options) monitor(b binary) part {
	probe := health("CMD", "/pitwall", "monitor", "--healthcheck", "--listen", fmt.Sprintf("127.0.0.1:%d", apiPort))
	s := engine.Spec{Name: o.monitorName(), Image: o.baseTag(b), Aliases: []string{"monitor"},
		Command: []string{"monitor", "--listen", listenAll(apiPort), "--expose", "--dir", "/data/monitor", "--targets", "/etc/pitwall/targets.json"},
		Health:  probe,
		Mounts:  []engine.Mount{{Type: "volume", Name: o.volumeName(), Destination: "/data"}},
		Publish: []engine.Port{{Container: apiPort, HostIP: "127.0.0.1", Host: monitorPort}}}
	return part{spec: o.hardened(s, monitorMemory, world.LabelRole, world.RoleMonitor)}
}

func (o Options) monitorName() string { return o.Name + "-monitor" }

func listenAll(port int) string { return fmt.Sprintf("0.0.0.0:%d", port) }
