package kubernetes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/checklist"
	"pitwall/checklist/probes"
)

// goodManifest is a deployment with which every probe is content once it is
// scaled, and badManifest one with which none is.
const goodManifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: good, labels: {app.kubernetes.io/component: model}}
spec:
  selector: {matchLabels: {app: good}}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: good}}
    spec:
      securityContext: {runAsUser: 1000}
      initContainers:
      - {name: fetch, image: "registry.test/fetch@sha256:1111111111111111111111111111111111111111111111111111111111111111", resources: {limits: {cpu: 100m, memory: 64Mi}}}
      containers:
      - name: model
        image: ` + goodFirst + `
        ports: [{name: http, containerPort: 8080}]
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}
        readinessProbe: {httpGet: {path: /ready, port: http}}
        livenessProbe: {httpGet: {path: /health, port: http}}
        lifecycle: {preStop: {sleep: {seconds: 1}}}
        envFrom: [{configMapRef: {name: settings}}]
        env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}]
---
apiVersion: v1
kind: Service
metadata: {name: good}
spec: {selector: {app: good}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: good}
spec: {minAvailable: 1, selector: {matchLabels: {app: good}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: good}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: good}
  minReplicas: 2
  maxReplicas: 4
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
---
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: pl4nted-in-a-test}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {LEVEL: pl4nted-in-a-test}
---
`

const badManifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: bad, labels: {app.kubernetes.io/component: model}}
spec:
  replicas: 1
  selector: {matchLabels: {app: bad}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: bad}}
    spec:
      containers:
      - name: model
        image: registry.test/bad
        securityContext: {runAsUser: 0}
        env:
        - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: pass}}}
        - {name: API_KEY, value: pl4nted-in-a-test}
---
`

// The images of good, first and later.
const (
	digest    = "sha256:2222222222222222222222222222222222222222222222222222222222222222"
	goodFirst = "registry.test/good:1.0.0@" + digest
	goodLater = "registry.test/good:1.1.0@sha256:3333333333333333333333333333333333333333333333333333333333333333"
)

// answers are what probes find of a deployment, by their names: the state, and a
// part of the text.
type answers map[string][2]string

// finds waits until the probes of a deployment's variant A find what they are to
// find: EndpointSlices, for one, follow the pods a little later.
func (p *place) finds(t *testing.T, name string, want answers) {
	t.Helper()
	clustertest.Eventually(t, "the probes of "+name, func() error {
		var amiss error
		found := p.probe(t, name)
		for probe, w := range want {
			if f := found[probe](t.Context()); f.State.String() != w[0] || !strings.Contains(f.Text, w[1]) {
				amiss = errors.Join(amiss, fmt.Errorf("%s: %s: %s (%s), want %s: %s", probe, f.State, f.Text, f.Source, w[0], w[1]))
			}
		}
		return amiss
	})
}

// probe makes the probes of a deployment that is as it is asked for.
func (p *place) probe(t *testing.T, name string) map[string]checklist.Probe {
	t.Helper()
	d := p.named(t, name)
	settings := checklist.Standard().Settings
	settings.Env = []string{"DB_PASSWORD"}
	return probes.Of(probes.Sources{Deployment: d, Subject: checklist.Subject{Deployment: name, Variant: "A"}, Settings: settings, Configurer: p.backend, Now: time.Now})
}

// named waits until a deployment is well and rolls no more.
func (p *place) named(t *testing.T, name string) backends.Deployment {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		list, err := p.backend.Deployments(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if v := d.Variants[0]; d.Name == name && d.Rollout == nil && v.Ready == v.Desired && v.Ready > 0 {
				return d
			}
		}
	}
	t.Fatalf("a minute later %s is not well", name)
	return backends.Deployment{}
}

// TestClusterSetupProbes sees every probe that the setup feeds content and not,
// on a real API server.
func TestClusterSetupProbes(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, goodManifest+badManifest)
	p.backend = p.console(t, c.Kubeconfig).Mutable()
	p.Kubectl(t, "wait", "deployment/good", "--for=jsonpath={.status.readyReplicas}=2", "--timeout=60s") // the autoscaler's fewest
	p.Kubectl(t, "set", "image", "deployment/good", "model="+goodLater)

	p.finds(t, "bad", answers{
		"limits": {"fail", "model has no memory limit"}, "environment": {"fail", "DB_PASSWORD of model: secret db has no key pass"},
		"secrets": {"fail", "the value of API_KEY of model stands in the definition"}, "user": {"fail", "model runs as root (as the container says)"},
		"image.pinned": {"fail", "model is started from registry.test/bad"}, "health.configured": {"fail", "nothing probes model"},
		"health.orchestration": {"fail", "model lacks readiness and liveness probes"}, "rolling.configured": {"fail", "every replica stops before another starts"},
		"autoscaling": {"fail", "nothing scales A"}, "balancer": {"fail", "nothing spreads the requests of bad"}, "rollback.possible": {"fail", "no earlier revision of A is kept"},
		"image.identity": {"unknown", "not known"}, "logging": {"unknown", "the node's log files"}, "model.size": {"unknown", "an image or a volume"},
	})
	p.finds(t, "good", answers{
		"limits": {"pass", "fetch: memory limit 67.11 MB, CPU limit 0.1"}, "environment": {"pass", "all 1 declared variables are set: DB_PASSWORD"},
		"secrets": {"pass", "1 values come from secrets or files"}, "user": {"pass", "model runs as user 1000 (as the pod says)"},
		"image.pinned": {"pass", "model is pinned by its digest"}, "health.configured": {"pass", "readiness of model: GET :8080/ready every 10s; 2 of 2 replicas are ready"},
		"health.orchestration": {"pass", "readiness GET :8080/ready every 10s, liveness GET :8080/health every 10s"},
		"rolling.configured":   {"pass", "RollingUpdate: a replica leaves when its replacement serves; 30s to end requests; PodDisruptionBudget good"},
		"balancer":             {"pass", "Service spreads over 2 replicas of A"},
		"rollback.possible":    {"warn", "revision 1 (" + goodFirst + ") has to be fetched from its registry"},
	})
	p.seesImages(t)
	p.seesScaler(t)
	p.seesHidden(t)
}

// seesImages: a node that has an earlier image makes a rollback possible without
// a registry.
func (p *place) seesImages(t *testing.T) {
	t.Helper()
	p.Kubectl(t, "patch", "node", "kwok-000", "--subresource=status", "--type=merge", "-p",
		`{"status":{"images":[{"names":["registry.test/good@`+digest+`","registry.test/good:1.0.0"],"sizeBytes":1}]}}`)
	p.finds(t, "good", answers{"rollback.possible": {"pass", "revision 1 (" + goodFirst + ") is kept, 1 in all"}})
}

// seesScaler: without metrics the autoscaler fails. Its status is written as it
// would be with them until its controller, which comes every 15 s, writes anew.
func (p *place) seesScaler(t *testing.T) {
	t.Helper()
	p.Kubectl(t, "wait", "hpa/good", "--for=condition=ScalingActive=false", "--timeout=60s")
	p.finds(t, "good", answers{"autoscaling": {"fail", "good: ScalingActive: FailedGetResourceMetric"}})
	const status = `{"status":{"currentReplicas":2,"desiredReplicas":2,"currentMetrics":[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":45,"averageValue":"45m"}}}],
"conditions":[{"type":"AbleToScale","status":"True","reason":"ReadyForNewScale"},{"type":"ScalingActive","status":"True","reason":"ValidMetricFound"},{"type":"ScalingLimited","status":"False","reason":"DesiredWithinRange"}]}}`
	seen := func(want string) {
		t.Helper()
		var f checklist.Finding
		for range 10 {
			p.Kubectl(t, "patch", "hpa/good", "--subresource=status", "--type=merge", "-p", status)
			if f = p.probe(t, "good")["autoscaling"](t.Context()); strings.Contains(f.Text, "45 %") && f.State != checklist.Fail {
				break
			}
		}
		if got := f.State.String() + ": " + f.Text; !strings.Contains(got, want) {
			t.Errorf("autoscaling of good: %s, want %s", got, want)
		}
	}
	seen("pass: good: 2 to 4 replicas, 2 now, cpu 45 % of 70 %")
	p.Apply(t, strings.NewReplacer("spec:\n  selector", "spec:\n  replicas: 2\n  selector", goodFirst, goodLater).Replace(goodManifest))
	seen("warn: the manifest sets replicas too")
}

// seesHidden: a role that pitwall gives reads no Secret, and everything else is
// known as before.
func (p *place) seesHidden(t *testing.T) {
	t.Helper()
	hidden := &place{Namespace: p.Namespace}
	hidden.backend = hidden.console(t, user(t, p.Cluster, rbac.Reader)).Mutable()
	hidden.finds(t, "good", answers{"environment": {"unknown", "DB_PASSWORD of model (secret db/password): not permitted: get secrets in " + p.Name}, "secrets": {"pass", "1 values come from secrets or files"},
		"limits": {"pass", "model: memory limit"}})
	for _, b := range []*place{p, hidden} {
		got, err := b.backend.Setup(t.Context(), "good")
		if text := fmt.Sprintf("%+v", got); err != nil || strings.Contains(text, "pl4nted") || !strings.Contains(text, "config map settings/LEVEL") {
			t.Errorf("a value is told, or a name is not (%v): %s", err, text)
		}
	}
}

// TestClusterSetupOfKinds: a StatefulSet and a DaemonSet replace and keep their
// revisions in their own way, and pods show what a LimitRange gives them.
func TestClusterSetupOfKinds(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, `
apiVersion: v1
kind: LimitRange
metadata: {name: all}
spec: {limits: [{type: Container, default: {cpu: 500m, memory: 256Mi}, defaultRequest: {cpu: 100m, memory: 128Mi}}]}
`)
	called := func(name, manifest string) string {
		return strings.NewReplacer("name: fraud,", "name: "+name+",", "app: fraud", "app: "+name).Replace(manifest)
	}
	p.Apply(t, called("ordered", stateful)+"---\n"+called("everywhere", everywhere))
	p.backend = p.console(t, user(t, c, rbac.Reader)).Mutable()
	p.named(t, "ordered")
	p.named(t, "everywhere")
	for _, kind := range []string{"statefulset/ordered", "daemonset/everywhere"} {
		p.Kubectl(t, "set", "image", kind, "model=registry.test/fraud:2.0.0")
		p.Kubectl(t, "rollout", "status", kind, "--timeout=60s")
	}
	p.finds(t, "ordered", answers{"limits": {"pass", "model: memory limit 268.4 MB, CPU limit 0.5"}, "rolling.configured": {"fail", "no readiness probe"},
		"rollback.possible": {"warn", "revision 1 (registry.test/fraud:1.0.0)"}, "autoscaling": {"fail", "nothing scales A"}, "user": {"unknown", "runs as the user of its image"}})
	p.finds(t, "everywhere", answers{"limits": {"pass", "model: memory limit 268.4 MB"}, "autoscaling": {"n/a", "one pod a node"}, "rollback.possible": {"warn", "revision 1 (registry.test/fraud:1.0.0)"}})
}

// TestClusterSetupOfARoute: a route that no gateway takes spreads nothing.
func TestClusterSetupOfARoute(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := &place{Namespace: c.Namespace(t)}
	p.applyAll(t, workload("fraud-a", "1.0.0", 2)+workload("fraud-b", "1.1.0", 1)+route)
	p.backend = p.console(t, user(t, c, rbac.Reader)).Mutable()
	p.finds(t, "fraud", answers{"balancer": {"fail", "HTTPRoute is not accepted: no controller has taken it yet: the route has no status; HTTPRoute is not programmed: Gateway public is not there"}})
	p.Apply(t, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec: {gatewayClassName: test, listeners: [{name: http, port: 80, protocol: HTTP}]}
`)
	says := func(kind, name, status string) {
		t.Helper()
		p.Kubectl(t, "patch", kind, name, "--subresource=status", "--type=merge", "-p", `{"status":`+status+`}`)
	}
	condition := func(kind, status string) string {
		return fmt.Sprintf(`{"type":%q,"status":%q,"reason":"Test","message":"says the test","observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z"}`, kind, status)
	}
	says("httproute", "fraud", `{"parents":[{"controllerName":"test.io/gateway","parentRef":{"name":"public"},"conditions":[`+condition("Accepted", "True")+`,`+condition("ResolvedRefs", "True")+`]}]}`)
	says("gateway", "public", `{"conditions":[`+condition("Programmed", "False")+`]}`)
	p.await(t, "the route is taken", func(d backends.Deployment) bool { return d.State == backends.OK })
	p.finds(t, "fraud", answers{"balancer": {"fail", "HTTPRoute is not programmed: Gateway public: Test: says the test"}})
	says("gateway", "public", `{"conditions":[`+condition("Programmed", "True")+`]}`)
	p.finds(t, "fraud", answers{"balancer": {"pass", "HTTPRoute spreads over 2 replicas of A"}})
}

// TestClusterSetupOfKEDA: where KEDA is installed a ScaledObject is what scales.
func TestClusterSetupOfKEDA(t *testing.T) {
	c := clustertest.Shared(t)
	c.Apply(t, `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: scaledobjects.keda.sh}
spec:
  group: keda.sh
  scope: Namespaced
  names: {plural: scaledobjects, singular: scaledobject, kind: ScaledObject, listKind: ScaledObjectList}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`)
	c.Kubectl(t, "wait", "--for=condition=Established", "--timeout=60s", "crd/scaledobjects.keda.sh")
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 2))
	p.backend = p.console(t, user(t, c, rbac.Reader)).Mutable()
	p.finds(t, "fraud", answers{"autoscaling": {"fail", "nothing scales A"}})
	p.Apply(t, `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: queue}
spec: {scaleTargetRef: {name: fraud}, minReplicaCount: 2, maxReplicaCount: 6, triggers: [{type: kafka}]}
status: {conditions: [{type: Ready, status: "True", reason: ScaledObjectReady}, {type: Active, status: "False"}]}
`)
	p.finds(t, "fraud", answers{"autoscaling": {"warn", "the manifest sets replicas too"}})
}
