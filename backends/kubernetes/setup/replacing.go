package setup

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	apps "k8s.io/api/apps/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"pitwall/backends"
)

// Replacing adds to how a workload replaces its pods what the pods say, and the
// budgets that cover them.
func (p Pod) Replacing(how backends.Replacing, budgets []policy.PodDisruptionBudget) backends.Replacing {
	how.Gated, how.Drains, how.Grace = p.gated(), p.drains(), time.Duration(p.grace())*time.Second
	var names []string
	for _, b := range budgets {
		selector, err := meta.LabelSelectorAsSelector(b.Spec.Selector)
		if err == nil && selector.Matches(labels.Set(p.Labels)) {
			names = append(names, b.Name)
		}
	}
	slices.Sort(names)
	how.Disruption = strings.Join(names, ", ")
	return how
}

// The API's defaults of a rolling update.
var (
	quarter = intstr.FromString("25%")
	one     = intstr.FromInt32(1)
	none    = intstr.FromInt32(0)
)

// bounds are how many pods more, and how many fewer, there may be while so many
// are replaced.
type bounds struct {
	surge, unavailable *intstr.IntOrString
	up                 bool // a part of a pod that may be missing counts as a whole one
}

// rolling tells how pods are replaced within the bounds, of which neither or both
// may be nil for a default. Where both come to nothing one may be missing
// (ResolveFenceposts in pkg/controller/deployment/util of Kubernetes).
func (b bounds) rolling(desired int) backends.Replacing {
	desired = max(desired, 1) // of none, how it would be
	surge := scaled(b.surge, desired, true)
	missing := scaled(b.unavailable, desired, b.up)
	if surge == 0 && missing == 0 {
		missing = 1
	}
	return backends.Replacing{StartsFirst: missing == 0, Unavailable: strconv.Itoa(missing)}
}

func scaled(v *intstr.IntOrString, of int, up bool) int {
	n, err := intstr.GetScaledValueFromIntOrPercent(v, of, up)
	if err != nil {
		return 0 // the API server takes none of this form
	}
	return n
}

func or(v *intstr.IntOrString, absent intstr.IntOrString) *intstr.IntOrString {
	if v == nil {
		return &absent
	}
	return v
}

// Deployment tells how a Deployment replaces its pods.
func Deployment(d *apps.Deployment) backends.Replacing {
	out := backends.Replacing{Unavailable: "100%"}
	if d.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		u := d.Spec.Strategy.RollingUpdate
		if u == nil {
			u = &apps.RollingUpdateDeployment{}
		}
		out = bounds{surge: or(u.MaxSurge, quarter), unavailable: or(u.MaxUnavailable, quarter)}.rolling(replicas(d.Spec.Replicas))
	}
	out.Strategy, out.Deadline = string(d.Spec.Strategy.Type), deadline(d.Spec.ProgressDeadlineSeconds)
	return out
}

// deadline is when a rollout counts as failed: by default after ten minutes, and
// never where the greatest number stands.
func deadline(seconds *int32) time.Duration {
	switch {
	case seconds == nil:
		return 10 * time.Minute
	case *seconds == math.MaxInt32:
		return 0
	}
	return time.Duration(*seconds) * time.Second
}

// StatefulSet tells how a StatefulSet replaces its pods: a new one takes the name
// of the old one, which has to end before.
func StatefulSet(s *apps.StatefulSet) backends.Replacing {
	out := backends.Replacing{}
	if s.Spec.UpdateStrategy.Type != apps.OnDeleteStatefulSetStrategyType {
		u := s.Spec.UpdateStrategy.RollingUpdate
		if u == nil {
			u = &apps.RollingUpdateStatefulSetStrategy{}
		}
		out = bounds{surge: &none, unavailable: or(u.MaxUnavailable, one), up: true}.rolling(replicas(s.Spec.Replicas))
	}
	out.Strategy = string(s.Spec.UpdateStrategy.Type)
	return out
}

// DaemonSet tells how a DaemonSet replaces its pods, one a node.
func DaemonSet(d *apps.DaemonSet) backends.Replacing {
	out := backends.Replacing{}
	if d.Spec.UpdateStrategy.Type != apps.OnDeleteDaemonSetStrategyType {
		u := d.Spec.UpdateStrategy.RollingUpdate
		if u == nil {
			u = &apps.RollingUpdateDaemonSet{}
		}
		out = bounds{surge: or(u.MaxSurge, none), unavailable: or(u.MaxUnavailable, one), up: true}.rolling(int(d.Status.DesiredNumberScheduled))
	}
	out.Strategy = string(d.Spec.UpdateStrategy.Type)
	return out
}

func replicas(n *int32) int {
	if n == nil {
		return 1
	}
	return int(*n)
}

// rollout is what is read of a Rollout of Argo.
type rollout struct {
	Spec struct {
		Replicas                *int32
		ProgressDeadlineSeconds *int32
		Strategy                struct {
			BlueGreen *struct{}
			Canary    *struct{ MaxSurge, MaxUnavailable *intstr.IntOrString }
		}
	}
}

// Rollout tells how a Rollout of Argo replaces its pods, with the defaults of
// Argo Rollouts (v1.10, docs/features/specification.md). The error is that of an
// object which is none.
func Rollout(object map[string]any) (backends.Replacing, error) {
	var r rollout
	if err := decode(object, &r); err != nil {
		return backends.Replacing{}, err
	}
	out := backends.Replacing{Strategy: "blue-green", StartsFirst: true, Unavailable: "0"}
	if r.Spec.Strategy.BlueGreen == nil {
		canary := r.Spec.Strategy.Canary
		if canary == nil {
			canary = &struct{ MaxSurge, MaxUnavailable *intstr.IntOrString }{}
		}
		out = bounds{surge: or(canary.MaxSurge, quarter), unavailable: or(canary.MaxUnavailable, quarter)}.rolling(replicas(r.Spec.Replicas))
		out.Strategy = "canary"
	}
	out.Deadline = deadline(r.Spec.ProgressDeadlineSeconds)
	return out, nil
}
