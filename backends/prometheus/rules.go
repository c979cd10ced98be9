package prometheus

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	api "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Rule is an alerting rule, as far as it watches one deployment.
type Rule struct {
	Name     string
	Severity string // "critical", "warning" or "info"
	Query    string
	Healthy  bool   // it could be evaluated last
	Err      string // why it could not, foreign text
	Named    bool   // its query names the deployment, instead of watching all
	Drift    bool   // it watches drift
}

// Rules returns the alerting rules that watch a deployment: those whose query
// has a matcher that takes its name or the names of its pods, or that has none
// and asks for a metric of the profile. Recording rules are followed.
func (c *Client) Rules(ctx context.Context, deployment string) ([]Rule, error) {
	return shared(ctx, c, "rules "+deployment, refreshTimeout, func(ctx context.Context) ([]Rule, error) {
		answer, err := c.api.Rules(ctx, nil)
		if err != nil {
			return nil, c.explain(err)
		}
		w := watcher{deployment: deployment, label: c.profile.Deployment, metrics: patterns(c.profile.metrics()), drift: patterns(c.profile.driftMetrics()), recorded: map[string]string{}}
		var alerting []api.AlertingRule
		for _, group := range answer.Groups {
			for _, r := range group.Rules {
				switch r := r.(type) {
				case api.RecordingRule:
					w.recorded[r.Name] = r.Query
				case api.AlertingRule:
					alerting = append(alerting, r)
				}
			}
		}
		var rules []Rule
		for _, r := range alerting {
			named, drift, watches := w.watches(r.Query)
			if watches {
				rules = append(rules, Rule{r.Name, severity(string(r.Labels["severity"])), r.Query, r.Health != api.RuleHealthBad, r.LastError, named, drift})
			}
		}
		return rules, nil
	})
}

// watcher finds out whether queries are about a deployment.
type watcher struct {
	deployment string
	label      string            // that names the deployment in the profile
	metrics    []*regexp.Regexp  // of the profile
	drift      []*regexp.Regexp  // those of them that are about drift
	recorded   map[string]string // queries of recording rules by name
}

// deepest is how many recording rules on top of each other are followed.
const deepest = 8

func (w watcher) watches(query string) (named, drift, watches bool) {
	others := false
	w.each(query, deepest, func(s *parser.VectorSelector) {
		switch w.about(s.LabelMatchers) {
		case this:
			named = true
		case foreign:
			others = true
		case anybody:
			watches = watches || anyOf(w.metrics, s.Name)
		}
		drift = drift || anyOf(w.drift, s.Name)
	})
	return named, drift, named || watches && !others
}

// each calls f with every selector of a query and of the rules that it uses.
func (w watcher) each(query string, depth int, f func(*parser.VectorSelector)) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil || depth == 0 {
		return // of another dialect (VictoriaMetrics): nothing is known of it
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			f(s)
			if rule, ok := w.recorded[s.Name]; ok {
				w.each(rule, depth-1, f)
			}
		}
		return nil
	})
}

// relation of a selector to the deployment.
type relation int

const (
	anybody relation = iota // it names nobody
	this
	foreign
)

// naming are the labels that commonly name a deployment or its pods.
var naming = []string{"deployment", "service", "app", "app_kubernetes_io_name", "pod", "container", "model", "model_name", "job"}

func (w watcher) about(matchers []*labels.Matcher) relation {
	to := anybody
	for _, m := range matchers {
		if m.Name != w.label && !slices.Contains(naming, m.Name) || m.Matches("") {
			continue
		}
		if m.Matches(w.deployment) || m.Matches(w.deployment+"-0123456789-abcde") {
			if !m.Matches("-") { // else it takes any name
				to = this
			}
			continue
		}
		if to == anybody {
			to = foreign
		}
	}
	return to
}

// patterns are those of the names that metrics have, with the endings of
// histograms.
func patterns(of []Selector) []*regexp.Regexp {
	var list []*regexp.Regexp
	for _, s := range of {
		if s.Metric == "" {
			continue
		}
		if r, err := regexp.Compile("^(?:" + s.Metric + ")(?:_bucket|_count|_sum)?$"); err == nil {
			list = append(list, r)
		}
	}
	return list
}

func anyOf(list []*regexp.Regexp, name string) bool {
	return slices.ContainsFunc(list, func(r *regexp.Regexp) bool { return r.MatchString(name) })
}

func (p Profile) metrics() []Selector {
	all := append(slices.Clone(p.Requests), p.Errors, p.Rejects, p.InFlight, p.Memory, p.CPU, Selector{Metric: "up"})
	for _, l := range p.Latency {
		all = append(all, l.Selector)
	}
	return append(all, p.driftMetrics()...)
}

func (p Profile) driftMetrics() []Selector {
	return []Selector{p.FeatureDrift.Selector, p.PredictionDrift.Selector, p.MissingRatio}
}

// Receivers returns the addresses of the Alertmanagers that the server sends
// its alerts to.
func (c *Client) Receivers(ctx context.Context) ([]string, error) {
	return shared(ctx, c, "receivers", refreshTimeout, func(ctx context.Context) ([]string, error) {
		answer, err := c.api.AlertManagers(ctx)
		if err != nil {
			return nil, c.explain(err)
		}
		var list []string
		for _, a := range answer.Active {
			list = append(list, a.URL)
		}
		return list, nil
	})
}

// Target is a process that the server scrapes for a deployment.
type Target struct {
	URL     string
	Variant string // "" for one that is of the whole deployment
	Up      bool
	Err     string // why it is not, foreign text
	Scraped time.Time
	Every   time.Duration // scrape interval, 0 unknown
}

// Targets returns what the server scrapes for a deployment, by the labels of
// its targets.
func (c *Client) Targets(ctx context.Context, deployment string) ([]Target, error) {
	return shared(ctx, c, "targets "+deployment, refreshTimeout, func(ctx context.Context) ([]Target, error) {
		profile, err := c.asked(ctx, deployment)
		if err != nil {
			return nil, err
		}
		answer, err := c.api.Targets(ctx)
		if err != nil {
			return nil, c.explain(err)
		}
		var list []Target
		for _, t := range answer.Active {
			k, _ := profile.alerted(model.Metric(t.Labels))
			if k.deployment != deployment && !(k.deployment == "" && profile.front && t.Labels["job"] == "gateway") {
				continue // pitwall's gateway serves all deployments
			}
			every, _ := time.ParseDuration(t.DiscoveredLabels["__scrape_interval__"]) // absent from servers before 2.34
			list = append(list, Target{t.ScrapeURL, k.variant, t.Health == api.HealthGood, t.LastError, t.LastScrape, every})
		}
		slices.SortFunc(list, func(a, b Target) int { return strings.Compare(a.URL, b.URL) })
		return list, nil
	})
}
