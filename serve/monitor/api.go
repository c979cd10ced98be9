package monitor

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/features"
	"github.com/prometheus/prometheus/util/notifications"
	apiv1 "github.com/prometheus/prometheus/web/api/v1"
)

const (
	embeddedHost = "embedded"        // names the server where no port does
	version      = "3.16.0-embedded" // what buildinfo says
)

// newHandler makes the HTTP API. It is called once per store, because NewAPI
// registers metrics.
func newHandler(s *store, rulesOf *rules.Manager, cfg *config.Config) http.Handler {
	mux := route.New()
	newAPI(s, rulesOf, cfg).Register(mux.WithPrefix("/api/v1"))
	for _, path := range []string{"/-/ready", "/-/healthy"} {
		answer := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pitwall is ready.\n") }
		mux.Get(path, answer)
		mux.Head(path, answer)
	}
	return mux
}

// newAPI fills the positional parameters of NewAPI, which change from release
// to release: read its declaration before touching them.
func newAPI(s *store, rulesOf *rules.Manager, cfg *config.Config) *apiv1.API {
	began := time.Now()
	return apiv1.NewAPI(
		s.engine, s.db, nil, s.db, // query, series, no appender, exemplars
		func(context.Context) apiv1.ScrapePoolsRetriever { return s.scrape },
		func(context.Context) apiv1.TargetRetriever { return s.scrape },
		func(context.Context) apiv1.AlertmanagerRetriever { return noAlertmanagers{} },
		func() config.Config { return *cfg },
		map[string]string{}, // flags
		apiv1.GlobalURLOptions{Host: embeddedHost, Scheme: "http"},
		func(f http.HandlerFunc) http.HandlerFunc { return f }, // always ready
		admin{s.db}, s.dir,
		false, false, 0, // no admin API, no search
		s.log,
		func(context.Context) apiv1.RulesRetriever { return rulesOf },
		0, 0, 0, // remote-read limits
		false,                    // not an agent
		regexp.MustCompile(`^$`), // no other origins
		func() (apiv1.RuntimeInfo, error) {
			return apiv1.RuntimeInfo{StartTime: began, ServerTime: time.Now(), ReloadConfigSuccess: true, LastConfigTime: began}, nil
		},
		&apiv1.PrometheusVersion{Version: version, GoVersion: runtime.Version()},
		func() []notifications.Notification { return nil },
		func() (<-chan notifications.Notification, func(), bool) { return nil, func() {}, false },
		s.registry, s.registry, nil, // metrics, no other statistics
		false, nil, false, false, false, // neither remote write nor OTLP
		lookback, false, false, nil, // no labels or records of metadata, ordinary error codes
		features.DefaultRegistry,
		apiv1.OpenAPIOptions{ExternalURL: "http://" + embeddedHost, Version: version},
		s.parser, false, queryTimeout,
	)
}

type noAlertmanagers struct{}

func (noAlertmanagers) Alertmanagers() []*url.URL        { return nil }
func (noAlertmanagers) DroppedAlertmanagers() []*url.URL { return nil }

// admin completes *tsdb.DB to an apiv1.TSDBAdminStats.
type admin struct{ *tsdb.DB }

func (a admin) Stats(label string, limit int) (*tsdb.Stats, error) {
	return a.Head().Stats(label, limit), nil
}
func (a admin) WALReplayStatus() (tsdb.WALReplayStatus, error) { return tsdb.WALReplayStatus{}, nil }
func (a admin) BlockMetas() ([]tsdb.BlockMeta, error)          { return a.DB.BlockMetas(), nil }
