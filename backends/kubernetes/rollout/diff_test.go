package rollout

import (
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
)

func TestDiffTellsEverythingAndNoSecret(t *testing.T) {
	before := decode[core.PodTemplateSpec](t, `
metadata: {labels: {app: churn, version: "2", pod-template-hash: aaa}, annotations: {kubectl.kubernetes.io/restartedAt: "2026-11-24T12:00:00Z"}}
spec:
  terminationGracePeriodSeconds: 30
  volumes: [{name: conf, configMap: {name: conf-2}}]
  containers:
  - name: model
    image: churn:2
    args: [--token, s3cr3t-arg]
    env:
    - {name: MODEL_URI, value: "s3://models/churn/2"}
    - {name: MODEL_STORE, value: "https://u:s3cr3t-url@store/2"}
    - {name: DB_PASSWORD, value: s3cr3t-2}
    - {name: API_TOKEN_VERSION, value: s3cr3t-4}
    - {name: GONE, value: s3cr3t-5}
    resources: {limits: {memory: 1Gi}, requests: {cpu: "1"}}
    readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
  - {name: sidecar, image: side:1}`)
	after := decode[core.PodTemplateSpec](t, `
metadata: {labels: {app: churn, version: "1", pod-template-hash: bbb}}
spec:
  terminationGracePeriodSeconds: 60
  volumes: [{name: conf, configMap: {name: conf-1}}]
  containers:
  - name: model
    image: churn:1
    args: [--token, s3cr3t-arg2]
    env:
    - {name: MODEL_URI, value: "s3://models/churn/1"}
    - {name: MODEL_STORE, value: "https://u:s3cr3t-url@store/1"}
    - {name: DB_PASSWORD, value: s3cr3t-1}
    - {name: API_TOKEN_VERSION, value: s3cr3t-3}
    - {name: KEY, valueFrom: {secretKeyRef: {name: churn-db, key: key}}}
    envFrom: [{secretRef: {name: all}}]
    resources: {limits: {memory: 512Mi}, requests: {cpu: 1000m}}
    readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 10}`)
	got := text(diffTemplates(before, after))
	for _, line := range []string{
		"image of model: churn:2 -> churn:1", "env MODEL_URI of model: s3://models/churn/2 -> s3://models/churn/1", "env MODEL_STORE of model: set -> another value",
		"env DB_PASSWORD of model: set -> another value", "env API_TOKEN_VERSION of model: set -> another value", "env GONE of model: set -> none",
		"env KEY of model: none -> from Secret churn-db, key key", "env … out of Secret all of model: none -> all its keys",
		"limits of model: memory 1Gi -> memory 512Mi", "label version of pods: 2 -> 1", "volume conf of pods: ConfigMap conf-2 -> ConfigMap conf-1",
		"annotation kubectl.kubernetes.io/restartedAt of pods: 2026-11-24T12:00:00Z -> none", "container sidecar: side:1 -> none",
		"readiness probe of model: GET /ready on port 8080 every 5 s", "other settings of model: args -> as in that revision", "other settings of pods: terminationGracePeriodSeconds",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("nothing says %q", line)
		}
	}
	for _, never := range []string{"s3cr3t", "pod-template-hash", "requests of model"} {
		if strings.Contains(got, never) {
			t.Errorf("it says %q", never)
		}
	}
	if t.Failed() {
		t.Log("\n" + got)
	}
	if again := diffTemplates(before, before); again != nil {
		t.Errorf("nothing differs from itself: %v", again)
	}
	if got := referred(after); !slices.Equal(got, []string{"ConfigMap conf-1", "Secret all", "Secret churn-db"}) {
		t.Errorf("it refers to %q", got)
	}
}
