package world

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
)

// Replica puts a pod into pitwall's words. It is ready when its condition says
// so, which its readiness probe decides.
func Replica(p *objects.Pod, container string, now time.Time) backends.Replica {
	c := Serving(p, container)
	r := backends.Replica{Name: p.Name, Version: versionOf(p.Labels, c.Image), Address: p.IP, Restarts: c.Restarts, Image: c.Image,
		StartedAt: cmp.Or(c.State.Started, p.Started, p.Created), LastExit: lastExit(p)}
	r.State, r.Cause, r.Reason = state(p, now)
	if r.Cause == backends.CauseUnhealthy {
		r.Probe = notReady(p)
	}
	return r
}

// Digest is that of the image that a pod's container runs, "" before it runs.
func Digest(p *objects.Pod, container string) string { return DigestOf(Serving(p, container).ImageID) }

// DigestOf is the digest in the image ID that a kubelet tells, "" where there is
// none.
func DigestOf(id string) string {
	if i := strings.LastIndex(id, "@"); i >= 0 {
		return id[i+1:]
	}
	if strings.HasPrefix(id, "sha256:") {
		return id
	}
	return ""
}

// Serving is the container of a pod that serves the model: that of the name, else
// the first that is no sidecar. It is zero when the pod has none.
func Serving(p *objects.Pod, name string) objects.Container {
	var first objects.Container
	for _, c := range p.Containers {
		switch {
		case c.Name == name && name != "":
			return c
		case first.Name == "" && !c.Init && !objects.IsSidecar(c.Name):
			first = c
		}
	}
	return first
}

// state is how a pod does, with the known cause and the reason in words.
func state(p *objects.Pod, now time.Time) (backends.State, backends.Cause, string) {
	if !p.Deleted.IsZero() {
		return backends.Progressing, "", "it is being removed"
	}
	for _, c := range p.Containers {
		if s, cause, text := containerState(c); s == backends.Fail {
			return s, cause, text
		}
	}
	if p.Ready {
		return backends.OK, "", ""
	}
	if p.Phase == "Pending" {
		return pending(p)
	}
	if text := notReady(p); text != "" && running(p) {
		lost := !p.ReadySince.IsZero() && p.ReadySince.Sub(p.Started) > young
		if lost || now.Sub(p.Started) > patience {
			return backends.Fail, backends.CauseUnhealthy, "its readiness probe fails"
		}
		return backends.Progressing, "", "its readiness probe has not passed yet"
	}
	return backends.Progressing, "", "it is starting"
}

// A pod whose condition Ready changed later than young after its start was
// ready before. One that has never been is given patience to start.
const (
	young    = 2 * time.Second
	patience = time.Minute
)

func running(p *objects.Pod) bool {
	for _, c := range p.Containers {
		if !c.Init && c.State.Kind != "running" {
			return false
		}
	}
	return len(p.Containers) > 0
}

// notReady is what the kubelet says of containers that are not ready.
func notReady(p *objects.Pod) string {
	for _, c := range p.Conditions {
		if c.Type == "Ready" && c.Status != "True" {
			return cmp.Or(c.Message, c.Reason)
		}
	}
	return ""
}

// pending says what a pod waits for that does not run yet.
func pending(p *objects.Pod) (backends.State, backends.Cause, string) {
	for _, c := range p.Conditions {
		if c.Type == "PodScheduled" && c.Status == "False" {
			return backends.Fail, backends.CauseUnschedulable, "no node takes it: " + c.Message
		}
	}
	return backends.Progressing, "", "it is starting"
}

// imageReasons are those by which a kubelet says that it has no image.
var imageReasons = []string{"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"}

// containerState judges one container: Fail with its cause, else OK.
func containerState(c objects.Container) (backends.State, backends.Cause, string) {
	oom := c.State.Reason == "OOMKilled" || c.State.Kind != "running" && c.Last.Reason == "OOMKilled"
	name := ""
	if c.Init {
		name = "init container " + c.Name + ": "
	}
	switch {
	case slices.Contains(imageReasons, c.State.Reason):
		return backends.Fail, backends.CauseImageMissing, fmt.Sprintf("%sits image %s cannot be had: %s", name, c.Image, cmp.Or(c.State.Message, c.State.Reason))
	case oom:
		return backends.Fail, backends.CauseOOM, name + "it was killed at its memory limit" + times(c.Restarts)
	case c.State.Reason == "CrashLoopBackOff":
		return backends.Fail, backends.CauseCrashLoop, name + "it " + ended(c.Last) + times(c.Restarts) + " and waits to be started again"
	case c.State.Kind == "running" && !c.Ready && !c.Init && c.Restarts > 1 && c.Last.Kind == "terminated" && (c.Last.Code != 0 || c.Last.Signal != 0):
		return backends.Fail, backends.CauseCrashLoop, "it " + ended(c.Last) + times(c.Restarts) + " and runs again, not ready yet"
	case c.State.Kind == "waiting" && strings.HasSuffix(c.State.Reason, "Error"):
		return backends.Fail, "", fmt.Sprintf("%sit cannot be started: %s: %s", name, c.State.Reason, c.State.Message)
	case c.State.Kind == "terminated" && (!c.Init || c.State.Code != 0):
		return backends.Fail, "", name + "it " + ended(c.State)
	}
	return backends.OK, "", ""
}

func times(restarts int) string {
	switch restarts {
	case 0:
		return ""
	case 1:
		return ", restarted once"
	}
	return fmt.Sprintf(", restarted %d times", restarts)
}

func ended(s objects.ContainerState) string {
	switch {
	case s.Kind == "":
		return "ends again and again"
	case s.Signal != 0:
		return "was ended by signal " + syscall.Signal(s.Signal).String()
	}
	return fmt.Sprintf("ended with status %d", s.Code)
}

// lastExit is how a container of a pod ended last.
func lastExit(p *objects.Pod) *backends.Exit {
	for _, c := range p.Containers {
		for _, s := range []objects.ContainerState{c.State, c.Last} {
			if s.Kind != "terminated" || c.Init {
				continue
			}
			const bySignal, most = 128, 64
			x := &backends.Exit{Code: s.Code, At: s.Finished, Log: lastLine(s.Message)}
			if n := s.Code - bySignal; s.Signal != 0 || n > 0 && n <= most {
				x.Code, x.Signal = -1, syscall.Signal(cmp.Or(s.Signal, n)).String()
			}
			return x
		}
	}
	return nil
}

func lastLine(s string) string {
	s = strings.TrimRight(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// PodVersion is the model version that a pod runs.
func PodVersion(p *objects.Pod) string { return versionOf(p.Labels, Serving(p, "").Image) }
