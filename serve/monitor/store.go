package monitor

import (
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	common "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/compression"
)

const (
	lookback     = 5 * time.Minute // how long the last sample of a series stands
	queryTimeout = 30 * time.Second

	// Whichever comes first ends the life of a sample.
	retention    = 24 * time.Hour
	retainedSize = 512 << 20
)

// InUseError says that another process has the data directory open.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("metrics directory %s is in use by another pitwall: stop that one, or use another state directory (--state)", e.Dir)
}

// store is the embedded Prometheus without its rules and its HTTP part.
type store struct {
	dir      string
	log      *slog.Logger
	registry *prometheus.Registry // private: the default one is filled by package inits
	db       *tsdb.DB
	parser   parser.Parser
	engine   *promql.Engine
	scrape   *scrape.Manager
}

func openStore(c Config) (*store, error) {
	s := &store{dir: c.Dir, log: c.Log, registry: prometheus.NewRegistry(), parser: parser.NewParser(parser.Options{})}
	var err error
	s.db, err = tsdb.Open(c.Dir, c.Log, s.registry, storageOptions(), tsdb.NewDBStats())
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, &InUseError{Dir: c.Dir}
	case err != nil:
		return nil, fmt.Errorf("open metrics directory %s: %w", c.Dir, err)
	}
	s.engine = promql.NewEngine(promql.EngineOpts{
		Logger: c.Log, Reg: s.registry, Parser: s.parser,
		MaxSamples: 10_000_000, Timeout: queryTimeout, LookbackDelta: lookback,
		EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return c.Every.Milliseconds() },
	})
	s.scrape, err = scrape.NewManager(scrapeOptions(c.Every), c.Log, nil, nil, s.db, s.registry)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the scraper: %w", err), s.close())
	}
	return s, nil
}

// storageOptions keeps the log of the newest samples and the memory small:
// short blocks, few lock stripes, small segments and buffers.
func storageOptions() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration, o.MaxBytes = retention.Milliseconds(), retainedSize
	o.MinBlockDuration = (10 * time.Minute).Milliseconds()
	o.MaxBlockDuration = (90 * time.Minute).Milliseconds()
	o.WALCompression = compression.Snappy
	o.StripeSize, o.WALSegmentSize, o.HeadChunksWriteBufferSize = 1<<10, 16<<20, 64<<10
	return o
}

func scrapeOptions(every time.Duration) *scrape.Options {
	return &scrape.Options{
		DiscoveryReloadOnStartup: true, // otherwise the first scrape waits for a ticker
		DiscoveryReloadInterval:  model.Duration(every),
		HTTPClientOptions: []common.HTTPClientOption{
			common.WithUserAgent("pitwall"),
			// Pools of removed targets keep their idle connections that long.
			common.WithIdleConnTimeout(3*every + time.Second),
		},
	}
}

func (s *store) close() error {
	if err := errors.Join(s.engine.Close(), s.db.Close()); err != nil {
		return fmt.Errorf("close metrics directory %s: %w", s.dir, err)
	}
	return nil
}
