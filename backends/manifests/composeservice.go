package manifests

import (
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"

	"pitwall/backends"
)

// dangerous capabilities are worth root.
var dangerous = []string{"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "NET_ADMIN", "DAC_READ_SEARCH", "BPF"}

func isDangerous(capability string) bool {
	return slices.Contains(dangerous, strings.TrimPrefix(strings.ToUpper(capability), "CAP_"))
}

// of reports something that a key of the service says; what another file says
// is told there.
func (n composeNode) of(r *report, id, key, text string) {
	if !n.partial || n.has(key) {
		r.add(id, n.line(key), text)
	}
}

func service(r *report, s types.ServiceConfig, n composeNode) {
	if s.Image != "" && s.Build == nil && !strings.Contains(s.Image, "@") {
		name, tag, _ := backends.SplitImage(s.Image)
		if (tag == "" || tag == "latest") && !strings.HasSuffix(name, unset) {
			n.of(r, "compose/image-latest", "image", s.Name+" runs "+s.Image+", which names no version")
		}
	}
	if user, _, _ := strings.Cut(s.User, ":"); user == "0" || user == "root" {
		n.of(r, "compose/root", "user", s.Name+" runs as root")
	}
	isolation(r, s, n)
	mounts(r, s, n)
	secrets(r, s, n)
	around(r, s, n)
	limited := s.MemLimit > 0 || s.Deploy != nil && s.Deploy.Resources.Limits != nil && s.Deploy.Resources.Limits.MemoryBytes > 0
	if !limited && !n.partial {
		r.add("compose/no-limits", n.line(""), s.Name+" has no memory limit")
	}
	if s.HealthCheck == nil && s.Build == nil || s.HealthCheck != nil && s.HealthCheck.Disable {
		n.of(r, "compose/no-health", "healthcheck", s.Name+" has no health check")
	}
	if (s.Restart == "" || s.Restart == "no") && (s.Deploy == nil || s.Deploy.RestartPolicy == nil) {
		n.of(r, "compose/no-restart", "restart", s.Name+" is not started again")
	}
}

// isolation judges what a service is given of its host.
func isolation(r *report, s types.ServiceConfig, n composeNode) {
	if s.Privileged {
		n.of(r, "compose/privileged", "privileged", s.Name+" is privileged")
	}
	for _, c := range s.CapAdd {
		if isDangerous(c) {
			n.of(r, "compose/cap-add", "cap_add", s.Name+" has "+c)
		}
	}
	if s.NetworkMode == "host" {
		n.of(r, "compose/host-network", "network_mode", s.Name+" uses the host's network")
	}
	for key, value := range map[string]string{"pid": s.Pid, "ipc": s.Ipc, "userns_mode": s.UserNSMode} {
		if value == "host" {
			n.of(r, "compose/host-namespace", key, s.Name+" shares "+key+" with the host")
		}
	}
	for _, o := range s.SecurityOpt {
		switch strings.ReplaceAll(o, "=", ":") {
		case "seccomp:unconfined", "apparmor:unconfined", "label:disable", "systempaths:unconfined":
			n.of(r, "compose/unconfined", "security_opt", s.Name+" has "+o)
		}
	}
	for _, d := range s.Devices {
		for _, disk := range []string{"/dev/sd", "/dev/nvme", "/dev/vd", "/dev/xvd", "/dev/dm-", "/dev/mapper", "/dev/disk", "/dev/mem", "/dev/kmem"} {
			if strings.HasPrefix(d.Source, disk) {
				n.of(r, "compose/disk", "devices", s.Name+" has "+d.Source)
			}
		}
	}
}

// hostDirs are directories of a host: who writes there is root on it, and who
// reads there has its secrets.
var hostDirs = []string{"/", "/etc", "/root", "/home", "/boot", "/dev", "/proc", "/sys", "/usr", "/bin", "/lib", "/var", "/var/lib", "/var/run", "/run", "/var/lib/docker", "/var/lib/kubelet"}

func mounts(r *report, s types.ServiceConfig, n composeNode) {
	for _, v := range s.Volumes {
		at := strings.TrimSuffix(v.Source, "/")
		if v.Source == "/" {
			at = "/"
		}
		switch {
		case strings.HasSuffix(at, "docker.sock"), strings.HasSuffix(at, "containerd.sock"), strings.HasSuffix(at, "podman.sock"):
			n.of(r, "compose/socket", "volumes", s.Name+" has the engine's socket")
		case v.Type != types.VolumeTypeBind || !slices.Contains(hostDirs, at):
		case !v.ReadOnly:
			n.of(r, "compose/host-mount", "volumes", s.Name+" can write to "+at+" of the host")
		case at != "/proc" && at != "/sys":
			n.of(r, "compose/host-read", "volumes", s.Name+" can read "+at+" of the host")
		}
	}
}

// secrets judges values that everybody reads who reads the file.
func secrets(r *report, s types.ServiceConfig, n composeNode) {
	for name, value := range s.Environment {
		switch {
		case value == nil || *value == "" || strings.Contains(*value, unset):
		case holdsSecret(name, *value):
			n.of(r, "compose/secret", "environment", "the value of "+name+" of "+s.Name+" stands here")
		case passwordInside(*value):
			n.of(r, "compose/secret", "environment", name+" of "+s.Name+" has a password in its address")
		}
	}
	words := map[string][]string{"command": s.Command, "entrypoint": s.Entrypoint}
	if s.HealthCheck != nil {
		words["healthcheck"] = s.HealthCheck.Test
	}
	for key, list := range words {
		if text := strings.Join(list, " "); !strings.Contains(text, unset) && passwordInside(text) {
			n.of(r, "compose/secret", key, "the "+key+" of "+s.Name+" has a password")
		}
	}
}

// around judges what a service has to do with others.
func around(r *report, s types.ServiceConfig, n composeNode) {
	for _, p := range s.Ports {
		if p.Published != "" && (p.HostIP == "" || p.HostIP == "0.0.0.0" || p.HostIP == "::") {
			n.of(r, "compose/public-port", "ports", s.Name+" listens on every interface at "+strings.ReplaceAll(p.Published, unset, "a port"))
		}
	}
	for other, d := range s.DependsOn {
		if d.Condition == types.ServiceConditionStarted {
			n.of(r, "compose/depends", "depends_on", s.Name+" does not wait until "+other+" answers")
		}
	}
	for _, f := range envFiles(n.node) {
		if r.near.names != nil && !r.near.has(r.file, f.Value) {
			r.add("compose/env-file", f.Line, "there is no "+f.Value)
		}
	}
}
