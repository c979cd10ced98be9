package monitor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// every is the interval of the tests that scrape for real.
const every = 100 * time.Millisecond

// gateway is a process with the metrics of a gateway.
type gateway struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	address  string
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gateway_requests_total", Help: "h"},
			[]string{"deployment", "variant", "version", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "gateway_request_duration_seconds", Help: "h",
			Buckets: []float64{.01, .1, 1}, NativeHistogramBucketFactor: 1.1}, []string{"deployment", "variant", "version"}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(g.requests, g.duration)
	s := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(s.Close)
	g.address = strings.TrimPrefix(s.URL, "http://")
	g.add(1)
	return g
}

// add counts n requests of 20 ms each.
func (g *gateway) add(n int) {
	g.requests.WithLabelValues("model-api", "A", "1.0.0", "200").Add(float64(n))
	for range n {
		g.duration.WithLabelValues("model-api", "A", "1.0.0").Observe(.02)
	}
}

func (g *gateway) target() Target {
	return Target{Job: JobGateway, Address: g.address, Labels: map[string]string{"deployment": "model-api"}}
}

// startTest runs a monitor without a port that is closed with the test.
func startTest(t *testing.T, c Config, ruleText string) *Monitor {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	if c.Every == 0 {
		c.Every = every
	}
	m, err := start(context.Background(), c, []byte(ruleText))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// get reads one path of the handler.
func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// query returns the values of an instant query by the label named.
func query(t *testing.T, m *Monitor, expr, label string) map[string]string {
	t.Helper()
	code, body := get(t, m.Handler(), "/api/v1/query?query="+url.QueryEscape(expr))
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || code != http.StatusOK {
		t.Fatalf("query %s: %d %v %s", expr, code, err, body)
	}
	values := map[string]string{}
	for _, r := range answer.Data.Result {
		values[r.Metric[label]] = r.Value[1].(string)
	}
	return values
}

// eventually polls until holds is true, for at most ten seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}
