package setup

import (
	"math"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"

	"pitwall/backends"
)

// TestHowWorkloadsReplace has the strategies with their defaults and bounds.
func TestHowWorkloadsReplace(t *testing.T) {
	type answer = backends.Replacing
	deployment := func(spec string) func(*testing.T) answer {
		return func(t *testing.T) answer { return Deployment(read[apps.Deployment](t, "spec: "+spec)) }
	}
	rollout := func(spec string) func(*testing.T) answer {
		return func(t *testing.T) answer {
			got, err := Rollout(*read[map[string]any](t, "spec: "+spec))
			if err != nil {
				t.Error(err)
			}
			return got
		}
	}
	for name, c := range map[string]struct {
		of   func(*testing.T) answer
		want answer
	}{
		"defaults": {deployment(`{replicas: 3, strategy: {type: RollingUpdate}}`), answer{Strategy: "RollingUpdate", StartsFirst: true, Unavailable: "0", Deadline: 10 * time.Minute}},
		"defaults of many": {deployment(`{replicas: 8, strategy: {type: RollingUpdate}, progressDeadlineSeconds: 60}`),
			answer{Strategy: "RollingUpdate", Unavailable: "2", Deadline: time.Minute}},
		"one more first": {deployment(`{replicas: 8, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}, progressDeadlineSeconds: 2147483647}`),
			answer{Strategy: "RollingUpdate", StartsFirst: true, Unavailable: "0"}},
		"parts of a pod": {deployment(`{replicas: 1, strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, maxUnavailable: 50%}}}`),
			answer{Strategy: "RollingUpdate", Unavailable: "1", Deadline: 10 * time.Minute}},
		"scaled to nothing": {deployment(`{replicas: 0, strategy: {type: RollingUpdate}}`), answer{Strategy: "RollingUpdate", StartsFirst: true, Unavailable: "0", Deadline: 10 * time.Minute}},
		"recreate":          {deployment(`{replicas: 3, strategy: {type: Recreate}}`), answer{Strategy: "Recreate", Unavailable: "100%", Deadline: 10 * time.Minute}},
		"stateful": {func(t *testing.T) answer {
			return StatefulSet(read[apps.StatefulSet](t, `spec: {replicas: 3, updateStrategy: {type: RollingUpdate}}`))
		}, answer{Strategy: "RollingUpdate", Unavailable: "1"}},
		"stateful, several at once": {func(t *testing.T) answer {
			return StatefulSet(read[apps.StatefulSet](t, `spec: {replicas: 5, updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 30%}}}`))
		}, answer{Strategy: "RollingUpdate", Unavailable: "2"}},
		"stateful, by hand": {func(t *testing.T) answer {
			return StatefulSet(read[apps.StatefulSet](t, `spec: {replicas: 3, updateStrategy: {type: OnDelete}}`))
		}, answer{Strategy: "OnDelete"}},
		"daemon": {func(t *testing.T) answer {
			return DaemonSet(read[apps.DaemonSet](t, `{spec: {updateStrategy: {type: RollingUpdate}}, status: {desiredNumberScheduled: 3}}`))
		}, answer{Strategy: "RollingUpdate", Unavailable: "1"}},
		"daemon, one more first": {func(t *testing.T) answer {
			return DaemonSet(read[apps.DaemonSet](t, `{spec: {updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 10%, maxUnavailable: 0}}}, status: {desiredNumberScheduled: 3}}`))
		}, answer{Strategy: "RollingUpdate", StartsFirst: true, Unavailable: "0"}},
		"daemon, by hand": {func(t *testing.T) answer {
			return DaemonSet(read[apps.DaemonSet](t, `spec: {updateStrategy: {type: OnDelete}}`))
		}, answer{Strategy: "OnDelete"}},
		"canary":            {rollout(`{replicas: 4, strategy: {canary: {}}}`), answer{Strategy: "canary", Unavailable: "1", Deadline: 10 * time.Minute}},
		"canary, one more":  {rollout(`{replicas: 4, strategy: {canary: {maxSurge: 1, maxUnavailable: 0}}, progressDeadlineSeconds: 30}`), answer{Strategy: "canary", StartsFirst: true, Unavailable: "0", Deadline: 30 * time.Second}},
		"blue-green":        {rollout(`{strategy: {blueGreen: {activeService: a}}}`), answer{Strategy: "blue-green", StartsFirst: true, Unavailable: "0", Deadline: 10 * time.Minute}},
		"rollout, not said": {rollout(`{}`), answer{Strategy: "canary", StartsFirst: true, Unavailable: "0", Deadline: 10 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.of(t); got != c.want {
				t.Errorf("it is %+v, want %+v", got, c.want)
			}
		})
	}
	if _, err := Rollout(map[string]any{"kind": "Rollout", "spec": "nothing"}); err == nil {
		t.Error("an object that is no Rollout is read")
	}
	if never := int32(math.MaxInt32); deadline(&never) != 0 {
		t.Error("the greatest number is no deadline")
	}
}

// TestWhatPodsSayOfTheirEnd: the probe, the hook, the grace and the budgets.
func TestWhatPodsSayOfTheirEnd(t *testing.T) {
	budgets := read[policy.PodDisruptionBudgetList](t, `
items:
- {metadata: {name: other}, spec: {selector: {matchLabels: {app: churn}}}}
- {metadata: {name: mine}, spec: {selector: {matchExpressions: [{key: app, operator: In, values: [fraud]}]}}}
- {metadata: {name: all}, spec: {selector: {}}}
- {metadata: {name: none}, spec: {}}
- {metadata: {name: broken}, spec: {selector: {matchExpressions: [{key: app, operator: Odd}]}}}
`).Items
	got := OfPod(read[core.Pod](t, fullPod), "", "model").Replacing(backends.Replacing{Strategy: "RollingUpdate"}, budgets)
	want := backends.Replacing{Strategy: "RollingUpdate", Gated: true, Drains: true, Grace: 45 * time.Second, Disruption: "all, mine"}
	if got != want {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	bare := OfTemplate(read[core.PodTemplateSpec](t, `spec: {containers: [{name: model}]}`), "", "").Replacing(backends.Replacing{}, nil)
	if bare != (backends.Replacing{Grace: 30 * time.Second}) {
		t.Errorf("of nothing it is %+v", bare)
	}
}
