package objects

import (
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Kinds of workloads.
const (
	Deployment  = "Deployment"
	StatefulSet = "StatefulSet"
	DaemonSet   = "DaemonSet"
	ReplicaSet  = "ReplicaSet"
)

// Workload is a Deployment, StatefulSet, DaemonSet or ReplicaSet.
type Workload struct {
	Meta
	Kind      string
	Desired   int               // replicas asked for; of a DaemonSet, nodes that should run one
	Selector  map[string]string // its matchLabels
	Template  Template
	Paused    bool   // Deployment only
	Strategy  string // RollingUpdate, Recreate or OnDelete
	Partition int    // StatefulSet: replicas below it keep the old template
	Ordered   bool   // StatefulSet: one pod after the other
	Deadline  int    // progressDeadlineSeconds, 0 when it is not said

	Observed    int64 // generation that its controller has seen
	Replicas    int   // pods that there are
	Ready       int
	Updated     int // pods of the newest template
	Available   int
	Unavailable int
	Revision    string // StatefulSet: currentRevision
	Update      string // StatefulSet: updateRevision
	Conditions  []Condition
}

// Template is what a workload's pods are made from.
type Template struct {
	Labels      map[string]string
	Annotations map[string]string
	Containers  []TemplateContainer // without init containers
}

// TemplateContainer is one container of a template.
type TemplateContainer struct {
	Name   string
	Image  string
	Ports  []Port
	Probed bool // it has a readiness probe
	Env    []Variable
}

// Variable is an environment variable with a plain value. Values out of Secrets
// and ConfigMaps are not kept.
type Variable struct{ Name, Value string }

// TrimDeployment keeps what is needed of a Deployment.
func TrimDeployment(d *apps.Deployment) *Workload {
	s := d.Status
	w := &Workload{Meta: trimMeta(&d.ObjectMeta), Kind: Deployment, Desired: count(d.Spec.Replicas), Selector: matchLabels(d.Spec.Selector),
		Template: TrimTemplate(d.Spec.Template), Paused: d.Spec.Paused, Strategy: string(d.Spec.Strategy.Type),
		Observed: s.ObservedGeneration, Replicas: int(s.Replicas), Ready: int(s.ReadyReplicas), Updated: int(s.UpdatedReplicas),
		Available: int(s.AvailableReplicas), Unavailable: int(s.UnavailableReplicas)}
	if d.Spec.ProgressDeadlineSeconds != nil {
		w.Deadline = int(*d.Spec.ProgressDeadlineSeconds)
	}
	for _, c := range s.Conditions {
		w.Conditions = append(w.Conditions, Condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time})
	}
	return w
}

// TrimReplicaSet keeps what is needed of a ReplicaSet.
func TrimReplicaSet(r *apps.ReplicaSet) *Workload {
	s := r.Status
	w := &Workload{Meta: trimMeta(&r.ObjectMeta), Kind: ReplicaSet, Desired: count(r.Spec.Replicas), Selector: matchLabels(r.Spec.Selector),
		Template: TrimTemplate(r.Spec.Template), Observed: s.ObservedGeneration, Replicas: int(s.Replicas), Ready: int(s.ReadyReplicas), Available: int(s.AvailableReplicas)}
	w.Managers = nil
	for _, c := range s.Conditions {
		w.Conditions = append(w.Conditions, Condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime.Time})
	}
	return w
}

// TrimStatefulSet keeps what is needed of a StatefulSet.
func TrimStatefulSet(d *apps.StatefulSet) *Workload {
	s := d.Status
	w := &Workload{Meta: trimMeta(&d.ObjectMeta), Kind: StatefulSet, Desired: count(d.Spec.Replicas), Selector: matchLabels(d.Spec.Selector),
		Template: TrimTemplate(d.Spec.Template), Strategy: string(d.Spec.UpdateStrategy.Type), Ordered: d.Spec.PodManagementPolicy != apps.ParallelPodManagement,
		Observed: s.ObservedGeneration, Replicas: int(s.Replicas), Ready: int(s.ReadyReplicas), Updated: int(s.UpdatedReplicas),
		Available: int(s.AvailableReplicas), Revision: s.CurrentRevision, Update: s.UpdateRevision}
	if u := d.Spec.UpdateStrategy.RollingUpdate; u != nil && u.Partition != nil {
		w.Partition = int(*u.Partition)
	}
	return w
}

// TrimDaemonSet keeps what is needed of a DaemonSet.
func TrimDaemonSet(d *apps.DaemonSet) *Workload {
	s := d.Status
	return &Workload{Meta: trimMeta(&d.ObjectMeta), Kind: DaemonSet, Desired: int(s.DesiredNumberScheduled), Selector: matchLabels(d.Spec.Selector),
		Template: TrimTemplate(d.Spec.Template), Strategy: string(d.Spec.UpdateStrategy.Type),
		Observed: s.ObservedGeneration, Replicas: int(s.CurrentNumberScheduled), Ready: int(s.NumberReady), Updated: int(s.UpdatedNumberScheduled),
		Available: int(s.NumberAvailable), Unavailable: int(s.NumberUnavailable)}
}

// count is a number of replicas, of which the API's default is 1.
func count(n *int32) int {
	if n == nil {
		return 1
	}
	return int(*n)
}

func matchLabels(s *meta.LabelSelector) map[string]string {
	if s == nil {
		return nil
	}
	return s.MatchLabels
}

// TrimTemplate keeps what is needed of a pod template.
func TrimTemplate(t core.PodTemplateSpec) Template {
	out := Template{Labels: t.Labels, Annotations: t.Annotations}
	for _, c := range t.Spec.Containers {
		kept := TemplateContainer{Name: c.Name, Image: c.Image, Probed: c.ReadinessProbe != nil}
		for _, p := range c.Ports {
			kept.Ports = append(kept.Ports, Port{p.Name, p.ContainerPort})
		}
		for _, e := range c.Env {
			if e.ValueFrom == nil {
				kept.Env = append(kept.Env, Variable{e.Name, e.Value})
			}
		}
		out.Containers = append(out.Containers, kept)
	}
	return out
}
