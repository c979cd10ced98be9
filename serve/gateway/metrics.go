package gateway

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what happened; what holds now is read from the routing table
// at each scrape (see Collect), so the two cannot disagree.
type metrics struct {
	registry   *prometheus.Registry
	deployment string
	requests   *prometheus.CounterVec
	duration   *prometheus.HistogramVec
	retries    *prometheus.CounterVec
}

// routeMetrics are the series of one variant and version.
type routeMetrics struct {
	requests *prometheus.CounterVec // by code
	ok       prometheus.Counter     // of code 200
	duration prometheus.Observer
	retries  prometheus.Counter
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		deployment: g.deployment,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gateway_requests_total",
			Help: "Requests answered, by variant and status code; 499 is a client that did not wait.",
		}, []string{"deployment", "variant", "version", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                            "gateway_request_duration_seconds",
			Help:                            "Time from the arrival of a request to the end of its answer.",
			Buckets:                         []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
			NativeHistogramBucketFactor:     1.1,
			NativeHistogramMaxBucketNumber:  160,
			NativeHistogramMinResetDuration: time.Hour,
		}, []string{"deployment", "variant", "version"}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gateway_retries_total",
			Help: "Requests offered to another backend of the same variant, because none of their bytes could be sent.",
		}, []string{"deployment", "variant"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.retries, stateCollector{g},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler answers Prometheus.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// route gives the series of a variant; they exist from then on, at 0.
func (m *metrics) route(variant, version string) routeMetrics {
	byCode := m.requests.MustCurryWith(prometheus.Labels{"deployment": m.deployment, "variant": variant, "version": version})
	return routeMetrics{
		requests: byCode,
		ok:       byCode.WithLabelValues("200"),
		duration: m.duration.WithLabelValues(m.deployment, variant, version),
		retries:  m.retries.WithLabelValues(m.deployment, variant),
	}
}

func (m *routeMetrics) observe(code int, took time.Duration) {
	if code == http.StatusOK {
		m.ok.Inc()
	} else {
		m.requests.WithLabelValues(strconv.Itoa(code)).Inc()
	}
	m.duration.Observe(took.Seconds())
}

var (
	inFlightDesc = prometheus.NewDesc("gateway_in_flight", "Requests that backends work on.",
		[]string{"deployment", "variant"}, nil)
	weightDesc = prometheus.NewDesc("gateway_split_weight", "Configured weight in percent.",
		[]string{"deployment", "variant"}, nil)
	upDesc = prometheus.NewDesc("gateway_backend_up", "1 when the backend answers its readiness probe and takes connections.",
		[]string{"deployment", "variant", "backend"}, nil)
	generationDesc = prometheus.NewDesc("gateway_split_generation", "Number of the state; it grows with every change.",
		[]string{"deployment"}, nil)
)

// stateCollector shows the routing table as gauges.
type stateCollector struct{ g *Gateway }

// Describe implements prometheus.Collector.
func (stateCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- inFlightDesc
	ch <- weightDesc
	ch <- upDesc
	ch <- generationDesc
}

// Collect implements prometheus.Collector.
func (c stateCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	s := c.g.State()
	gauge(generationDesc, float64(s.Generation), s.Deployment)
	for _, v := range s.Variants {
		inFlight := int64(0)
		for _, b := range v.Backends {
			inFlight += b.InFlight
			up := 0.0
			if b.Up {
				up = 1
			}
			gauge(upDesc, up, s.Deployment, v.Name, b.Addr)
		}
		gauge(inFlightDesc, float64(inFlight), s.Deployment, v.Name)
		gauge(weightDesc, v.Weight, s.Deployment, v.Name)
	}
}
