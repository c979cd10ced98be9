package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/api"
)

// scaleNamespace is where the many deployments are, scaleUser who looks at them:
// what it asks the API server for is counted.
const (
	scaleNamespace = "models"
	scaleUser      = "scale"
	podsEach       = 5
)

// many are Kubernetes Deployments of 5 pods each, with a Service each. Half of
// them are models of their own; the others are in pairs behind a HTTPRoute.
type many struct{ workloads int }

// rows is how many deployments pitwall makes of them.
func (m many) rows() int { return m.workloads/2 + m.workloads/4 }

// create makes them, and waits until all pods are ready and behind their Services.
func (m many) create(b *testing.B) {
	b.Helper()
	kubectl(b, "", "wait", "--for=create", "serviceaccount/default", "--timeout=60s", "--namespace", scaleNamespace)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range 8 { // a client makes 50 requests a second
		w := scaleClient(b).Writer()
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < m.workloads; i = int(next.Add(1)) - 1 {
				for _, o := range m.objects(i) {
					if err := w.Create(b.Context(), o.ref, o.body, false); err != nil {
						b.Error(err)
						return
					}
				}
			}
		})
	}
	workers.Wait()
	if b.Failed() {
		b.FailNow()
	}
	m.settle(b, "ready", func() (pods int) {
		for n := range strings.FieldsSeq(m.list(b, "deployments", "{.items[*].status.readyReplicas}")) {
			of := 0
			_, _ = fmt.Sscan(n, &of)
			pods += of
		}
		return pods
	})
	m.settle(b, "endpoints", func() int {
		return strings.Count(m.list(b, "endpointslices.discovery.k8s.io", "{.items[*].endpoints[*].conditions.ready}"), "true")
	})
}

// settle waits until something counts all pods.
func (m many) settle(b *testing.B, what string, count func() int) {
	b.Helper()
	for end := time.Now().Add(15 * time.Minute); ; time.Sleep(5 * time.Second) {
		got := count()
		if got == m.workloads*podsEach {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("15 minutes later %d of %d pods are %s", got, m.workloads*podsEach, what)
		}
	}
}

// list is what a JSONPath finds in the objects of a kind.
func (m many) list(b *testing.B, kind, path string) string {
	b.Helper()
	return kubectl(b, "", "get", kind, "--namespace", scaleNamespace, "-o", "jsonpath="+path)
}

// created is an object that is to be made.
type created struct {
	ref  api.Ref
	body map[string]any
}

// objects are those of the i-th workload.
func (m many) objects(i int) []created {
	name := fmt.Sprintf("model-%04d", i)
	app := name
	paired := i >= m.workloads/2
	if paired {
		app = fmt.Sprintf("pair-%04d", i/2)
		name = app + "-" + string("ab"[i%2])
	}
	labels := map[string]any{"app": name, "model": app, "version": fmt.Sprintf("1.%d.0", i%2)}
	meta := func() map[string]any {
		return map[string]any{"name": name, "namespace": scaleNamespace, "labels": map[string]any{"app.kubernetes.io/component": "model"}}
	}
	container := map[string]any{"name": "model", "image": fmt.Sprintf("registry.test/%s:1.%d.0", app, i%2), "ports": []any{map[string]any{"name": "http", "containerPort": int64(8080)}}}
	out := []created{
		scaled("apps", "v1", "deployments", "Deployment", name, map[string]any{"metadata": meta(), "spec": map[string]any{
			"replicas": int64(podsEach), "selector": map[string]any{"matchLabels": map[string]any{"app": name}},
			"template": map[string]any{"metadata": map[string]any{"labels": labels}, "spec": map[string]any{"containers": []any{container}}}}}),
		scaled("", "v1", "services", "Service", name, map[string]any{"metadata": meta(), "spec": map[string]any{
			"selector": map[string]any{"app": name}, "ports": []any{map[string]any{"name": "http", "port": int64(80), "targetPort": "http"}}}}),
	}
	if paired && i%2 == 1 {
		side := func(which string, weight int64) any {
			return map[string]any{"name": app + "-" + which, "port": int64(80), "weight": weight}
		}
		out = append(out, scaled("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", app, map[string]any{
			"metadata": map[string]any{"name": app, "namespace": scaleNamespace},
			"spec": map[string]any{"parentRefs": []any{map[string]any{"name": "public"}},
				"rules": []any{map[string]any{"backendRefs": []any{side("a", 90), side("b", 10)}}}}}))
	}
	return out
}

func scaled(group, version, resource, kind, name string, body map[string]any) created {
	gvr := schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
	body["apiVersion"], body["kind"] = gvr.GroupVersion().String(), kind
	return created{api.Ref{Resource: gvr, Kind: kind, Namespace: scaleNamespace, Name: name}, body}
}

// scaleClient is a client of the administrator.
func scaleClient(b *testing.B) *api.Client {
	b.Helper()
	c, err := api.Open(api.Options{Namespaces: []string{scaleNamespace}, Env: os.Getenv, Agent: "pitwall/scale"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// churn changes perSecond pods a second until stop, and tells how many it did.
func churn(b *testing.B, perSecond int) (stop func() int) {
	b.Helper()
	names := strings.Fields(kubectl(b, "", "get", "pods", "--namespace", scaleNamespace, "-o", "jsonpath={.items[*].metadata.name}"))
	ctx, cancel := context.WithCancel(b.Context())
	w, done := scaleClient(b).Writer(), 0
	ended := make(chan error, 1)
	go func() {
		for tick := time.NewTicker(time.Second / time.Duration(perSecond)); ; {
			select {
			case <-ctx.Done():
				ended <- nil
				return
			case <-tick.C:
			}
			ref := api.Ref{Resource: schema.GroupVersionResource{Version: "v1", Resource: "pods"}, Kind: "Pod", Namespace: scaleNamespace, Name: names[done%len(names)]}
			p, err := api.MergePatch(ref, "", map[string]any{"metadata": map[string]any{"annotations": map[string]any{"pitwall.test/turn": fmt.Sprint(done)}}})
			if err == nil {
				_, err = w.Patch(ctx, p, false)
			}
			if err != nil && ctx.Err() == nil {
				ended <- err
				return
			}
			done++
		}
	}()
	return func() int {
		cancel()
		if err := <-ended; err != nil {
			b.Errorf("pods change no more: %v", err)
		}
		return done
	}
}

// scaleKubeconfig is that of an operator whose requests are counted.
func scaleKubeconfig(b *testing.B) string {
	b.Helper()
	kubectl(b, must(b, b.TempDir(), "rbac", "operator"), "apply", "-f", "-")
	kubectl(b, "", "create", "clusterrolebinding", scaleUser, "--clusterrole=pitwall-operator", "--user="+scaleUser)
	file := filepath.Join(b.TempDir(), "kubeconfig")
	clusterTool(b, "", clusterTools(b).Program, "user", "-user", scaleUser, "-group", "audited", "-file", file)
	return file
}

// requests is how many the operator made so far.
func requests(b *testing.B) int {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("PITWALL_CLUSTER"), "logs", "audit.log"))
	if err != nil {
		b.Fatal(err)
	}
	seen := map[string]bool{} // a watch is written when it begins and when it ends
	for line := range strings.Lines(string(text)) {
		var event struct {
			AuditID string
			User    struct{ Username string }
		}
		if json.Unmarshal([]byte(line), &event) == nil && event.User.Username == scaleUser {
			seen[event.AuditID] = true
		}
	}
	return len(seen)
}
