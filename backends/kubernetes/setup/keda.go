package setup

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
)

// scaledObject is what is read of a ScaledObject of KEDA (keda.sh/v1alpha1).
type scaledObject struct {
	Metadata struct{ Name string }
	Spec     struct {
		ScaleTargetRef   struct{ Kind, Name string }
		MinReplicaCount  *int
		MaxReplicaCount  *int
		IdleReplicaCount *int
		Triggers         []struct{ Type, Name string }
	}
	Status struct {
		Conditions []struct{ Type, Status, Reason, Message string }
	}
}

// KEDA's defaults.
const (
	kedaMin = 0
	kedaMax = 100
)

// Scaled finds the ScaledObject of a target among objects, and tells what it
// does. under is the HorizontalPodAutoscaler that KEDA made for it, zero when
// there is none. The error is that of an object which is none.
func Scaled(objects []map[string]any, t Target, under backends.Autoscaler) (found backends.Autoscaler, is bool, err error) {
	for _, o := range objects {
		var s scaledObject
		if err := decode(o, &s); err != nil {
			return backends.Autoscaler{}, false, err
		}
		if cmp.Or(s.Spec.ScaleTargetRef.Kind, "Deployment") == t.Kind && s.Spec.ScaleTargetRef.Name == t.Name {
			return s.autoscaler(under), true, nil
		}
	}
	return backends.Autoscaler{}, false, nil
}

func (s scaledObject) autoscaler(under backends.Autoscaler) backends.Autoscaler {
	out := backends.Autoscaler{Name: "ScaledObject " + s.Metadata.Name, Min: kedaMin, Max: kedaMax, Current: under.Current, Desired: under.Desired, Metric: under.Metric, Lacks: under.Lacks}
	if n := s.Spec.MinReplicaCount; n != nil {
		out.Min = *n
	}
	if n := s.Spec.IdleReplicaCount; n != nil {
		out.Min = min(out.Min, *n)
	}
	if n := s.Spec.MaxReplicaCount; n != nil {
		out.Max = *n
	}
	if out.Metric == "" {
		var triggers []string
		for _, t := range s.Spec.Triggers {
			triggers = append(triggers, cmp.Or(t.Name, t.Type))
		}
		out.Metric = strings.Join(triggers, ", ")
	}
	for _, c := range s.Status.Conditions {
		if c.Type == "Active" { // whether there is load
			continue
		}
		ok := c.Status == "True"
		if slices.Contains([]string{"Fallback", "Paused"}, c.Type) {
			ok = !ok
		}
		out.Conditions = append(out.Conditions, backends.Condition{Type: c.Type, OK: ok, Text: says(c.Reason, c.Message)})
	}
	if len(out.Conditions) == 0 {
		out.Conditions = []backends.Condition{{Type: "seen", Text: "KEDA has said nothing of it yet"}}
	}
	return out
}

// says is what a condition says of itself.
func says(reason, message string) string { return strings.Trim(reason+": "+message, ": ") }

// decode reads an object of a kind that has no type here.
func decode(object map[string]any, into any) error {
	text, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("read an object of kind %v: %w", object["kind"], err)
	}
	return nil
}
