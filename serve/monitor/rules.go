package monitor

import (
	"context"
	_ "embed" // the rules
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
)

//go:embed alerts.yaml
var alertRules []byte

// Alert is an alert that fires, or one that is over.
type Alert struct {
	Name       string
	Severity   string // "critical", "warning" or "info"
	Deployment string
	Variant    string
	Replica    string
	Summary    string // one sentence with the value
	Runbook    string // what to look at next
	Value      float64
	Since      time.Time // when the condition began to hold
	Resolved   time.Time // when it ceased to hold, zero while it fires
	Labels     map[string]string
}

// newRules prepares the evaluation of the rules in text.
func newRules(ctx context.Context, s *store, c Config, text []byte) (*rules.Manager, error) {
	loader := memory{text: text, parser: s.parser, log: c.Log}
	// The manager would only say that loading failed; this says where and why.
	if _, bad := loader.Load("", false, model.UTF8Validation); len(bad) > 0 {
		return nil, fmt.Errorf("read the alert rules: %w", errors.Join(bad...))
	}
	m := rules.NewManager(&rules.ManagerOptions{
		Context:     ctx,
		ExternalURL: &url.URL{Scheme: "http", Host: embeddedHost},
		QueryFunc:   rules.EngineQueryFunc(s.engine, s.db), Queryable: s.db, AppendableV2: s.db,
		NotifyFunc: notify(c.Notify), ResendDelay: neverAgain, OutageTolerance: time.Hour,
		Registerer: s.registry, Logger: c.Log, Parser: s.parser, GroupLoader: loader,
	})
	if err := m.Update(c.Every, []string{"alerts.yaml"}, labels.EmptyLabels(), "", rules.DefaultEvalIterationFunc); err != nil {
		return nil, fmt.Errorf("load the alert rules: %w", err)
	}
	return m, nil
}

// neverAgain makes the manager tell of a firing alert once instead of
// repeatedly, which an Alertmanager would need.
const neverAgain = 100 * 365 * 24 * time.Hour

func notify(tell func([]Alert)) rules.NotifyFunc {
	return func(_ context.Context, _ string, news ...*rules.Alert) {
		if tell == nil || len(news) == 0 {
			return
		}
		alerts := make([]Alert, len(news))
		for i, a := range news {
			alerts[i] = convert(a)
		}
		tell(alerts)
	}
}

func convert(a *rules.Alert) Alert {
	return Alert{
		Name:       a.Labels.Get(model.AlertNameLabel),
		Severity:   a.Labels.Get("severity"),
		Deployment: a.Labels.Get("deployment"),
		Variant:    a.Labels.Get("variant"),
		Replica:    a.Labels.Get("replica"),
		Summary:    a.Annotations.Get("summary"),
		Runbook:    a.Annotations.Get("runbook"),
		Value:      a.Value,
		Since:      a.ActiveAt,
		Resolved:   a.ResolvedAt,
		Labels:     a.Labels.Map(),
	}
}

// memory loads rule groups from text instead of from a file.
type memory struct {
	text   []byte
	parser parser.Parser
	log    *slog.Logger
}

// Load implements rules.GroupLoader.
func (m memory) Load(_ string, ignoreUnknown bool, s model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return rulefmt.Parse(m.text, ignoreUnknown, s, m.parser, m.log)
}

// Parse implements rules.GroupLoader.
func (m memory) Parse(query string) (parser.Expr, error) { return m.parser.ParseExpr(query) }
