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
	find func(ctx context.Context) (*prometheus.Client, error)

	mu     sync.Mutex
	client *prometheus.Client
}

// newMetrics takes the server from --prometheus, else from the configuration,
// else asks the backend for its own.
func (a *app) newMetrics(conf config, own backends.SignalSource) (*metrics, error) {
	if a.global.prometheus != "" {
		source, err := prometheus.ParseSource(a.global.prometheus)
		if err != nil {
			return nil, misuse{err}
		}
		return a.metricsOf(conf, fixed(source))
	}
	if !conf.Prometheus.IsZero() {
		source, err := configuredSource(&conf.Prometheus)
		if err != nil {
			return nil, misuse{err}
		}
		return a.metricsOf(conf, fixed(source))
	}
	return a.metricsOf(conf, func(ctx context.Context) (prometheus.Source, error) {
		address, err := own.Prometheus(ctx)
		if err != nil {
			return prometheus.Source{}, err
		}
		source, err := prometheus.ParseSource(address)
		source.Window = prometheus.EmbeddedWindow
		return source, err
	})
}

// sourceFinder tells which server to ask.
type sourceFinder func(ctx context.Context) (prometheus.Source, error)

func fixed(source prometheus.Source) sourceFinder {
	return func(context.Context) (prometheus.Source, error) { return source, nil }
}

// metricsOf makes a client that speaks of metrics by the names of the serving
// system that the configuration names, else of the one whose series are there.
func (a *app) metricsOf(conf config, find sourceFinder) (*metrics, error) {
	named, err := prometheus.Pitwall(), error(nil)
	if conf.Profile != "" {
		if named, err = prometheus.ProfileNamed(conf.Profile); err != nil {
			return nil, misuse{err}
		}
	}
	return &metrics{find: func(ctx context.Context) (*prometheus.Client, error) {
		source, err := find(ctx)
		if err != nil {
			return nil, err
		}
		c, err := prometheus.New(source, named)
		if err != nil || conf.Profile != "" {
			return c, err
		}
		names, err := c.MetricNames(ctx)
		if err != nil {
			return nil, err
		}
		if found, ok := prometheus.Detect(names); ok && found.Name != named.Name {
			return prometheus.New(source, found)
		}
		return c, nil
	}}, nil
}

func configuredSource(n *yaml.Node) (prometheus.Source, error) {
	if n.Kind == yaml.ScalarNode {
		return prometheus.ParseSource(n.Value)
	}
	var source prometheus.Source
	err := n.Decode(&source)
	return source, err
}

// get returns the client, finding the server first where it is not known.
func (m *metrics) get(ctx context.Context) (*prometheus.Client, error) {
	m.mu.Lock()
	c := m.client
	m.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := m.find(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.client = c
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
