package objects

import (
	"time"

	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
)

// Scaler is a HorizontalPodAutoscaler.
type Scaler struct {
	Meta
	TargetKind, TargetName string
	Min, Max               int
	Current, Desired       int
	Conditions             []Condition
}

// TrimScaler keeps what is needed of a HorizontalPodAutoscaler.
func TrimScaler(h *autoscaling.HorizontalPodAutoscaler) *Scaler {
	out := &Scaler{Meta: trimMeta(&h.ObjectMeta), TargetKind: h.Spec.ScaleTargetRef.Kind, TargetName: h.Spec.ScaleTargetRef.Name,
		Min: count(h.Spec.MinReplicas), Max: int(h.Spec.MaxReplicas), Current: int(h.Status.CurrentReplicas), Desired: int(h.Status.DesiredReplicas)}
	for _, c := range h.Status.Conditions {
		out.Conditions = append(out.Conditions, Condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time})
	}
	return out
}

// Budget is a PodDisruptionBudget.
type Budget struct {
	Meta
	Selector       map[string]string
	Allowed        int // disruptions that it allows now
	Healthy, Asked int
}

// TrimBudget keeps what is needed of a PodDisruptionBudget.
func TrimBudget(b *policy.PodDisruptionBudget) *Budget {
	return &Budget{Meta: trimMeta(&b.ObjectMeta), Selector: matchLabels(b.Spec.Selector), Allowed: int(b.Status.DisruptionsAllowed),
		Healthy: int(b.Status.CurrentHealthy), Asked: int(b.Status.DesiredHealthy)}
}

// Event is something that a component told about an object.
type Event struct {
	Meta
	Kind, Object string // what it is about
	Warning      bool
	Reason       string
	Text         string // foreign
	Count        int
	First, Last  time.Time
	Source       string
}

// TrimEvent keeps what is needed of an Event.
func TrimEvent(e *core.Event) *Event {
	out := &Event{Meta: trimMeta(&e.ObjectMeta), Kind: e.InvolvedObject.Kind, Object: e.InvolvedObject.Name, Warning: e.Type == core.EventTypeWarning,
		Reason: e.Reason, Text: e.Message, Count: max(int(e.Count), 1), First: e.FirstTimestamp.Time, Last: e.LastTimestamp.Time, Source: e.Source.Component}
	out.Managers = nil
	if out.Source == "" {
		out.Source = e.ReportingController
	}
	if e.Series != nil { // the newer form of an event that repeats
		out.Count, out.Last = int(e.Series.Count), e.Series.LastObservedTime.Time
	}
	if out.First.IsZero() {
		out.First = e.EventTime.Time
	}
	if out.First.IsZero() {
		out.First = out.Created
	}
	if out.Last.IsZero() {
		out.Last = out.First
	}
	return out
}

// Node is a machine of the cluster.
type Node struct {
	Meta
	Unschedulable bool
	Conditions    []Condition // those that tell of a problem
}

// TrimNode keeps what is needed of a Node.
func TrimNode(n *core.Node) *Node {
	out := &Node{Meta: trimMeta(&n.ObjectMeta), Unschedulable: n.Spec.Unschedulable}
	out.Managers, out.Annotations = nil, nil
	for _, c := range n.Status.Conditions {
		if (c.Type == core.NodeReady) != (c.Status == core.ConditionTrue) {
			out.Conditions = append(out.Conditions, Condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time})
		}
	}
	return out
}
