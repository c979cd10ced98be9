// Package setup puts objects of a cluster into the words of the checklist. It is
// pure, and hands on no value of a variable.
package setup

import (
	"cmp"
	"math"
	"slices"

	core "k8s.io/api/core/v1"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// Pod is what the replicas of a variant look like: one of its pods, or the
// template that they are made from.
type Pod struct {
	From     string // what was read
	Labels   map[string]string
	Spec     core.PodSpec
	Statuses []core.ContainerStatus // none of a template
	Serving  string                 // the container that serves the model, "" when that is not told
}

// OfPod is a pod that runs or starts: its spec has what admission added, as the
// defaults of a LimitRange and injected sidecars.
func OfPod(p *core.Pod, from, serving string) Pod {
	return Pod{From: from, Labels: p.Labels, Spec: p.Spec, Statuses: slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses), Serving: serving}
}

// OfTemplate is the template of a workload that has no pod.
func OfTemplate(t *core.PodTemplateSpec, from, serving string) Pod {
	return Pod{From: from, Labels: t.Labels, Spec: t.Spec, Serving: serving}
}

// server is the container that serves the model, by its index: that of the name,
// else the first that is no sidecar.
func (p Pod) server() int {
	first := -1
	for i, c := range p.Spec.Containers {
		switch {
		case c.Name == p.Serving:
			return i
		case first < 0 && !objects.IsSidecar(c.Name):
			first = i
		}
	}
	return max(first, 0)
}

// Containers tells how the containers are set up: the server first, then those
// beside it, then init containers. held is what their variables are taken from.
func (p Pod) Containers(held map[Source]Held) []backends.Container {
	if len(p.Spec.Containers) == 0 {
		return nil
	}
	at := p.server()
	out := []backends.Container{p.container(p.Spec.Containers[at], backends.RoleServer, held)}
	for i, c := range p.Spec.Containers {
		if i != at {
			out = append(out, p.container(c, backends.RoleSidecar, held))
		}
	}
	for _, c := range p.Spec.InitContainers {
		role := backends.RoleInit
		if restarted(c) {
			role = backends.RoleSidecar
		}
		out = append(out, p.container(c, role, held))
	}
	return out
}

// restarted reports whether an init container stays beside the server.
func restarted(c core.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == core.ContainerRestartPolicyAlways
}

func (p Pod) container(c core.Container, role backends.ContainerRole, held map[Source]Held) backends.Container {
	var whole core.ResourceRequirements // of the pod, which its containers share
	if p.Spec.Resources != nil {
		whole = *p.Spec.Resources
	}
	out := backends.NoLimits(c.Name, role)
	out.Image, out.Digest = c.Image, world.DigestOf(p.status(c.Name).ImageID)
	own := c.Resources
	out.CPURequest = amount(core.ResourceCPU, own.Requests, own.Limits, whole.Requests, whole.Limits)
	out.CPULimit = amount(core.ResourceCPU, own.Limits, whole.Limits)
	out.MemoryRequest = amount(core.ResourceMemory, own.Requests, own.Limits, whole.Requests, whole.Limits)
	out.MemoryLimit = amount(core.ResourceMemory, own.Limits, whole.Limits)
	out.Env = variables(c, held)
	out.User = backends.Known(p.user(c), p.From)
	out.Readiness, out.Liveness, out.Startup = asked(c.ReadinessProbe, c), asked(c.LivenessProbe, c), asked(c.StartupProbe, c)
	return out
}

func (p Pod) status(container string) core.ContainerStatus {
	for _, s := range p.Statuses {
		if s.Name == container {
			return s
		}
	}
	return core.ContainerStatus{}
}

// amount is the first that is given of a resource: a request that is not is that
// of the limit. None, and 0, are NaN.
func amount(of core.ResourceName, lists ...core.ResourceList) float64 {
	for _, list := range lists {
		if q, given := list[of]; given {
			if q.IsZero() {
				break
			}
			return q.AsApproximateFloat64()
		}
	}
	return math.NaN()
}

// user is who a container runs as: what the kubelet saw, else what its
// securityContext says, else that of the pod, else the user of the image.
func (p Pod) user(c core.Container) backends.User {
	out := backends.User{UID: -1, From: "image"}
	if pod := p.Spec.SecurityContext; pod != nil {
		out = told(out, "pod", pod.RunAsUser, pod.RunAsNonRoot)
	}
	if own := c.SecurityContext; own != nil {
		out = told(out, "container", own.RunAsUser, own.RunAsNonRoot)
	}
	if seen := p.status(c.Name).User; seen != nil && seen.Linux != nil {
		out.UID, out.From = int(seen.Linux.UID), "process"
	}
	return out
}

// told is a user as a further securityContext says.
func told(u backends.User, from string, uid *int64, notRoot *bool) backends.User {
	if uid != nil {
		u.UID, u.From = int(*uid), from
	}
	if notRoot != nil {
		u.NotRoot = *notRoot
		if *notRoot && u.UID < 0 {
			u.From = from
		}
	}
	return u
}

// gated reports whether a readiness probe tells when the server serves.
func (p Pod) gated() bool {
	return len(p.Spec.Containers) > 0 && p.Spec.Containers[p.server()].ReadinessProbe != nil
}

// drains reports whether the server waits before it is told to end: by then the
// endpoints of its Services are without it.
func (p Pod) drains() bool {
	if len(p.Spec.Containers) == 0 {
		return false
	}
	life := p.Spec.Containers[p.server()].Lifecycle
	return life != nil && life.PreStop != nil
}

// grace is how long a pod has to end, in seconds.
func (p Pod) grace() int64 {
	if s := p.Spec.TerminationGracePeriodSeconds; s != nil {
		return *s
	}
	return core.DefaultTerminationGracePeriodSeconds
}

// withoutRequest names the first container that asks for none of a resource, of
// those that an autoscaler counts; only names one of them.
func (p Pod) withoutRequest(of core.ResourceName, only string) string {
	counted := slices.Clone(p.Spec.Containers)
	for _, c := range p.Spec.InitContainers {
		if restarted(c) {
			counted = append(counted, c)
		}
	}
	for _, c := range counted {
		if (only == "" || c.Name == only) && math.IsNaN(amount(of, c.Resources.Requests, c.Resources.Limits)) {
			return cmp.Or(c.Name, "a container")
		}
	}
	return ""
}
