package main

import (
	"context"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"pitwall/backends"
	"pitwall/backends/prometheus"
)

// metrics is a Prometheus client whose server may be known later, or move: the
// local stack's Prometheus gets a port when the stack starts.
type metrics struct {
	find clientFinder
	now  func() time.Time

	mu     sync.Mutex
	client *prometheus.Client
	until  time.Time // when to look again whose names the server has, zero when that is decided
}

// clientFinder makes a client. It is not decided whose names it speaks of while
// the server has none that tell: before the first scrape it has no name at all.
// guess is the client of before that was not decided, nil for none.
type clientFinder func(ctx context.Context, guess *prometheus.Client) (c *prometheus.Client, decided bool, err error)

// undecided is how long a client is used that may speak of the wrong names.
const undecided = 3 * time.Second

// newMetrics makes the client of the server that metricsSource finds.
func (a *app) newMetrics(conf config, own backends.SignalSource) (*metrics, error) {
	find, err := a.metricsSource(conf, own)
	if err != nil {
		return nil, err
	}
	pods, _ := own.(prometheus.Workloads) // of a cluster
	return a.metricsOf(conf, find, pods)
}

// metricsSource takes the server from --prometheus, else from the configuration,
// else asks the backend for its own.
func (a *app) metricsSource(conf config, own backends.SignalSource) (sourceFinder, error) {
	switch {
	case a.global.prometheus != "":
		source, err := prometheus.ParseSource(a.global.prometheus)
		if err != nil {
			return nil, misuse{err}
		}
		return fixed(source), nil
	case !conf.Prometheus.IsZero():
		source, err := configuredSource(&conf.Prometheus)
		if err != nil {
			return nil, misuse{err}
		}
		return fixed(source), nil
	}
	return func(ctx context.Context) (prometheus.Source, error) {
		address, err := own.Prometheus(ctx)
		if err != nil {
			return prometheus.Source{}, err
		}
		source, err := prometheus.ParseSource(address)
		source.Window = prometheus.EmbeddedWindow
		return source, err
	}, nil
}

// sourceFinder tells which server to ask.
type sourceFinder func(ctx context.Context) (prometheus.Source, error)

func fixed(source prometheus.Source) sourceFinder {
	return func(context.Context) (prometheus.Source, error) { return source, nil }
}

// metricsOf makes a client that speaks of metrics by the names of the serving
// system that the configuration names, else of the one whose series are there.
// Pods tell what the pods of a cluster serve, nil where there are none.
func (a *app) metricsOf(conf config, find sourceFinder, pods prometheus.Workloads) (*metrics, error) {
	s, err := conf.Profile.seeker(find, pods)
	if err != nil {
		return nil, misuse{err}
	}
	m := &metrics{now: time.Now, find: s.find}
	if a.now != nil {
		m.now = a.now
	}
	return m, nil
}

func configuredSource(n *yaml.Node) (prometheus.Source, error) {
	if n.Kind == yaml.ScalarNode {
		return prometheus.ParseSource(n.Value)
	}
	var source prometheus.Source
	err := n.Decode(&source)
	return source, err
}

// get returns the client, finding the server first where it is not known, and
// again while it is not decided whose names it has.
func (m *metrics) get(ctx context.Context) (*prometheus.Client, error) {
	m.mu.Lock()
	c, again := m.client, !m.until.IsZero() && !m.now().Before(m.until)
	m.mu.Unlock()
	if c != nil && !again {
		return c, nil
	}
	guess := c
	c, decided, err := m.find(ctx, guess)
	if err != nil {
		m.forget(guess) // its server may have moved
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.client, m.until = c, time.Time{}
	if !decided {
		m.until = m.now().Add(undecided)
	}
	return c, nil
}

// forget makes the next call look for the server again, which may have moved.
func (m *metrics) forget(failed *prometheus.Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.client == failed {
		m.client = nil
	}
}

// ask calls the client, and looks for the server again after a failure.
func ask[T any](ctx context.Context, m *metrics, call func(c *prometheus.Client) (T, error)) (T, error) {
	c, err := m.get(ctx)
	if err != nil {
		var none T
		return none, err
	}
	answer, err := call(c)
	if err != nil && ctx.Err() == nil {
		m.forget(c)
	}
	return answer, err
}

// The methods are those of prometheus.Client.

func (m *metrics) Signals(ctx context.Context) (map[string]map[string]backends.Signals, error) {
	return ask(ctx, m, func(c *prometheus.Client) (map[string]map[string]backends.Signals, error) { return c.Signals(ctx) })
}

func (m *metrics) Alerts(ctx context.Context) ([]backends.Alert, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]backends.Alert, error) { return c.Alerts(ctx) })
}

func (m *metrics) Recent(ctx context.Context, window, step time.Duration) (map[string][]float64, error) {
	return ask(ctx, m, func(c *prometheus.Client) (map[string][]float64, error) { return c.Recent(ctx, window, step) })
}

func (m *metrics) Range(ctx context.Context, deployment string, p prometheus.Panel, from, to time.Time, step time.Duration) ([]prometheus.Series, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]prometheus.Series, error) {
		return c.Range(ctx, deployment, p, from, to, step)
	})
}

func (m *metrics) Features(ctx context.Context, deployment string) ([]prometheus.FeatureDrift, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]prometheus.FeatureDrift, error) { return c.Features(ctx, deployment) })
}

func (m *metrics) Counts(ctx context.Context, deployment string, since time.Time, step time.Duration) ([]prometheus.Interval, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]prometheus.Interval, error) {
		return c.Counts(ctx, deployment, since, step)
	})
}

func (m *metrics) Targets(ctx context.Context, deployment string) ([]prometheus.Target, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]prometheus.Target, error) { return c.Targets(ctx, deployment) })
}

func (m *metrics) Rules(ctx context.Context, deployment string) ([]prometheus.Rule, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]prometheus.Rule, error) { return c.Rules(ctx, deployment) })
}

func (m *metrics) Receivers(ctx context.Context) ([]string, error) {
	return ask(ctx, m, func(c *prometheus.Client) ([]string, error) { return c.Receivers(ctx) })
}

// Missing and Caveat ask nothing: they are "" until it is decided whose names
// the server has.

func (m *metrics) Missing(p prometheus.Panel) string {
	if c := m.decided(); c != nil {
		return c.Missing(p)
	}
	return ""
}

func (m *metrics) Caveat(p prometheus.Panel) string {
	if c := m.decided(); c != nil {
		return c.Caveat(p)
	}
	return ""
}

// decided is the client of a server whose names are known, else nil.
func (m *metrics) decided() *prometheus.Client {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.until.IsZero() {
		return m.client
	}
	return nil
}
