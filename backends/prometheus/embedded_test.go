package prometheus

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	metrics "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/model"

	"pitwall/serve/monitor"
)

// system is a process with the metrics of a gateway and of replicas, scraped by
// a real embedded Prometheus.
type system struct {
	requests *metrics.CounterVec
	duration *metrics.HistogramVec
	drift    *metrics.GaugeVec
	score    *metrics.GaugeVec
	missing  *metrics.GaugeVec
	rows     *metrics.GaugeVec
	memory   *metrics.GaugeVec
	monitor  *monitor.Monitor
	queries  atomic.Int64 // HTTP requests to the monitor's handler
}

func newSystem(t *testing.T) *system {
	t.Helper()
	gauge := func(name string, labels ...string) *metrics.GaugeVec {
		return metrics.NewGaugeVec(metrics.GaugeOpts{Name: name, Help: "h"}, append([]string{"deployment", "variant"}, labels...))
	}
	s := &system{
		requests: metrics.NewCounterVec(metrics.CounterOpts{Name: "gateway_requests_total", Help: "h"}, []string{"deployment", "variant", "code"}),
		duration: metrics.NewHistogramVec(metrics.HistogramOpts{Name: "gateway_request_duration_seconds", Help: "h",
			Buckets: []float64{.01, .1, 1}, NativeHistogramBucketFactor: 1.1}, []string{"deployment", "variant"}),
		drift:   gauge("model_feature_drift", "feature", "measure", "replica"),
		score:   gauge("model_prediction_drift", "measure", "replica"),
		missing: gauge("model_feature_missing_ratio", "feature", "replica"),
		rows:    gauge("model_drift_window_rows", "replica"),
		memory:  gauge("process_resident_memory_bytes", "replica"),
	}
	registry := metrics.NewRegistry()
	registry.MustRegister(s.requests, s.duration, s.drift, s.score, s.missing, s.rows, s.memory)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)

	var err error
	s.monitor, err = monitor.Start(t.Context(), monitor.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Every: 250 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.monitor.Close() })
	s.monitor.SetTargets([]monitor.Target{{Job: monitor.JobGateway, Address: strings.TrimPrefix(server.URL, "http://")}})
	return s
}

// serve answers n requests in seconds each, and fails some more at once.
func (s *system) serve(deployment, variant string, n int, seconds float64, failed int) {
	s.requests.WithLabelValues(deployment, variant, "200").Add(float64(n))
	if failed > 0 {
		s.requests.WithLabelValues(deployment, variant, "500").Add(float64(failed))
	}
	for range n {
		s.duration.WithLabelValues(deployment, variant).Observe(seconds)
	}
}

// client reads the system in process and counts the queries.
func (s *system) client(t *testing.T) *Client {
	t.Helper()
	c := inProcess(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.queries.Add(1)
		s.monitor.Handler().ServeHTTP(w, r)
	}), Pitwall())
	c.window = 2 * time.Second
	return c
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("never happened: %s", what)
		case <-tick.C:
		}
	}
}

func near(got, want, share float64) bool { return math.Abs(got-want) <= share*want }

func TestSignalsOfARealServer(t *testing.T) {
	s := newSystem(t)
	s.drift.WithLabelValues("model-api", "A", "age", "psi", "1").Set(.05)
	s.drift.WithLabelValues("model-api", "A", "age", "psi", "2").Set(.15)
	s.drift.WithLabelValues("model-api", "A", "sex", "psi", "1").Set(.01)
	s.drift.WithLabelValues("model-api", "A", "sex", "ks", "1").Set(.9)
	s.score.WithLabelValues("model-api", "B", "psi", "1").Set(.3)
	s.missing.WithLabelValues("model-api", "A", "sex", "1").Set(.5)
	s.rows.WithLabelValues("model-api", "A", "1").Set(400)
	s.rows.WithLabelValues("model-api", "B", "1").Set(350)
	s.memory.WithLabelValues("model-api", "A", "1").Set(1 << 20)
	s.memory.WithLabelValues("model-api", "A", "2").Set(3 << 20)
	overPort, err := ParseSource(s.monitor.URL())
	if err != nil {
		t.Fatal(err)
	}
	overPort.Window = model.Duration(2 * time.Second)
	port, err := New(overPort, Pitwall())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Client{"in process": s.client(t), "over a port": port} {
		t.Run(name, func(t *testing.T) {
			eventually(t, "the requests are measured", func() bool {
				s.serve("model-api", "A", 30, .02, 10)
				s.serve("model-api", "B", 9, .5, 0)
				s.requests.WithLabelValues("model-api", "B", "422").Inc()
				s.requests.WithLabelValues("model-api", "A", "499").Inc() // the client left: no refusal
				all, err := c.Signals(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				a, b, whole := all["model-api"]["A"], all["model-api"]["B"], all["model-api"][""]
				return a.RPS > 50 && near(a.ErrorRatio, .25, .05) && near(a.P50, .02, .06) && near(a.P99, .02, .06) &&
					near(b.RPS, a.RPS/4, .1) && b.ErrorRatio == 0 && near(b.RejectRatio, .1, .05) && a.RejectRatio == 0 && near(b.P95, .5, .06) &&
					near(whole.RPS, a.RPS+b.RPS, .01) && near(whole.ErrorRatio, .2, .05) && near(whole.P95, .5, .06) &&
					near(a.DriftPSI, .1, 1e-9) && a.Feature == "age" && a.DriftRows == 400 &&
					near(whole.DriftPSI, .3, 1e-9) && whole.Feature == Prediction && whole.DriftRows == 400 &&
					a.Memory == 4<<20 && whole.Memory == 4<<20 && math.IsNaN(b.Memory) &&
					math.IsNaN(a.CPU) && time.Since(a.At) < time.Minute
			})
		})
	}
	features, err := port.Features(t.Context(), "model-api")
	if err != nil || len(features) != 3 {
		t.Fatalf("features: %+v, %v", features, err)
	}
	age, sex, score := features[0], features[1], features[2]
	if age.Feature != "age" || !near(age.PSI, .1, 1e-9) || !math.IsNaN(age.KS) ||
		sex.Feature != "sex" || sex.KS != .9 || sex.Missing != .5 || score.Variant != "B" || score.Feature != Prediction {
		t.Errorf("features: %+v", features)
	}
}

func TestPanelsOfARealServer(t *testing.T) {
	s := newSystem(t)
	c := s.client(t)
	s.drift.WithLabelValues("model-api", "A", "age", "psi", "1").Set(.2)
	last := func(p Panel, variant, name string) float64 {
		now := time.Now()
		series, err := c.Range(t.Context(), "model-api", p, now.Add(-20*time.Second), now, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range series {
			if len(line.Points) != 21 || line.Start.Unix() != now.Add(-20*time.Second).Unix() || line.Step != time.Second {
				t.Fatalf("axis of %+v", line)
			}
			if line.Variant == variant && line.Name == name {
				return line.Points[len(line.Points)-1]
			}
		}
		return math.NaN()
	}
	eventually(t, "every panel has its line", func() bool {
		s.serve("model-api", "A", 30, .02, 10)
		s.serve("model-api", "B", 10, .5, 0)
		s.serve("other", "A", 10, 5, 10)
		return near(last(Latency, "A", "p95"), .02, .06) && near(last(Latency, "B", "p50"), .5, .06) &&
			near(last(Errors, "A", "errors"), .25, .05) && last(Errors, "B", "errors") == 0 &&
			last(Throughput, "B", "requests") > 10 && last(Drift, "A", "psi") == .2
	})
	eventually(t, "both deployments have a sparkline", func() bool {
		recent, err := c.Recent(t.Context(), 6*time.Second, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		other := recent["other"]
		return len(recent) == 2 && len(other) == 6 && other[5] > 0
	})
	if _, err := c.Range(t.Context(), `no"such{`, Latency, time.Now().Add(-time.Minute), time.Now(), time.Second); err != nil {
		t.Errorf("hostile name: %v", err)
	}
}

func TestCountsOfARealServer(t *testing.T) {
	s := newSystem(t)
	c := s.client(t)
	s.serve("model-api", "A", 1000, .02, 5) // before the time that is asked for
	eventually(t, "the first scrape", func() bool {
		all, err := c.Signals(t.Context())
		return err == nil && len(all) == 1
	})
	since := time.Now().Add(time.Second)
	eventually(t, "the time begins", func() bool { return time.Now().After(since.Add(500 * time.Millisecond)) })
	s.serve("model-api", "A", 40, .02, 2)
	s.serve("model-api", "B", 7, .02, 1) // a counter that is born with it
	eventually(t, "the counts are exact", func() bool {
		intervals, err := c.Counts(t.Context(), "model-api", since, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		sum := map[string]float64{}
		for _, i := range intervals {
			if i.To.Sub(i.From) != time.Second {
				t.Fatalf("interval %v", i)
			}
			for v, n := range i.N {
				sum[v] += n
			}
			for v, n := range i.Errors {
				sum[v+" errors"] += n
			}
		}
		return sum["A"] == 42 && sum["A errors"] == 2 && sum["B"] == 8 && sum["B errors"] == 1
	})
}

func TestARefreshTakesTheSameQueriesForAnyNumberOfDeployments(t *testing.T) {
	if testing.Short() {
		t.Skip("many deployments: with make test, not under the race detector")
	}
	s := newSystem(t)
	c := s.client(t)
	refresh := func(want int) int64 {
		t.Helper()
		eventually(t, "all deployments are there", func() bool {
			all, err := c.Signals(t.Context())
			return err == nil && len(all) == want
		})
		before := s.queries.Load()
		if _, err := c.Signals(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Recent(t.Context(), time.Minute, time.Second); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Alerts(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s.queries.Load() - before
	}
	s.serve("d0", "A", 1, .1, 0)
	one := refresh(1)
	for i := range 199 {
		s.serve("d"+string(rune('a'+i%26))+string(rune('a'+i/26)), "B", 1, .1, 0)
	}
	if many := refresh(200); many != one || one > 6 {
		t.Errorf("%d queries for one deployment, %d for 200", one, many)
	}
}
