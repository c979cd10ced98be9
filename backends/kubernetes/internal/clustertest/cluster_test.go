package clustertest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// deployment is one of 3 replicas; extra goes into the metadata of its pod template.
func deployment(name, extra string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: 3
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {%[2]s}
    spec: {containers: [{name: server, image: "registry.example/model:v1"}]}
`, name, extra)
}

func labelled(name, fault string) string {
	return deployment(name, fmt.Sprintf("labels: {app: %s, pitwall.test/fault: %s}", name, fault))
}

func TestNodesAndKubectl(t *testing.T) {
	c := Shared(t)
	t.Logf("| the start took, to the end of each step, s: %v", c.Seconds)
	report(t, c)
	ready := c.Kubectl(t, "get", "nodes", "-o", `jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}`)
	if nodes := strings.Fields(ready); len(nodes) < 3 || slices.Contains(nodes, "False") || slices.Contains(nodes, "Unknown") {
		t.Errorf("the nodes' Ready: %s", ready)
	}
	if version := c.Kubectl(t, "version"); strings.Count(version, "v1.37.2") != 2 {
		t.Errorf("client and server are of one version: %s", version)
	}
}

// report logs how much memory each component has.
func report(t *testing.T, c *Cluster) {
	for component, pid := range c.PIDs {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue // not Linux
		}
		var parts []string
		for line := range strings.Lines(string(status)) {
			if strings.HasPrefix(line, "VmRSS:") || strings.HasPrefix(line, "RssAnon:") {
				parts = append(parts, strings.Join(strings.Fields(line), " "))
			}
		}
		t.Logf("| %s: %s", component, strings.Join(parts, ", "))
	}
}

func TestRolloutAndUndo(t *testing.T) {
	ns := Shared(t).Namespace(t)
	ns.Apply(t, deployment("model", "labels: {app: model}"))
	start := time.Now()
	ns.Kubectl(t, "rollout", "status", "deployment/model", "--timeout=60s")
	t.Logf("| 3 replicas were rolled out %s after they were applied", time.Since(start).Round(time.Millisecond))
	image := func() string {
		ns.Kubectl(t, "rollout", "status", "deployment/model", "--timeout=60s")
		return ns.Kubectl(t, "get", "deployment/model", "-o", "jsonpath={.spec.template.spec.containers[0].image} {.status.availableReplicas}")
	}
	if got := image(); got != "registry.example/model:v1 3" {
		t.Errorf("applied: image and available replicas %q", got)
	}
	ns.Kubectl(t, "set", "image", "deployment/model", "server=registry.example/model:v2")
	if got := image(); got != "registry.example/model:v2 3" {
		t.Errorf("image set: image and available replicas %q", got)
	}
	ns.Kubectl(t, "rollout", "undo", "deployment/model")
	if got := image(); got != "registry.example/model:v1 3" {
		t.Errorf("undone: image and available replicas %q", got)
	}
	if logs := ns.Kubectl(t, "logs", "deployment/model"); !strings.Contains(logs, "fake model server ready") {
		t.Errorf("logs: %q", logs)
	}
}

func TestEachFaultShowsItsStatus(t *testing.T) {
	ns := Shared(t).Namespace(t)
	faults := []struct{ fault, status string }{
		{"crashloop", "Running false CrashLoopBackOff 5"},
		{"imagepull", "Pending false ImagePullBackOff 0"},
		{"stuck", "Pending"},
	}
	for _, f := range faults {
		ns.Apply(t, labelled(f.fault, f.fault))
	}
	ns.Apply(t, deployment("late", "labels: {app: late}, annotations: {pitwall.test/ready-after: 3s}"))
	start := time.Now()
	const status = `{.status.phase} {.status.containerStatuses[0].ready} {.status.containerStatuses[0].state.waiting.reason} {.status.containerStatuses[0].restartCount}`
	for _, f := range faults {
		want := strings.TrimSuffix(strings.Repeat(f.status+"\n", 3), "\n")
		got := ""
		Eventually(t, f.fault, func() error {
			got = ns.Kubectl(t, "get", "pods", "-l", "app="+f.fault, "-o", "jsonpath={range .items[*]}"+status+"{'\\n'}{end}")
			if trimmed(got) != want {
				return fmt.Errorf("the pods are %q, want %q", got, want)
			}
			return nil
		})
		t.Logf("%s: each pod is %q", f.fault, strings.SplitN(got, "\n", 2)[0])
	}
	ns.Kubectl(t, "rollout", "status", "deployment/late", "--timeout=60s")
	if took := time.Since(start); took < 3*time.Second {
		t.Errorf("ready only after 3 s, yet Available after %s", took)
	}
	events := ns.Kubectl(t, "get", "events", "--field-selector=type=Warning", "-o", "jsonpath={.items[*].reason}")
	if !strings.Contains(events, "BackOff") || !strings.Contains(events, "Failed") {
		t.Errorf("warning events: %s", events)
	}
}

// trimmed is a text without the white space around its lines.
func trimmed(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "\n")
}

func TestCustomResources(t *testing.T) {
	c := Shared(t)
	start := time.Now()
	c.CRDs(t)
	t.Logf("| all custom resource definitions were established after %s", time.Since(start).Round(time.Millisecond))
	ns := c.Namespace(t)
	apply := func(name, apiVersion, kind, spec string) error {
		yaml := fmt.Sprintf("{apiVersion: %s, kind: %s, metadata: {name: %s}, spec: %s}", apiVersion, kind, name, spec)
		_, err := c.run([]byte(yaml), c.Client, "apply", "-n", ns.Name, "-f", "-")
		return err
	}
	objects := []struct{ apiVersion, kind, spec string }{
		{"gateway.networking.k8s.io/v1", "HTTPRoute", `{rules: [{backendRefs: [{name: a, port: 80, weight: 90}, {name: b, port: 80, weight: 10}]}]}`},
		{"networking.istio.io/v1", "VirtualService", `{hosts: [m], http: [{route: [{destination: {host: a}, weight: 90}, {destination: {host: b}, weight: 10}]}]}`},
		{"traefik.io/v1alpha1", "TraefikService", `{weighted: {services: [{name: a, port: 80, weight: 90}, {name: b, port: 80, weight: 10}]}}`},
		{"serving.kserve.io/v1beta1", "InferenceService", `{predictor: {canaryTrafficPercent: 10, model: {modelFormat: {name: onnx}, storageUri: "s3://m/1"}}}`},
		{"serving.knative.dev/v1", "Service", `{template: {spec: {containers: [{image: m}]}}, traffic: [{latestRevision: true, percent: 100}]}`},
		{"mlops.seldon.io/v1alpha1", "Experiment", `{candidates: [{name: a, weight: 90}, {name: b, weight: 10}]}`},
		{"flagger.app/v1beta1", "Canary", `{targetRef: {apiVersion: apps/v1, kind: Deployment, name: m}, service: {port: 80}, analysis: {interval: 1m, threshold: 5, maxWeight: 50, stepWeight: 10}}`},
		{"argoproj.io/v1alpha1", "Rollout", `{selector: {matchLabels: {app: m}}, template: {metadata: {labels: {app: m}}, spec: {containers: [{name: m, image: m}]}}, strategy: {canary: {steps: [{setWeight: 10}]}}}`},
	}
	for _, o := range objects {
		if err := apply("model", o.apiVersion, o.kind, o.spec); err != nil {
			t.Error(err)
		}
	}
	err := apply("bad", "gateway.networking.k8s.io/v1", "HTTPRoute", `{rules: [{backendRefs: [{name: a, port: 80, weight: -5}]}]}`)
	if err == nil || !strings.Contains(err.Error(), "weight") {
		t.Errorf("a weight below 0 is refused by the schema: %v", err)
	}
}

func TestUserMayDoNothing(t *testing.T) {
	c := Shared(t)
	_, err := c.Try("--kubeconfig", c.User(t, "ann", 0, "developers"), "get", "pods")
	if err == nil || !strings.Contains(err.Error(), `User "ann" cannot list resource "pods"`) {
		t.Errorf("a user without rights lists pods: %v", err)
	}
}
