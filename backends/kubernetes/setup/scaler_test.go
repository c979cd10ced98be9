package setup

import (
	"slices"
	"testing"

	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends"
)

var fraud = Target{Kind: "Deployment", Name: "fraud"}

const scaler = `
metadata: {name: fraud-cpu}
spec:
  scaleTargetRef: {kind: Deployment, name: fraud}
  minReplicas: 2
  maxReplicas: 10
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
  - {type: ContainerResource, containerResource: {name: memory, container: model, target: {type: AverageValue, averageValue: 1Gi}}}
  - {type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: "20"}}}
  - {type: Object, object: {metric: {name: queue}, describedObject: {kind: Service, name: q}, target: {type: Value, value: "5"}}}
  - {type: External, external: {metric: {name: lag}, target: {type: Value, value: 100}}}
status:
  currentReplicas: 3
  desiredReplicas: 4
  currentMetrics:
  - {type: Resource, resource: {name: cpu, current: {averageUtilization: 45}}}
  - {type: ContainerResource, containerResource: {name: memory, container: model, current: {averageValue: 512Mi}}}
  - {type: Pods, pods: {metric: {name: rps}, current: {averageValue: 12500m}}}
  - {type: Object, object: {metric: {name: queue}, describedObject: {kind: Service, name: q}, current: {value: "3"}}}
  - {type: ""}
  conditions:
  - {type: AbleToScale, status: "True", reason: ReadyForNewScale, message: fine}
  - {type: ScalingActive, status: "False", reason: FailedGetResourceMetric, message: no metrics}
  - {type: ScalingLimited, status: "True", reason: TooFewReplicas, message: at its fewest}
`

func TestScaler(t *testing.T) {
	other, h := *read[autoscaling.HorizontalPodAutoscaler](t, `spec: {scaleTargetRef: {kind: StatefulSet, name: fraud}, maxReplicas: 1}`), *read[autoscaling.HorizontalPodAutoscaler](t, scaler)
	found := ScalerOf([]autoscaling.HorizontalPodAutoscaler{other, h}, fraud)
	if found == nil || found.Name != "fraud-cpu" || ScalerOf([]autoscaling.HorizontalPodAutoscaler{other}, fraud) != nil {
		t.Fatalf("found %+v", found)
	}
	pod := OfPod(read[core.Pod](t, fullPod), "", "model")
	got := pod.Scaler(found)
	conditions := got.Conditions
	got.Conditions = nil
	want := backends.Autoscaler{Name: "fraud-cpu", Min: 2, Max: 10, Current: 3, Desired: 4, Lacks: "cpu of istio-proxy",
		Metric: "cpu 45 % of 70 %, memory of model 512Mi of 1Gi, rps 12500m of 20, queue 3 of 5, lag – of 100"}
	if !equal(got, want) {
		t.Errorf("it is\n%+v, want\n%+v", got, want)
	}
	if want := []backends.Condition{{Type: "AbleToScale", OK: true, Text: "ReadyForNewScale: fine"}, {Type: "ScalingActive", Text: "FailedGetResourceMetric: no metrics"},
		{Type: "ScalingLimited", OK: true, Text: "TooFewReplicas: at its fewest"}}; !slices.Equal(conditions, want) {
		t.Errorf("conditions %+v, want %+v", conditions, want)
	}
	if got := pod.Scaler(&other); len(got.Conditions) != 1 || got.Conditions[0].OK || got.Min != 1 || got.Lacks != "" {
		t.Errorf("one that nobody has looked at is %+v", got)
	}
	one := read[autoscaling.HorizontalPodAutoscaler](t, `spec: {maxReplicas: 3, metrics: [{type: ContainerResource, containerResource: {name: memory, container: model, target: {type: Utilization, averageUtilization: 1}}}]}`)
	if got := pod.Scaler(one); got.Lacks != "" {
		t.Errorf("the model asks for memory, and it lacks %s", got.Lacks)
	}
	limited := condition(autoscaling.HorizontalPodAutoscalerCondition{Type: autoscaling.ScalingLimited, Status: core.ConditionTrue, Reason: "TooManyReplicas"})
	if limited.OK {
		t.Error("one that wants more than it may is well")
	}
	for status, ok := range map[core.ConditionStatus]bool{core.ConditionFalse: true, core.ConditionTrue: false} {
		if c := condition(autoscaling.HorizontalPodAutoscalerCondition{Type: autoscaling.ScaledToZero, Status: status}); c.OK != ok {
			t.Errorf("scaled to zero is %s: %+v", status, c)
		}
	}
}

// equal compares without conditions.
func equal(a, b backends.Autoscaler) bool {
	a.Conditions, b.Conditions = nil, nil
	return a.Name == b.Name && a.Min == b.Min && a.Max == b.Max && a.Current == b.Current && a.Desired == b.Desired && a.Metric == b.Metric && a.Lacks == b.Lacks && a.FixedReplicas == b.FixedReplicas
}

func TestScaledByKEDA(t *testing.T) {
	list := []map[string]any{
		*read[map[string]any](t, `{metadata: {name: other}, spec: {scaleTargetRef: {kind: StatefulSet, name: fraud}}}`),
		*read[map[string]any](t, `
metadata: {name: fraud}
spec: {scaleTargetRef: {name: fraud}, minReplicaCount: 2, maxReplicaCount: 6, triggers: [{type: kafka}, {type: cron, name: office-hours}]}
status:
  conditions:
  - {type: Ready, status: "True", reason: ScaledObjectReady, message: is defined correctly}
  - {type: Active, status: "False", reason: ScalerNotActive, message: no load}
  - {type: Fallback, status: "True", reason: FallbackExists, message: a trigger fails}
  - {type: Paused, status: "False"}
`)}
	got, is, err := Scaled(list, fraud, backends.Autoscaler{})
	if err != nil || !is || !equal(got, backends.Autoscaler{Name: "ScaledObject fraud", Min: 2, Max: 6, Metric: "kafka, office-hours"}) {
		t.Errorf("it is %+v, %t, %v", got, is, err)
	}
	if want := []backends.Condition{{Type: "Ready", OK: true, Text: "ScaledObjectReady: is defined correctly"}, {Type: "Fallback", Text: "FallbackExists: a trigger fails"}, {Type: "Paused", OK: true}}; !slices.Equal(got.Conditions, want) {
		t.Errorf("conditions %+v, want %+v", got.Conditions, want)
	}
	under := backends.Autoscaler{Name: "keda-hpa-fraud", Current: 3, Desired: 4, Metric: "s0-kafka 3 of 10", Lacks: "cpu of model"}
	if got, _, _ := Scaled(list, fraud, under); got.Current != 3 || got.Desired != 4 || got.Metric != under.Metric || got.Lacks != under.Lacks {
		t.Errorf("with what it made it is %+v", got)
	}
	if _, is, _ := Scaled(list, Target{"Deployment", "churn"}, under); is {
		t.Error("another's is found")
	}
	bare := []map[string]any{*read[map[string]any](t, `{metadata: {name: x}, spec: {scaleTargetRef: {name: fraud}, minReplicaCount: 3, idleReplicaCount: 0}}`)}
	if got, _, _ := Scaled(bare, fraud, backends.Autoscaler{}); got.Min != 0 || got.Max != kedaMax || len(got.Conditions) != 1 || got.Conditions[0].OK {
		t.Errorf("with nothing but defaults it is %+v", got)
	}
	if _, _, err := Scaled([]map[string]any{{"spec": 1}}, fraud, backends.Autoscaler{}); err == nil {
		t.Error("an object that is none is read")
	}
}

func TestFixedReplicas(t *testing.T) {
	for name, c := range map[string]struct {
		meta    string
		desired int
		want    bool
	}{
		"nobody says":            {`{}`, 3, false},
		"kubectl apply":          {`{annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{"replicas":3}}'}}`, 3, true},
		"kubectl apply, without": {`{annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"spec":{}}'}}`, 1, false},
		"server-side apply":      {`{managedFields: [{manager: argocd, operation: Apply, fieldsV1: {"f:spec": {"f:replicas": {}}}}]}`, 1, true},
		"of something else":      {`{managedFields: [{manager: argocd, operation: Apply, fieldsV1: {"f:spec": {"f:template": {}}}}]}`, 3, false},
		"the autoscaler itself":  {`{managedFields: [{manager: kube-controller-manager, operation: Update, subresource: scale, fieldsV1: {"f:spec": {"f:replicas": {}}}}]}`, 3, false},
		"a default":              {`{managedFields: [{manager: kubectl-create, operation: Update, fieldsV1: {"f:spec": {"f:replicas": {}}}}]}`, 1, false},
		"helm":                   {`{managedFields: [{manager: helm, operation: Update, fieldsV1: {"f:spec": {"f:replicas": {}}}}]}`, 4, true},
		"broken":                 {`{annotations: {kubectl.kubernetes.io/last-applied-configuration: '{'}, managedFields: [{operation: Apply}]}`, 4, false},
	} {
		if got := FixedReplicas(read[meta.ObjectMeta](t, c.meta), c.desired); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
