package scaffold

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"pitwall/backends/prometheus"
)

// The parts of Grafana's dashboard format that are used (schema version 39).
type (
	board struct {
		UID           string    `json:"uid"`
		Title         string    `json:"title"`
		Description   string    `json:"description"`
		Tags          []string  `json:"tags"`
		SchemaVersion int       `json:"schemaVersion"`
		Refresh       string    `json:"refresh"`
		Time          timeRange `json:"time"`
		Panels        []panel   `json:"panels"`
	}
	timeRange struct {
		From string `json:"from"`
		To   string `json:"to"`
	}
	panel struct {
		ID          int         `json:"id"`
		Type        string      `json:"type"`
		Title       string      `json:"title"`
		Description string      `json:"description,omitempty"`
		Datasource  datasource  `json:"datasource"`
		GridPos     grid        `json:"gridPos"`
		FieldConfig fieldConfig `json:"fieldConfig"`
		Targets     []target    `json:"targets"`
	}
	datasource struct {
		Type string `json:"type"`
		UID  string `json:"uid"`
	}
	grid struct {
		H int `json:"h"`
		W int `json:"w"`
		X int `json:"x"`
		Y int `json:"y"`
	}
	fieldConfig struct {
		Defaults fieldDefaults `json:"defaults"`
	}
	fieldDefaults struct {
		Unit       string     `json:"unit"`
		Min        *float64   `json:"min,omitempty"`
		Thresholds thresholds `json:"thresholds"`
	}
	thresholds struct {
		Mode  string `json:"mode"`
		Steps []step `json:"steps"`
	}
	step struct {
		Color string   `json:"color"`
		Value *float64 `json:"value"`
	}
	target struct {
		RefID        string `json:"refId"`
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	}
)

// source is the uid of the data source that is provisioned beside it.
var source = datasource{Type: "prometheus", UID: "prometheus"}

// query is a line, or several, of a panel.
type query struct{ expr, legend string }

// chart is a panel without its place.
type chart struct {
	title, about, unit string
	limit              float64 // above which it is red, 0 for none
	queries            []query
}

// dashboard shows what pitwall's panels show, by the metrics that its profile
// of the serving binary names.
func dashboard(a Answers) ([]byte, error) {
	b := board{UID: "pitwall-" + a.Name, Title: a.Name, Description: a.About, Tags: []string{"pitwall"}, SchemaVersion: 39, Refresh: "10s", Time: timeRange{"now-1h", "now"}}
	for i, c := range charts(a, prometheus.PitwallServe()) {
		b.Panels = append(b.Panels, c.panel(i))
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the dashboard: %w", err)
	}
	return append(text, '\n'), nil
}

func charts(a Answers, p prometheus.Profile) []chart {
	of := func(s prometheus.Selector, suffix string, more ...string) string {
		matchers := []string{p.Deployment + "=" + strconv.Quote(a.Name)}
		for _, m := range append([]string{s.Match}, more...) {
			if m != "" {
				matchers = append(matchers, m)
			}
		}
		return s.Metric + suffix + "{" + strings.Join(matchers, ",") + "}"
	}
	by := func(operator, vector string) string { return operator + " by (" + p.Variant + ") (" + vector + ")" }
	rate := func(series string) string { return "rate(" + series + "[$__rate_interval])" }
	requests := by("sum", rate(of(p.Requests[0], "")))
	share := func(part prometheus.Selector) string {
		return "(" + by("sum", rate(of(part, ""))) + " or 0 * " + requests + ") / " + requests
	}
	quantile := func(q string) query {
		return query{"histogram_quantile(" + q + ", sum by (le, " + p.Variant + ") (" + rate(of(p.Latency[0].Selector, "_bucket")) + "))", "{{" + p.Variant + "}} p" + strings.TrimPrefix(q, "0.")}
	}
	variant := "{{" + p.Variant + "}}"
	return []chart{
		{"Latency", "Of the requests of each variant.", "s", a.Seconds(), []query{quantile("0.50"), quantile("0.95"), quantile("0.99")}},
		{"Errors", "Share of the requests that were answered 5xx.", "percentunit", a.ErrorRatio(), []query{{share(p.Errors), variant}}},
		{"Requests", "A second, by variant: the observed split.", "reqps", 0, []query{{requests, variant}}},
		{"Refused", "Share of the requests that were answered 4xx.", "percentunit", 0, []query{{share(p.Rejects), variant}}},
		{"Drift", "Greatest PSI of the features; above 0.25 the inputs have moved away. Empty without a baseline.", "none", 0.25,
			[]query{{by("max", of(p.FeatureDrift.Selector, "", p.FeatureDrift.PSI)), variant}}},
		{"Requests in flight", "Being answered, over all replicas.", "short", 0, []query{{by("sum", of(p.InFlight, "")), variant}}},
		{"Memory", "Resident, over all replicas.", "bytes", 0, []query{{by("sum", of(p.Memory, "")), variant}}},
		{"CPU", "Cores in use, over all replicas.", "short", 0, []query{{by("sum", rate(of(p.CPU, ""))), variant}}},
	}
}

// panel is a chart at its place, two in a row.
func (c chart) panel(i int) panel {
	zero := 0.0
	out := panel{ID: i + 1, Type: "timeseries", Title: c.title, Description: c.about, Datasource: source, GridPos: grid{H: 8, W: 12, X: i % 2 * 12, Y: i / 2 * 8},
		FieldConfig: fieldConfig{fieldDefaults{Unit: c.unit, Min: &zero, Thresholds: thresholds{Mode: "absolute", Steps: []step{{Color: "green"}}}}}}
	if c.limit > 0 {
		limit := c.limit
		out.FieldConfig.Defaults.Thresholds.Steps = append(out.FieldConfig.Defaults.Thresholds.Steps, step{"red", &limit})
	}
	for j, q := range c.queries {
		out.Targets = append(out.Targets, target{RefID: string(rune('A' + j)), Expr: q.expr, LegendFormat: q.legend})
	}
	return out
}
