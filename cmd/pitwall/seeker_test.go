package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends/pods"
	"pitwall/backends/prometheus"
)

// noPods is a cluster that is away.
type noPods struct{}

func (noPods) Workloads(context.Context) ([]pods.Workload, error) {
	return nil, errors.New("the cluster is away")
}

// onePod is a cluster with one deployment.
type onePod struct{}

func (onePod) Workloads(context.Context) ([]pods.Workload, error) {
	return []pods.Workload{{Namespace: "prod", Name: "fraud", Form: pods.Hashed, Deployment: "prod/fraud", Variant: "A"}}, nil
}

// scraped is a server with the series of one Triton, under some labels.
type scraped struct {
	labels atomic.Value // the names of its series' labels: `"a","b"`
	looks  atomic.Int32 // how often they were asked for
	pod    string       // the label of the pod in a query
}

func (s *scraped) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/values") {
		_, _ = w.Write([]byte(`{"status":"success","data":["nv_inference_request_success"]}`))
		return
	}
	if strings.HasSuffix(r.URL.Path, "/labels") {
		s.looks.Add(1)
		if got := r.FormValue("match[]"); !strings.HasPrefix(got, "nv_inference_request_success") {
			http.Error(w, "asked for "+got, http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintf(w, `{"status":"success","data":[%s]}`, s.labels.Load())
		return
	}
	result, query := "", r.FormValue("query")
	if strings.Contains(query, "nv_inference_request_success") && strings.Contains(query, `"requests"`) {
		result = `{"metric":{"pitwall_signal":"requests","deployment":"fraud","variant":"A"},"value":[1,"10"]}`
		if strings.Contains(query, fmt.Sprintf(`"pitwall_workload", "$1/$2/$3/$4", %q`, s.pod)) {
			result = `{"metric":{"pitwall_signal":"requests","namespace":"prod","kubernetes_namespace":"prod","pitwall_workload":"fraud///"},"value":[1,"30"]}`
		}
	}
	_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[` + result + `]}}`))
}

// TestPodsTellWhereTheLabelsAreThose follows a server from before its first
// series on.
func TestPodsTellWhereTheLabelsAreThose(t *testing.T) {
	for _, c := range []struct {
		name, conf, labels, pod string
		cluster                 prometheus.Workloads
		want                    string
	}{
		{"of a cluster", "", `"namespace","pod","model"`, "pod", onePod{}, "prod/fraud 30"},
		{"under other names", "", `"kubernetes_namespace","kubernetes_pod_name"`, "kubernetes_pod_name", onePod{}, "prod/fraud 30"},
		{"of a named system", "profile: triton", `"namespace","pod"`, "pod", onePod{}, "prod/fraud 30"},
		{"told by the targets", "", `"namespace","pod","deployment","variant"`, "pod", onePod{}, "fraud 10"},
		{"told by the targets, and not asked", "profile: {by_pod: true}", `"namespace","pod","deployment","variant"`, "pod", onePod{}, "prod/fraud 30"},
		{"not wanted", "profile: {by_pod: false}", `"namespace","pod"`, "pod", onePod{}, "fraud 10"},
		{"with no pods", "", `"job","instance"`, "pod", onePod{}, "fraud 10"},
		{"of no cluster", "", `"namespace","pod"`, "pod", nil, "fraud 10"},
		{"of no cluster, but wanted", "profile: {name: triton, by_pod: true}", `"namespace","pod"`, "pod", nil, "fraud 10"},
		{"labels named", "profile: {namespace_label: namespace, pod_label: where}", `"namespace","pod"`, "where", onePod{}, "prod/fraud 30"},
		{"cluster away", "", `"namespace","pod"`, "pod", noPods{}, "the cluster is away"},
	} {
		t.Run(c.name, func(t *testing.T) {
			handler := &scraped{pod: c.pod}
			handler.labels.Store("")
			server := httptest.NewServer(handler)
			defer server.Close()
			source, err := prometheus.ParseSource(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			conf, err := parseConfig("config.yaml", []byte(c.conf))
			if err != nil {
				t.Fatal(err)
			}
			at := time.Now()
			m, err := (&app{now: func() time.Time { return at }}).metricsOf(conf, fixed(source), c.cluster)
			if err != nil {
				t.Fatal(err)
			}
			read := func() string {
				all, err := m.Signals(t.Context())
				if err != nil {
					return err.Error()
				}
				for name, variants := range all {
					return fmt.Sprint(name, " ", variants["A"].RPS)
				}
				return ""
			}
			read() // before there are series
			handler.labels.Store(c.labels)
			at = at.Add(undecided)
			if got := read(); got != c.want {
				t.Errorf("read %q, want %q", got, c.want)
			}
			looks := handler.looks.Load()
			at = at.Add(time.Hour)
			if got := read(); got != c.want || c.cluster != (noPods{}) && handler.looks.Load() != looks {
				t.Errorf("later %q, and what is decided is asked for again: %d looks after %d", got, handler.looks.Load(), looks)
			}
		})
	}
}
