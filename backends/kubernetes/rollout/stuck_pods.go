package rollout

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/kubernetes/objects"
)

// unscheduled tells that no node takes a pod, in the scheduler's words.
func (s Scene) unscheduled(p *objects.Pod) (Reason, bool) {
	c, ok := unscheduled(p)
	if !ok {
		return Reason{}, false
	}
	if c.Reason == "SchedulingGated" {
		return Reason{Blocker: BlockedByScheduler, Text: "a gate keeps its pods from the scheduler", Evidence: []string{c.Message}, Next: "look at what sets and lifts schedulingGates"}, true
	}
	return Reason{Blocker: BlockedByScheduler, Text: "no node takes its pods: " + c.Message, Evidence: []string{c.Reason + ": " + c.Message},
		Next: "make room (nodes, or lower requests), or mend the selector, affinity or toleration that the message names"}, true
}

// nodeGone tells that the node of a pod does not answer or is no more.
func (s Scene) nodeGone(p *objects.Pod) (Reason, bool) {
	r := Reason{Blocker: BlockedByNode, Next: "bring the node back, or delete it from the cluster so that its pods are made elsewhere"}
	if p.Reason == "NodeLost" {
		r.Text, r.Evidence = "the node "+p.Node+" does not answer", []string{p.Reason + ": " + p.Message}
		return r, true
	}
	if p.Node == "" || s.Nodes == nil {
		return Reason{}, false
	}
	i := slices.IndexFunc(s.Nodes, func(n *objects.Node) bool { return n.Name == p.Node })
	if i < 0 {
		r.Text, r.Evidence, r.Next = "the node "+p.Node+" is no more", []string{"runs on node " + p.Node + ", which is not there"}, "delete its pods: they are made on other nodes"
		return r, true
	}
	for _, c := range s.Nodes[i].Conditions {
		if c.Type == "Ready" {
			r.Text, r.Evidence = "the node "+p.Node+" is not ready", []string{fmt.Sprintf("node %s: %s: %s", p.Node, c.Reason, c.Message)}
			return r, true
		}
	}
	return Reason{}, false
}

// What the kubelet calls a container that waits.
var (
	imageReasons  = []string{"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"}
	configReasons = []string{"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError", "PostStartHookError"}
)

// container tells what keeps a container of a pod from running.
func (s Scene) container(p *objects.Pod) (Reason, bool) {
	for _, c := range p.Containers {
		state := c.State
		switch {
		case state.Kind == "waiting" && slices.Contains(imageReasons, state.Reason):
			return Reason{Blocker: BlockedByImage, Cause: backends.CauseImageMissing, Text: "the image " + c.Image + " cannot be pulled",
				Evidence: append([]string{c.Name + ": " + said(state)}, s.said(p, "Failed", "pull")...),
				Next:     "mend the name, the tag or the pull secret"}, true
		case state.Kind == "waiting" && slices.Contains(configReasons, state.Reason):
			return Reason{Blocker: BlockedByConfig, Text: "the container " + c.Name + " cannot be made", Evidence: []string{c.Name + ": " + said(state)},
				Next: "make the ConfigMap, Secret or command that the message names"}, true
		case crashed(c):
			return crash(c), true
		}
	}
	return Reason{}, false
}

// crashed reports whether a container ends again and again: between two runs
// too, when it runs for a moment.
func crashed(c objects.Container) bool {
	failed := func(s objects.ContainerState) bool { return s.Kind == "terminated" && (s.Code != 0 || s.Signal != 0) }
	return c.State.Reason == "CrashLoopBackOff" || failed(c.State) || !c.Ready && c.Restarts > 1 && failed(c.Last)
}

func crash(c objects.Container) Reason {
	r := Reason{Blocker: BlockedByCrash, Cause: backends.CauseCrashLoop, Text: "the container " + c.Name + " ends again and again",
		Next: "read its last log, then mend it"}
	last := c.Last
	if c.State.Kind == "terminated" {
		last = c.State
	}
	line := fmt.Sprintf("%s: restarted %s", c.Name, words.Count(c.Restarts, "time"))
	if last.Kind == "terminated" {
		line += fmt.Sprintf(", ended with status %d (%s)", last.Code, said(last))
	}
	r.Evidence = []string{line}
	if last.Reason == "OOMKilled" {
		r.Cause, r.Text, r.Next = backends.CauseOOM, "the container "+c.Name+" is killed at its memory limit", "raise its memory limit"
	}
	return r
}

// volume tells that a volume of a pod cannot be mounted.
func (s Scene) volume(p *objects.Pod) (Reason, bool) {
	if slices.ContainsFunc(p.Containers, func(c objects.Container) bool { return c.State.Kind == "running" && !c.Init }) {
		return Reason{}, false
	}
	lines := append(s.said(p, "FailedMount", ""), s.said(p, "FailedAttachVolume", "")...)
	if len(lines) == 0 {
		return Reason{}, false
	}
	return Reason{Blocker: BlockedByVolume, Text: "a volume of its pods cannot be mounted", Evidence: lines,
		Next: "make the ConfigMap, Secret or claim that the message names, or free the disk from the pod that holds it"}, true
}

// probe tells that a pod runs and is not ready.
func (s Scene) probe(p *objects.Pod) (Reason, bool) {
	i := slices.IndexFunc(p.Containers, func(c objects.Container) bool { return !c.Init && c.State.Kind == "running" && !c.Ready })
	if i < 0 || crashed(p.Containers[i]) {
		return Reason{}, false
	}
	c := p.Containers[i]
	lines := s.said(p, "Unhealthy", "")
	if len(lines) == 0 && !s.probed(c.Name) {
		return Reason{}, false // it may only have begun
	}
	if len(lines) == 0 {
		lines = []string{c.Name + " runs and is not ready"}
	}
	return Reason{Blocker: BlockedByProbe, Cause: backends.CauseUnhealthy, Text: "the container " + c.Name + " runs and its probe does not hold", Evidence: lines,
		Next: "ask the probe's address yourself; give the model more time to load, mend it"}, true
}

func (s Scene) probed(name string) bool {
	return slices.ContainsFunc(s.Workload.Template.Containers, func(c objects.TemplateContainer) bool { return c.Name == name && c.Probed })
}

// said are the newest words of the events of a pod with a reason, once each.
func (s Scene) said(p *objects.Pod, reason, holding string) []string {
	var out []string
	for _, e := range s.Events {
		if e.Kind != "Pod" || e.Object != p.Name || e.Reason != reason || !strings.Contains(e.Text, holding) || e.Last.Before(p.Created) {
			continue // of a pod of the same name before it: a StatefulSet's names come again
		}
		if line := e.Reason + ": " + e.Text; !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

func said(s objects.ContainerState) string {
	if s.Message == "" {
		return s.Reason
	}
	return s.Reason + ": " + s.Message
}
