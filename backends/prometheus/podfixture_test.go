package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends/pods"
	"pitwall/serve/monitor"
)

// podOf is a pod that answers the same in every step while it is there.
type podOf struct {
	namespace, name string
	requests        int    // a step
	failed          int    // of these
	buckets         [2]int // of these within 10 ms and 100 ms; all are within 1 s
	from, to        int    // moments; to 0 is for good
	also            string // more of its text, without labels of its own: "name value"
}

// text is a pod's scrape after so many steps.
func (p podOf) text(moment int) string {
	var out strings.Builder
	line := func(name, labels string, value int) {
		fmt.Fprintf(&out, "%s{namespace=%q,pod=%q%s} %d\n", name, p.namespace, p.name, labels, value*(moment-p.from))
	}
	line("model_requests_total", `,code="200"`, p.requests-p.failed)
	line("model_requests_total", `,code="500"`, p.failed)
	for i, le := range []string{"0.01", "0.1", "1", "+Inf"} {
		count := p.requests
		if i < len(p.buckets) {
			count = p.buckets[i]
		}
		line("model_request_duration_seconds_bucket", fmt.Sprintf(`,le=%q`, le), count)
	}
	fmt.Fprintf(&out, "process_resident_memory_bytes{namespace=%q,pod=%q} 1000\n", p.namespace, p.name)
	if name, value, is := strings.Cut(p.also, " "); is {
		fmt.Fprintf(&out, "%s,namespace=%q,pod=%q} %s\n", strings.TrimSuffix(name, "}"), p.namespace, p.name, value)
	}
	return out.String()
}

// servePods has a real Prometheus scrape pods at every moment.
func (c *captured) servePods(t *testing.T, all []podOf) {
	t.Helper()
	scrapes := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		moment := int(min(scrapes.Add(1), captureMoments) - 1)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		at := fmt.Sprintf(" %d\n", c.start.Add(time.Duration(moment)*captureStep).UnixMilli())
		for _, p := range all {
			if moment >= p.from && (p.to == 0 || moment <= p.to) {
				_, _ = w.Write([]byte(strings.ReplaceAll(p.text(moment), "\n", at)))
			}
		}
	}))
	t.Cleanup(server.Close)
	c.scrapes = append(c.scrapes, scrapes)
	c.targets = append(c.targets, monitor.Target{Job: monitor.JobServe, Address: strings.TrimPrefix(server.URL, "http://")})
	c.scrape(t)
}

// serving is what pods serve, as a backend tells it.
type serving []pods.Workload

func (s serving) Workloads(context.Context) ([]pods.Workload, error) { return s, nil }

func byPod(t *testing.T, p Profile, w Workloads) Profile {
	t.Helper()
	p, err := p.ByPod(w, PodLabels{"namespace", "pod"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cut are pods of a Deployment whose name is so long that the API server cut
// its ReplicaSet's.
const cut = "a-model-with-a-name-as-long-as-somebody-thought-was-good"

// cluster are pods of every kind of workload, and what they serve.
func cluster() ([]podOf, serving) {
	quick, slow := [2]int{270, 300}, [2]int{30, 150}
	all := []podOf{
		{namespace: "prod", name: "fraud-a-7d9f8c6b5d-bcdfg", requests: 300, failed: 30, buckets: quick, also: `model_feature_drift{feature="age",measure="psi"} 0.1`},
		{namespace: "prod", name: "fraud-a-7d9f8c6b5d-x5k9z", requests: 300, buckets: slow, also: `model_feature_drift{feature="age",measure="psi"} 0.3`},
		{namespace: "prod", name: "fraud-b-5c8d7f9b4-z2k4m", requests: 300, failed: 60, buckets: [2]int{0, 30}},
		{namespace: "prod", name: "fraud-a-xgbcdf-x5k9z", requests: 9000}, // of a DaemonSet that looks like fraud-a
		{namespace: "prod", name: "fraud-x5k9z-7d9f8c6b5d-bcdfg", requests: 30, buckets: [2]int{30, 30}},
		{namespace: "staging", name: "fraud-a-7d9f8c6b5d-q9q9q", requests: 60, buckets: [2]int{60, 60}},
		{namespace: "prod", name: "churn-0", requests: 90, buckets: [2]int{90, 90}},
		{namespace: "prod", name: "churn-1", requests: 90, buckets: [2]int{0, 90}},
		{namespace: "prod", name: "edge-bcdfg", requests: 60, buckets: [2]int{60, 60}},
		{namespace: "prod", name: "edge-x5k9z", requests: 60, buckets: [2]int{60, 60}},
		{namespace: "prod", name: "roll-6b8c9d7f54-bcdfg", requests: 120, buckets: [2]int{120, 120}},
		{namespace: "prod", name: "roll-7f4d5c8b9-bcdfg", requests: 30, buckets: [2]int{0, 0}},
		{namespace: "prod", name: "roll-5d4c7b9f8-bcdfg", requests: 600, buckets: [2]int{600, 600}, to: 2}, // of a version before
		{namespace: "prod", name: "moved-7d9f8c6b5d-bcdfg", requests: 60, buckets: [2]int{60, 60}, to: 2},
		{namespace: "prod", name: "moved-9b8c7d6f5-bcdfg", requests: 60, buckets: [2]int{60, 60}, from: 2},
		{namespace: "prod", name: cut + "-7x5k9z", requests: 30, buckets: [2]int{0, 30}},
		{namespace: "prod", name: cut + "-7q9q9q", requests: 30, buckets: [2]int{30, 30}},
		{namespace: "prod", name: "notebook-0", requests: 900},
	}
	serve := func(namespace string, form pods.Form, name, deployment, variant string) pods.Workload {
		if deployment != "" {
			deployment = namespace + "/" + deployment
		}
		return pods.Workload{Namespace: namespace, Name: name, Form: form, Deployment: deployment, Variant: variant}
	}
	return all, serving{
		serve("prod", pods.Hashed, "fraud-a", "fraud", "A"), serve("prod", pods.Hashed, "fraud-b", "fraud", "B"),
		serve("prod", pods.Suffixed, "fraud-a-xgbcdf", "", ""), serve("prod", pods.Hashed, "fraud-x5k9z", "odd", "A"),
		serve("staging", pods.Hashed, "fraud-a", "fraud", "A"),
		serve("prod", pods.Numbered, "churn", "churn", "A"), serve("prod", pods.Suffixed, "edge", "edge", "A"),
		serve("prod", pods.Suffixed, "roll-6b8c9d7f54", "roll", "A"), serve("prod", pods.Suffixed, "roll-7f4d5c8b9", "roll", "B"),
		serve("prod", pods.Hashed, "roll", "roll", ""), serve("prod", pods.Hashed, "moved", "moved", "A"),
		serve("prod", pods.Alone, cut+"-7x5k9z", "long", "A"), serve("prod", pods.Alone, cut+"-7q9q9q", "long", "A"),
	}
}
