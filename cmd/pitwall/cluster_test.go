package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/serve/monitor"
)

// fraudManifest is a deployment of two variants behind one Service, and one
// that is a StatefulSet. Its pods are fakes.
const fraudManifest = `
apiVersion: v1
kind: Service
metadata: {name: fraud}
spec: {selector: {app: fraud}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: fraud-a, labels: {app.kubernetes.io/component: model}}
spec:
  replicas: 3
  selector: {matchLabels: {app: fraud, side: a}}
  template:
    metadata: {labels: {app: fraud, side: a, version: 1.0.0}}
    spec: {containers: [{name: model, image: "registry.test/fraud:1.0.0"}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: fraud-b, labels: {app.kubernetes.io/component: model, com.pitwall.variant: B}}
spec:
  replicas: 1
  selector: {matchLabels: {app: fraud, side: b}}
  template:
    metadata: {labels: {app: fraud, side: b, version: 1.1.0}}
    spec: {containers: [{name: model, image: "registry.test/fraud:1.1.0"}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: churn, labels: {app.kubernetes.io/component: model}}
spec:
  replicas: 2
  serviceName: churn
  selector: {matchLabels: {app: churn}}
  template:
    metadata: {labels: {app: churn}}
    spec: {containers: [{name: model, image: "registry.test/churn:1.0.0"}]}
`

// kubectl runs the kubectl of the cluster that a test was started in.
func kubectl(t testing.TB, input string, args ...string) string {
	t.Helper()
	return clusterTool(t, input, clusterTools(t).Kubectl, args...)
}

// tools are the programs of a test cluster.
type tools struct{ Kubectl, Program string }

func clusterTools(t testing.TB) (out tools) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("PITWALL_CLUSTER"), "ready.json"))
	if err != nil {
		t.Skip("needs a Kubernetes cluster: runs with make test-cluster")
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func clusterTool(t testing.TB, input, path string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // also after the test
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", filepath.Base(path), args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// fraudNamespace is a namespace with fraudManifest, rolled out.
func fraudNamespace(t *testing.T) string {
	t.Helper()
	namespace := kubectl(t, "{apiVersion: v1, kind: Namespace, metadata: {generateName: fraud-}}", "create", "-o", "jsonpath={.metadata.name}", "-f", "-")
	t.Cleanup(func() { kubectl(t, "", "delete", "namespace", namespace, "--wait=false") })
	kubectl(t, "", "wait", "--for=create", "serviceaccount/default", "--timeout=60s", "--namespace", namespace)
	kubectl(t, fraudManifest, "apply", "--server-side", "--namespace", namespace, "-f", "-")
	for _, workload := range []string{"deployment/fraud-a", "deployment/fraud-b", "statefulset/churn"} {
		kubectl(t, "", "rollout", "status", workload, "--timeout=60s", "--namespace", namespace)
	}
	for pod := range 4 { // the endpoints come behind the pods
		kubectl(t, "", "wait", fmt.Sprintf("--for=jsonpath={.endpoints[%d].conditions.ready}=true", pod), "endpointslice", "--selector=kubernetes.io/service-name=fraud",
			"--timeout=60s", "--namespace", namespace)
	}
	return namespace
}

// TestClusterDeployForCI: a version that does not get ready ends a command line
// with 1, taken back when that was asked for, and a promote ends when all of it
// is done.
func TestClusterDeployForCI(t *testing.T) {
	namespace := fraudNamespace(t)
	kubectl(t, "", "patch", "deployment/fraud-b", "--namespace", namespace, "-p", `{"spec":{"progressDeadlineSeconds":5}}`)
	state := filepath.Join(t.TempDir(), "state")
	image := func(name string) string {
		return kubectl(t, "", "get", "deployment/"+name, "--namespace", namespace, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
	}
	pitwall := func(args ...string) answer {
		return run(t, state, append([]string{"--backend", "k8s:///" + namespace}, append(args, "--confirm", "fraud", "--reason", "a test")...)...)
	}
	a := pitwall("deploy", "fraud", "--variant", "B", "--image", ":missing", "--undo-on-failure")
	if a.code != 1 || !strings.Contains(a.stderr, "cannot be pulled") || !strings.Contains(a.stderr, "it was taken back: every replica of B is ready with version 1.1.0") {
		t.Errorf("deploy --undo-on-failure ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	if got := image("fraud-b"); got != "registry.test/fraud:1.1.0" {
		t.Errorf("taken back, the image is %s", got)
	}
	// Without a Prometheus nothing is measured: what is ready stays.
	a = pitwall("deploy", "fraud", "--variant", "B", "--image", ":1.2.0", "--wait", "--undo-on-failure")
	if a.code != 0 || !strings.Contains(a.stdout, "every replica of fraud is ready; there are no signals to judge by") || !strings.Contains(a.stdout, unjudged) {
		t.Errorf("deploy --wait without signals ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	if got := image("fraud-b"); got != "registry.test/fraud:1.2.0" {
		t.Errorf("without signals, the image is %s", got)
	}
	if a := pitwall("promote", "fraud"); a.code != 0 || image("fraud-a") != "registry.test/fraud:1.2.0" {
		t.Errorf("promote ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	if got := kubectl(t, "", "get", "deployment/fraud-b", "--namespace", namespace, "-o", "jsonpath={.spec.replicas}"); got != "0" {
		t.Errorf("promoted, the candidate has %s replicas", got)
	}
	a = pitwall("deploy", "fraud", "--variant", "A", "--image", ":missing", "--timeout", "8s")
	if a.code != 1 || image("fraud-a") != "registry.test/fraud:missing" {
		t.Errorf("a deploy that outlasts its time ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
}

// TestClusterSignalsByPod: with series that only tell namespace and pod, and no
// word of it in a configuration, a listing has the signals of its variants.
func TestClusterSignalsByPod(t *testing.T) {
	namespace := fraudNamespace(t)
	url := scrapedPods(t, namespace, strings.Fields(kubectl(t, "", "get", "pods", "--namespace", namespace, "-o", "jsonpath={.items[*].metadata.name}")))

	state := filepath.Join(t.TempDir(), "state")
	for _, c := range []struct{ where, prefix string }{{namespace, ""}, {namespace + ",default", namespace + "/"}} {
		got, want := "", fmt.Sprintf("%[1]schurn A 20, %[1]schurn 20, %[1]sfraud A 30, %[1]sfraud B 10, %[1]sfraud 40", c.prefix)
		waitFor(t, want, func() bool {
			got = rates(t, must(t, state, "--backend", "k8s:///"+c.where, "--prometheus", url, "get", "deployments", "-o", "json"))
			return got == want
		})
	}
	if text := must(t, state, "--backend", "k8s:///"+namespace, "--prometheus", url, "explain", "fraud"); !strings.Contains(text, "errors 0 %") {
		t.Errorf("explain has no signals:\n%s", text)
	}
}

// scrapedPods is a Prometheus that has scraped the pods for a while: each got
// 10 requests a second.
func scrapedPods(t *testing.T, namespace string, names []string) (url string) {
	t.Helper()
	began := time.Now()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range names {
			_, _ = fmt.Fprintf(w, "model_requests_total{namespace=%q,pod=%q,code=\"200\"} %.0f\nmodel_info{namespace=%[1]q,pod=%[2]q} 1\n",
				namespace, name, 10*time.Since(began).Seconds())
		}
	}))
	t.Cleanup(server.Close)
	m, err := monitor.Start(t.Context(), monitor.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	m.SetTargets([]monitor.Target{{Job: monitor.JobServe, Address: strings.TrimPrefix(server.URL, "http://")}})
	return m.URL()
}

// rates are the requests a second of a listing, to the next ten.
func rates(t *testing.T, listing string) string {
	t.Helper()
	var list []struct {
		Name     string
		Signals  struct{ RPS float64 }
		Variants []struct {
			Name    string
			Signals struct{ RPS float64 }
		}
	}
	if err := json.Unmarshal([]byte(listing), &list); err != nil {
		t.Fatalf("%v in %s", err, listing)
	}
	var out []string
	for _, d := range list {
		for _, v := range d.Variants {
			out = append(out, fmt.Sprintf("%s %s %.0f", d.Name, v.Name, math.Round(v.Signals.RPS/10)*10))
		}
		out = append(out, fmt.Sprintf("%s %.0f", d.Name, math.Round(d.Signals.RPS/10)*10))
	}
	return strings.Join(out, ", ")
}
