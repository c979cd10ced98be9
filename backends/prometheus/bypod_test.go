package prometheus

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/pods"
)

func TestSignalsByPod(t *testing.T) {
	c := newCaptured(t)
	all, known := cluster()
	c.servePods(t, all)
	profile := byPod(t, PitwallServe(), known)
	// Of those with several pods, the quantiles are those of one histogram that all
	// were added up in.
	want := map[string]map[string]string{
		"prod/fraud": {
			"A": "rps=20 errors=0.05 p50=0.01 p95=0.82 p99=0.964 memory=2000 psi=0.2",
			"B": "rps=10 errors=0.2 p50=0.5 p95=0.95 p99=0.99 memory=1000",
			"":  "rps=30 errors=0.1 p50=0.5 p95=0.95 p99=0.99 memory=3000 psi=0.2", // the slowest variant's
		},
		"staging/fraud": both("rps=2 errors=0 p50=0.005 p95=0.0095 p99=0.0099 memory=1000"),
		"prod/odd":      both("rps=1 errors=0 p50=0.005 p95=0.0095 p99=0.0099 memory=1000"),
		"prod/churn":    both("rps=6 errors=0 p50=0.01 p95=0.091 p99=0.0982 memory=2000"),
		"prod/edge":     both("rps=4 errors=0 p50=0.005 p95=0.0095 p99=0.0099 memory=2000"),
		"prod/roll": {
			"A": "rps=4 errors=0 p50=0.005 p95=0.0095 p99=0.0099 memory=1000",
			"B": "rps=1 errors=0 p50=0.55 p95=0.955 p99=0.991 memory=1000",
			"":  "rps=5 errors=0 p50=0.55 p95=0.955 p99=0.991 memory=3000", // with the pod that was there a little ago
		},
		"prod/moved": both("rps=2 errors=0 p50=0.005 p95=0.0095 p99=0.0099 memory=2000"),
		"prod/long":  both("rps=2 errors=0 p50=0.055 p95=0.0955 p99=0.0991 memory=2000"), // of its slowest pod
	}
	got := c.signals(t, profile)
	for deployment, variants := range want {
		checkSignals(t, deployment, got[deployment], variants)
	}
	if len(got) != len(want) {
		t.Errorf("%d deployments, want %d: %v", len(got), len(want), got)
	}
	t.Run("every ReplicaSet apart", func(t *testing.T) { manyKept(t, c, known, want) })
	t.Run("one deployment", func(t *testing.T) { oneByPod(t, c, profile) })
	t.Run("labels", func(t *testing.T) { labelsOfPods(t, c) })
}

// both are the figures of a deployment with one variant.
func both(figures string) map[string]string { return map[string]string{"A": figures, "": figures} }

// manyKept asks with more names that look like another than a query holds.
func manyKept(t *testing.T, c *captured, known serving, want map[string]map[string]string) {
	for i := range mostKept {
		known = append(known, pods.Workload{Namespace: "prod", Name: fmt.Sprintf("other%d-6b8c9d7f54", i), Form: pods.Suffixed, Deployment: "prod/other", Variant: "A"})
	}
	got := c.signals(t, byPod(t, PitwallServe(), known))
	for deployment, variants := range want {
		checkSignals(t, deployment, got[deployment], variants)
	}
}

// oneByPod asks for single deployments, whose queries name their pods.
func oneByPod(t *testing.T, c *captured, p Profile) {
	client := c.client(t, p)
	now := time.Now()
	last := func(deployment string, panel Panel) string {
		t.Helper()
		series, err := client.Range(t.Context(), deployment, panel, now.Add(-20*time.Second), now, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range series {
			out = append(out, fmt.Sprintf("%s %s %.4g", s.Variant, s.Name, s.Points[len(s.Points)-1]))
		}
		return strings.Join(out, ", ")
	}
	for _, q := range []struct {
		deployment string
		panel      Panel
		want       string
	}{
		{"prod/fraud", Latency, "A p50 0.01, A p95 0.82, A p99 0.964, B p50 0.5, B p95 0.95, B p99 0.99"},
		{"prod/fraud", Throughput, "A requests 20, B requests 10"},
		{"prod/fraud", Errors, "A errors 0.05, B errors 0.2"},
		{"prod/fraud", Drift, "A psi 0.2"},
		{"prod/long", Latency, "A p50 0.01, A p95 0.091, A p99 0.0982"}, // of all its pods
		{"prod/roll", Throughput, "A requests 4, B requests 1"},
		{"staging/fraud", Throughput, "A requests 2"},
		{"prod/none", Throughput, ""},
		{`"}`, Latency, ""},
	} {
		if got := last(q.deployment, q.panel); got != q.want {
			t.Errorf("%s, panel %d: %s, want %s", q.deployment, q.panel, got, q.want)
		}
	}
	features, err := client.Features(t.Context(), "prod/fraud")
	if err != nil || len(features) != 1 || features[0].Variant != "A" || !near(features[0].PSI, .2, 1e-9) {
		t.Errorf("features %+v, %v", features, err)
	}
	comeAndGo(t, c, client)
}

// comeAndGo looks at the figures of a deployment whose pods were replaced.
func comeAndGo(t *testing.T, c *captured, client *Client) {
	intervals, err := client.Counts(t.Context(), "prod/moved", c.start.Add(captureStep), captureStep)
	if err != nil || len(intervals) < 3 {
		t.Fatalf("%d intervals, %v", len(intervals), err)
	}
	for _, i := range intervals {
		if i.N["A"] != 60 || i.Errors["A"] != 0 {
			t.Errorf("interval %+v", i)
		}
	}
	recent, err := client.Recent(t.Context(), 20*time.Second, 10*time.Second)
	if err != nil || !near(recent["prod/fraud"][1], 30, 1e-6) || !near(recent["prod/moved"][1], 2, .2) {
		t.Errorf("recent %v, %v", recent, err)
	}
}

// labelsOfPods finds out that the series are told by pod.
func labelsOfPods(t *testing.T, c *captured) {
	labels, err := c.client(t, PitwallServe()).Labels(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if l, is := PodLabelsAmong(labels); !is || l != (PodLabels{"namespace", "pod"}) || PitwallServe().TargetsTell(labels) {
		t.Errorf("of %q the labels of pods are %v, %v", labels, l, is)
	}
	if labels, err = c.client(t, Triton()).Labels(t.Context()); err != nil || len(labels) > 0 {
		t.Errorf("what is not there has the labels %q, %v", labels, err)
	}
}

func TestLabelsOfPods(t *testing.T) {
	for _, c := range []struct {
		labels string
		want   PodLabels
	}{
		{"job instance namespace pod code", PodLabels{"namespace", "pod"}},
		{"namespace pod exported_namespace exported_pod", PodLabels{"exported_namespace", "exported_pod"}},
		{"namespace pod exported_namespace", PodLabels{"namespace", "pod"}}, // Triton's own label
		{"kubernetes_namespace kubernetes_pod_name app", PodLabels{"kubernetes_namespace", "kubernetes_pod_name"}},
		{"pod", PodLabels{}}, {"", PodLabels{}},
	} {
		if got, is := PodLabelsAmong(strings.Fields(c.labels)); got != c.want || is != (c.want != PodLabels{}) {
			t.Errorf("%s: %v, %v", c.labels, got, is)
		}
	}
	for labels, want := range map[string]bool{"namespace pod": false, "namespace pod deployment": true, "pod variant": true} {
		if got := PitwallServe().TargetsTell(strings.Fields(labels)); got != want {
			t.Errorf("%s tell a deployment: %v", labels, got)
		}
	}
}

func TestProfilesByPod(t *testing.T) {
	labels := PodLabels{"namespace", "pod"}
	own, err := MLServer().ByModel(nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, try := range map[string]func() (Profile, error){
		"measures at the front door": func() (Profile, error) { return Pitwall().ByPod(serving{}, labels) },
		"by pod and by model":        func() (Profile, error) { return own.ByPod(serving{}, labels) },
		"name the labels of both":    func() (Profile, error) { return Triton().ByPod(serving{}, PodLabels{Pod: "pod"}) },
	} {
		if _, err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for _, p := range Profiles() {
		if p.PodsTell() == p.front {
			t.Errorf("%s by pod: %v", p.Name, p.PodsTell())
		}
		if p.front {
			continue
		}
		by := byPod(t, p, serving{})
		if caveat := by.Caveat(Latency); strings.HasSuffix(caveat, slowestVariant) != p.has(Latency) || strings.HasPrefix(caveat, ";") {
			t.Errorf("%s says of latency by pod: %q", p.Name, caveat)
		}
		if strings.Contains(p.Caveat(Latency), slowestVariant) {
			t.Errorf("ByPod changed the profile %s", p.Name)
		}
	}
}

// TestAThousandDeploymentsByPod: what is asked does not grow with them.
func TestAThousandDeploymentsByPod(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand deployments: with make test, not under the race detector")
	}
	var all []podOf
	var known serving
	for i := range 1000 {
		name := fmt.Sprintf("model-%04d", i)
		known = append(known, pods.Workload{Namespace: "prod", Name: name, Form: pods.Hashed, Deployment: name, Variant: "A"})
		for _, suffix := range []string{"bcdfg", "x5k9z"} {
			all = append(all, podOf{namespace: "prod", name: name + "-7d9f8c6b5d-" + suffix, requests: 30 + i, buckets: [2]int{0, 30 + i}})
		}
	}
	c := newCaptured(t)
	c.servePods(t, all)
	var mu sync.Mutex
	asked := map[string]int{}
	ask := func(w serving) map[string]map[string]backends.Signals {
		t.Helper()
		clear(asked)
		client := inProcess(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[r.FormValue("query")]++
			mu.Unlock()
			c.monitor.Handler().ServeHTTP(w, r)
		}), byPod(t, PitwallServe(), w))
		client.window = 2 * time.Minute
		began := time.Now()
		got, err := client.signals(t.Context()) // without a limit of time: the machine may be busy
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d deployments in %v", len(w), time.Since(began))
		return got
	}
	if got := ask(known[:1]); len(got) != 1 {
		t.Errorf("%d deployments for one that is known", len(got))
	}
	few := maps.Clone(asked)
	got := ask(known)
	if len(got) != 1000 || !maps.Equal(asked, few) || len(asked) > 5 {
		t.Errorf("%d deployments; %d queries for one and %d for all, which differ or are many", len(got), len(few), len(asked))
	}
	for i, w := range known {
		checkSignals(t, w.Deployment, got[w.Deployment], both(fmt.Sprintf("rps=%v errors=0 p50=0.055 p95=0.0955 p99=0.0991 memory=2000", float64(30+i)/15)))
	}
}

// TestAlertsByPod has alerts of a pod's own series, and of what watches the
// cluster.
func TestAlertsByPod(t *testing.T) {
	_, known := cluster()
	profile := byPod(t, PitwallServe(), known)
	for labels, want := range map[string]string{
		`"namespace":"prod","pod":"fraud-a-7d9f8c6b5d-bcdfg"`:                                           "prod/fraud A fraud-a-7d9f8c6b5d-bcdfg",
		`"namespace":"staging","pod":"fraud-a-9b8c7d6f5-x5k9z"`:                                         "staging/fraud A fraud-a-9b8c7d6f5-x5k9z",
		`"namespace":"prod","pod":"fraud-a-xgbcdf-x5k9z"`:                                               "  fraud-a-xgbcdf-x5k9z", // not of fraud-a
		`"namespace":"prod","pod":"roll-7f4d5c8b9-bcdfg"`:                                               "prod/roll B roll-7f4d5c8b9-bcdfg",
		`"namespace":"prod","pod":"roll-5d4c7b9f8-bcdfg"`:                                               "prod/roll  roll-5d4c7b9f8-bcdfg",
		`"namespace":"prod","deployment":"fraud-b"`:                                                     "prod/fraud B ",
		`"namespace":"prod","statefulset":"churn"`:                                                      "prod/churn A ",
		`"namespace":"prod","daemonset":"edge"`:                                                         "prod/edge A ",
		`"namespace":"prod","replicaset":"fraud-b-5c8d7f9b4"`:                                           "prod/fraud B ",
		`"deployment":"prod/odd","variant":"A"`:                                                         "prod/odd A ",
		`"namespace":"monitoring","pod":"state-0","exported_namespace":"prod","exported_pod":"churn-1"`: "prod/churn A churn-1",
		`"namespace":"monitoring","pod":"state-0"`:                                                      "  state-0",
		`"namespace":"prod"`:                                                                            "  ",
	} {
		client := fake(t, reply(http.StatusOK, jsonType, `{"status":"success","data":{"alerts":[{"labels":{"alertname":"a",`+labels+`},"state":"firing","activeAt":"2026-11-01T00:00:00Z","value":"1"}]}}`))
		client.profile = profile
		alerts, err := client.Alerts(t.Context())
		if err != nil || len(alerts) != 1 {
			t.Fatalf("%s: %v, %v", labels, alerts, err)
		}
		if got := alerts[0].Deployment + " " + alerts[0].Variant + " " + alerts[0].Replica; got != want {
			t.Errorf("an alert of %s is of %q, want %q", labels, got, want)
		}
	}
}
