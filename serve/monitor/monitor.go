package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery/targetgroup"
	"github.com/prometheus/prometheus/rules"
)

// Config tells Start what to run.
type Config struct {
	Dir    string        // holds the samples; made when absent
	Listen string        // loopback address of the HTTP API ("127.0.0.1:7490"), "" for no port
	Every  time.Duration // between two scrapes of a target and two evaluations of the rules, 1 s when 0
	Log    *slog.Logger  // nil discards

	// Expose lets Listen be any address, as inside a container. The HTTP API has
	// no login: whoever reaches the port reads every sample. Publish it on the
	// host's loopback address only.
	Expose bool

	// Notify is told of every alert once when it begins to fire and once when
	// it is over. It is called from the goroutine of the rules and must not
	// block. Nil means that nobody is told.
	Notify func([]Alert)
}

// Monitor is a running server. Its methods may be called from any goroutine.
type Monitor struct {
	store   *store
	rules   *rules.Manager
	handler http.Handler
	server  *server // nil without a port
	running sync.WaitGroup

	targets sync.Mutex // held while a set is put into sets
	sets    chan map[string][]*targetgroup.Group

	once   sync.Once
	closed error
}

// Start opens the data directory and begins to scrape and to evaluate the alert
// rules. Everything stops when ctx ends; Close must be called all the same.
// Errors: *InUseError when another process has the directory; a sentence that
// names Config.Listen when the address is not loopback or the port is taken.
func Start(ctx context.Context, c Config) (*Monitor, error) {
	return start(ctx, c, alertRules)
}

// start is Start with the rules as a parameter, for the tests.
func start(ctx context.Context, c Config, ruleText []byte) (_ *Monitor, err error) {
	if c.Every == 0 {
		c.Every = time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	cfg, err := config.Load(fmt.Sprintf(scrapeYAML, c.Every), c.Log)
	if err != nil {
		return nil, fmt.Errorf("configure the scraper for an interval of %v: %w", c.Every, err)
	}
	s, err := openStore(c)
	if err != nil {
		return nil, err
	}
	m := &Monitor{store: s, sets: make(chan map[string][]*targetgroup.Group, 1)}
	defer func() {
		if err != nil {
			m.server.stop()
			err = errors.Join(err, s.close())
		}
	}()
	if m.server, err = listen(c.Listen, c.Expose, c.Log); err != nil {
		return nil, err
	}
	if err = s.scrape.ApplyConfig(cfg); err != nil {
		return nil, fmt.Errorf("configure the scraper: %w", err)
	}
	if m.rules, err = newRules(ctx, s, c, ruleText); err != nil {
		return nil, err
	}
	m.handler = newHandler(s, m.rules, cfg)
	m.run(ctx) // nothing fails after the rules: they can only be stopped once they run
	return m, nil
}

func (m *Monitor) run(ctx context.Context) {
	m.running.Go(func() { _ = m.store.scrape.Run(m.sets) }) // Run never fails
	m.running.Go(m.rules.Run)
	if m.server != nil {
		m.running.Go(func() { m.server.serve(m.handler) })
	}
	context.AfterFunc(ctx, func() { _ = m.Close() }) // the caller's own Close reports the error
}

// URL is where the HTTP API listens ("http://127.0.0.1:7490"), "" without a port.
func (m *Monitor) URL() string {
	if m.server == nil {
		return ""
	}
	return m.server.url
}

// Handler serves the HTTP API (/api/v1), /-/ready and /-/healthy.
func (m *Monitor) Handler() http.Handler { return m.handler }

// Close stops everything and closes the data directory; the samples stay. It
// may be called more than once and returns the same error each time.
func (m *Monitor) Close() error {
	m.once.Do(func() {
		m.server.stop()
		m.rules.Stop()
		m.store.scrape.Stop()
		m.running.Wait()
		m.closed = m.store.close()
	})
	return m.closed
}
