package objects

import (
	"time"

	core "k8s.io/api/core/v1"
)

// Pod is one running copy of a workload.
type Pod struct {
	Meta
	Node, IP   string
	Phase      string // Pending, Running, Succeeded, Failed, Unknown
	Reason     string // of the phase: Evicted, NodeLost…
	Message    string
	Ready      bool      // its condition Ready holds
	ReadySince time.Time // when that condition changed last
	Started    time.Time
	QoS        string
	Conditions []Condition // those that do not hold, or say something
	Containers []Container // init containers first
}

// Condition is one of an object's conditions.
type Condition struct {
	Type    string
	Status  string // True, False or Unknown
	Reason  string
	Message string
	Since   time.Time
}

// Container is one container of a pod.
type Container struct {
	Name     string
	Image    string // as the pod's spec gives it
	ImageID  string // with its digest, once it runs
	Init     bool
	Ready    bool
	Restarts int
	State    ContainerState
	Last     ContainerState // of the run before, zero when there was none
	Ports    []Port
}

// Port is a port that a container declares.
type Port struct {
	Name   string
	Number int32
}

// ContainerState is what a container does or how it ended.
type ContainerState struct {
	Kind     string // "waiting", "running", "terminated", "" for none
	Reason   string // CrashLoopBackOff, OOMKilled, Error…
	Message  string
	Code     int // exit status
	Signal   int
	Started  time.Time
	Finished time.Time
}

// TrimPod keeps what is needed of a pod.
func TrimPod(p *core.Pod) *Pod {
	out := &Pod{Meta: trimMeta(&p.ObjectMeta), Node: p.Spec.NodeName, IP: p.Status.PodIP, Phase: string(p.Status.Phase),
		Reason: p.Status.Reason, Message: p.Status.Message, QoS: string(p.Status.QOSClass)}
	out.Managers = nil // nobody but its kubelet and its controller writes a pod
	if p.Status.StartTime != nil {
		out.Started = p.Status.StartTime.Time
	}
	for _, c := range p.Status.Conditions {
		if c.Type == core.PodReady {
			out.Ready, out.ReadySince = c.Status == core.ConditionTrue, c.LastTransitionTime.Time
		}
		if c.Status != core.ConditionTrue || c.Message != "" {
			out.Conditions = append(out.Conditions, Condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time})
		}
	}
	statuses := make(map[string]core.ContainerStatus, len(p.Status.ContainerStatuses)+len(p.Status.InitContainerStatuses))
	for _, list := range [][]core.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
		for _, s := range list {
			statuses[s.Name] = s
		}
	}
	out.Containers = make([]Container, 0, len(p.Spec.InitContainers)+len(p.Spec.Containers))
	for _, c := range p.Spec.InitContainers {
		out.Containers = append(out.Containers, trimContainer(c, statuses[c.Name], true))
	}
	for _, c := range p.Spec.Containers {
		out.Containers = append(out.Containers, trimContainer(c, statuses[c.Name], false))
	}
	return out
}

func trimContainer(c core.Container, s core.ContainerStatus, init bool) Container {
	out := Container{Name: c.Name, Image: c.Image, ImageID: s.ImageID, Init: init, Ready: s.Ready, Restarts: int(s.RestartCount),
		State: trimState(s.State), Last: trimState(s.LastTerminationState)}
	for _, p := range c.Ports {
		out.Ports = append(out.Ports, Port{p.Name, p.ContainerPort})
	}
	return out
}

func trimState(s core.ContainerState) ContainerState {
	switch {
	case s.Waiting != nil:
		return ContainerState{Kind: "waiting", Reason: s.Waiting.Reason, Message: s.Waiting.Message}
	case s.Terminated != nil:
		t := s.Terminated
		return ContainerState{Kind: "terminated", Reason: t.Reason, Message: t.Message, Code: int(t.ExitCode), Signal: int(t.Signal),
			Started: t.StartedAt.Time, Finished: t.FinishedAt.Time}
	case s.Running != nil:
		return ContainerState{Kind: "running", Started: s.Running.StartedAt.Time}
	}
	return ContainerState{}
}
