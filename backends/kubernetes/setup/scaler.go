package setup

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends"
)

// Target is what an autoscaler changes the replicas of.
type Target struct{ Kind, Name string }

// ScalerOf finds the autoscaler of a target, nil when there is none.
func ScalerOf(list []autoscaling.HorizontalPodAutoscaler, t Target) *autoscaling.HorizontalPodAutoscaler {
	for i, h := range list {
		if h.Spec.ScaleTargetRef.Kind == t.Kind && h.Spec.ScaleTargetRef.Name == t.Name {
			return &list[i]
		}
	}
	return nil
}

// Scaler tells what a HorizontalPodAutoscaler does with pods.
func (p Pod) Scaler(h *autoscaling.HorizontalPodAutoscaler) backends.Autoscaler {
	s := h.Status
	out := backends.Autoscaler{Name: h.Name, Min: replicas(h.Spec.MinReplicas), Max: int(h.Spec.MaxReplicas), Current: int(s.CurrentReplicas), Desired: int(s.DesiredReplicas),
		Metric: metrics(h.Spec.Metrics, s.CurrentMetrics), Lacks: p.lacks(h.Spec.Metrics)}
	for _, c := range s.Conditions {
		out.Conditions = append(out.Conditions, condition(c))
	}
	if len(s.Conditions) == 0 {
		out.Conditions = []backends.Condition{{Type: "seen", Text: "its controller has said nothing of it yet"}}
	}
	return out
}

// condition puts a condition into its sense: to be limited or scaled to nothing
// is none to hold, except at the fewest replicas, where an autoscaler rests.
func condition(c autoscaling.HorizontalPodAutoscalerCondition) backends.Condition {
	out := backends.Condition{Type: string(c.Type), OK: c.Status == core.ConditionTrue, Text: says(c.Reason, c.Message)}
	switch c.Type {
	case autoscaling.ScalingLimited:
		out.OK = c.Status == core.ConditionFalse || c.Reason == "TooFewReplicas"
	case autoscaling.ScaledToZero:
		out.OK = c.Status == core.ConditionFalse
	}
	return out
}

// lacks names the request without which a part of it cannot be measured.
func (p Pod) lacks(specs []autoscaling.MetricSpec) string {
	for _, m := range specs {
		of, only, target := core.ResourceName(""), "", autoscaling.MetricTarget{}
		switch {
		case m.Resource != nil:
			of, target = m.Resource.Name, m.Resource.Target
		case m.ContainerResource != nil:
			of, only, target = m.ContainerResource.Name, m.ContainerResource.Container, m.ContainerResource.Target
		}
		if target.Type != autoscaling.UtilizationMetricType {
			continue
		}
		if name := p.withoutRequest(of, only); name != "" {
			return fmt.Sprintf("%s of %s", of, name)
		}
	}
	return ""
}

// metrics writes what is measured and what it is held to: "cpu 45 % of 70 %".
func metrics(specs []autoscaling.MetricSpec, now []autoscaling.MetricStatus) string {
	var out []string
	for _, m := range specs {
		name, target := named(m)
		current := "–"
		for _, s := range now {
			if other, value := measured(s); other == name {
				current = cmp.Or(value, current)
			}
		}
		out = append(out, fmt.Sprintf("%s %s of %s", name, current, target))
	}
	return strings.Join(out, ", ")
}

func named(m autoscaling.MetricSpec) (name, target string) {
	switch {
	case m.Resource != nil:
		return string(m.Resource.Name), bound(m.Resource.Target)
	case m.ContainerResource != nil:
		return string(m.ContainerResource.Name) + " of " + m.ContainerResource.Container, bound(m.ContainerResource.Target)
	case m.Pods != nil:
		return m.Pods.Metric.Name, bound(m.Pods.Target)
	case m.Object != nil:
		return m.Object.Metric.Name, bound(m.Object.Target)
	case m.External != nil:
		return m.External.Metric.Name, bound(m.External.Target)
	}
	return "a metric", "–"
}

func bound(t autoscaling.MetricTarget) string {
	return valueOf(t.AverageUtilization, t.AverageValue, t.Value)
}

func measured(s autoscaling.MetricStatus) (name, value string) {
	current := func(v autoscaling.MetricValueStatus) string {
		return valueOf(v.AverageUtilization, v.AverageValue, v.Value)
	}
	switch {
	case s.Resource != nil:
		return string(s.Resource.Name), current(s.Resource.Current)
	case s.ContainerResource != nil:
		return string(s.ContainerResource.Name) + " of " + s.ContainerResource.Container, current(s.ContainerResource.Current)
	case s.Pods != nil:
		return s.Pods.Metric.Name, current(s.Pods.Current)
	case s.Object != nil:
		return s.Object.Metric.Name, current(s.Object.Current)
	case s.External != nil:
		return s.External.Metric.Name, current(s.External.Current)
	}
	return "", ""
}

func valueOf(utilization *int32, average, value *resource.Quantity) string {
	switch {
	case utilization != nil:
		return fmt.Sprintf("%d %%", *utilization)
	case average != nil:
		return average.String()
	case value != nil:
		return value.String()
	}
	return ""
}

// FixedReplicas reports whether what a workload is written from sets its replicas,
// so that every write undoes what an autoscaler did. Who applies owns the fields
// that stand in the manifest; who updates owns those with a default as well, so
// that only another number than that tells.
func FixedReplicas(m *meta.ObjectMeta, desired int) bool {
	type manifest struct{ Spec struct{ Replicas *int } }
	var applied manifest
	if json.Unmarshal([]byte(m.Annotations[core.LastAppliedConfigAnnotation]), &applied) == nil && applied.Spec.Replicas != nil {
		return true
	}
	for _, f := range m.ManagedFields {
		if f.Subresource != "" || f.FieldsV1 == nil || !ownsReplicas(f.FieldsV1.GetRawBytes()) {
			continue
		}
		if f.Operation == meta.ManagedFieldsOperationApply || desired != 1 {
			return true
		}
	}
	return false
}

func ownsReplicas(fields []byte) bool {
	var owned struct {
		Spec struct {
			Replicas json.RawMessage `json:"f:replicas"`
		} `json:"f:spec"`
	}
	return json.Unmarshal(fields, &owned) == nil && owned.Spec.Replicas != nil
}
