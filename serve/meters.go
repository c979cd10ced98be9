package serve

import (
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// latencyBuckets are the classic upper bounds in seconds; servers that do not
// scrape native histograms have nothing else.
var latencyBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}

// meters are the metrics of a server, on a registry of their own. All carry the
// labels model and version.
type meters struct {
	registry *prometheus.Registry
	labels   prometheus.Labels
	requests *prometheus.CounterVec // by code
	ok       prometheus.Counter     // requests of code 200
	duration prometheus.Histogram
	inFlight prometheus.Gauge
}

func newMeters(c Config) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		labels:   prometheus.Labels{"model": c.Name, "version": c.Version},
	}
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "model_requests_total",
		Help: "Prediction requests answered, by HTTP status code.", ConstLabels: m.labels}, []string{"code"})
	m.ok = m.requests.WithLabelValues("200")
	m.requests.WithLabelValues("500") // at 0 from the start, so that the first error is a rate
	m.duration = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "model_request_duration_seconds",
		Help: "Time from a prediction request's header to its answer.", ConstLabels: m.labels,
		Buckets: latencyBuckets, NativeHistogramBucketFactor: 1.1,
		NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour})
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{Name: "model_requests_in_flight",
		Help: "Prediction requests being answered.", ConstLabels: m.labels})
	m.registry.MustRegister(m.requests, m.duration, m.inFlight,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// request counts one answered prediction request.
func (m *meters) request(status int, took time.Duration) {
	if status == http.StatusOK {
		m.ok.Inc()
	} else {
		m.requests.WithLabelValues(strconv.Itoa(status)).Inc()
	}
	m.duration.Observe(took.Seconds())
}

// handler answers GET /metrics, also in the protobuf format, the only one that
// carries native histograms.
func (m *meters) handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelError),
		ErrorHandling: promhttp.ContinueOnError,
	})
}

// predictionMeters count what a loaded model predicts.
type predictionMeters struct {
	rows    prometheus.Counter
	classes []prometheus.Counter // in the order of the classes
	score   prometheus.Histogram // nil for a regressor, whose values have no common range
}

// loaded registers the metrics that need a loaded model.
func (m *meters) loaded(v *service) *predictionMeters {
	p := &predictionMeters{rows: prometheus.NewCounter(prometheus.CounterOpts{Name: "model_rows_total",
		Help: "Rows predicted.", ConstLabels: m.labels})}
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "model_info",
		Help: "The loaded model file; always 1.", ConstLabels: m.labels}, []string{"format", "sha256"})
	info.WithLabelValues(v.info.Format, v.info.SHA256).Set(1)
	m.registry.MustRegister(p.rows, info)
	if v.monitor != nil {
		m.registry.MustRegister(newDriftCollector(v.monitor, m.labels, v.config.Now))
	}
	if len(v.info.Classes) == 0 {
		return p
	}
	classes := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "model_predictions_total",
		Help: "Rows by predicted class.", ConstLabels: m.labels}, []string{"class"})
	for _, class := range v.info.Classes {
		// a label value must be UTF-8; the model file owes us nothing
		p.classes = append(p.classes, classes.WithLabelValues(strings.ToValidUTF8(class, "\uFFFD")))
	}
	p.score = prometheus.NewHistogram(prometheus.HistogramOpts{Name: "model_prediction_score",
		Help:        "Probability of the second of two classes, of the likeliest of more.",
		ConstLabels: m.labels, Buckets: prometheus.LinearBuckets(.1, .1, 10)})
	m.registry.MustRegister(classes, p.score)
	return p
}

// count counts the predictions in b.
func (p *predictionMeters) count(b *buffers) {
	p.rows.Add(float64(b.rows))
	if p.score == nil {
		return
	}
	b.classes = append(b.classes[:0], make([]int, len(p.classes))...)
	for _, label := range b.labels {
		b.classes[label]++
	}
	for class, n := range b.classes {
		if n > 0 {
			p.classes[class].Add(float64(n))
		}
	}
	for _, s := range b.predicted {
		if wide := float64(s); !math.IsNaN(wide) { // NaN would stay in the sum for ever
			p.score.Observe(wide)
		}
	}
}
