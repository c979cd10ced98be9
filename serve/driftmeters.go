package serve

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pitwall/serve/drift"
)

// scoreEvery bounds how often drift is computed, however often it is scraped.
const scoreEvery = time.Second

// driftCollector exports the scores of a drift monitor when it is scraped.
// A score that too few rows stand behind is left out, not exported as 0.
type driftCollector struct {
	monitor *drift.Monitor
	now     func() time.Time

	rows, feature, missing, prediction *prometheus.Desc

	mu     sync.Mutex
	scored time.Time
	report drift.Report
}

func newDriftCollector(m *drift.Monitor, labels prometheus.Labels, now func() time.Time) *driftCollector {
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, variable, labels)
	}
	return &driftCollector{monitor: m, now: now,
		rows:       desc("model_drift_window_rows", "Rows in the sliding window that drift is computed over."),
		feature:    desc("model_feature_drift", "Distance of a feature from its training baseline.", "feature", "measure"),
		missing:    desc("model_feature_missing_ratio", "Share of missing values of a feature in the window.", "feature"),
		prediction: desc("model_prediction_drift", "Distance of the predicted score from its baseline.", "measure"),
	}
}

// Describe implements prometheus.Collector.
func (c *driftCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- c.rows
	ch <- c.feature
	ch <- c.missing
	ch <- c.prediction
}

// Collect implements prometheus.Collector.
func (c *driftCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	r := c.scores()
	gauge(c.rows, float64(r.Rows))
	for _, f := range r.Features {
		if f.Enough {
			gauge(c.feature, f.PSI, f.Name, "psi")
			gauge(c.feature, f.KS, f.Name, "ks")
			gauge(c.missing, f.Missing, f.Name)
		}
	}
	if r.Score != nil && r.Score.Enough {
		gauge(c.prediction, r.Score.PSI, "psi")
		gauge(c.prediction, r.Score.KS, "ks")
	}
}

// scores gives the last report if it is younger than scoreEvery.
func (c *driftCollector) scores() drift.Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); c.scored.IsZero() || now.Sub(c.scored) >= scoreEvery {
		c.report, c.scored = c.monitor.Scores(now), now
	}
	return c.report
}
