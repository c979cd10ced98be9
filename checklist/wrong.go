package checklist

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
)

// kinds of JSON values that a shape can ask for.
var kinds = []string{"number", "string", "bool", "array", "object", "null"}

// wrong are the sentences about values that no setting can have.
func (s Settings) wrong() []string {
	var list []string
	say := func(bad bool, format string, args ...any) {
		if bad {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	say(!slices.Contains([]string{"p50", "p95", "p99"}, s.Latency.Quantile), "latency: quantile %q: choose p50, p95 or p99", s.Latency.Quantile)
	say(s.Latency.Max <= 0, "latency: max is longer than 0")
	say(s.Latency.Requests < 0 || s.Scan.High < 0 || s.FailedRequests < 0, "a number of requests or vulnerabilities is not negative")
	say(s.ModelSize <= 0, "model_size is larger than 0")
	say(!slices.Contains([]string{"", "none", "trivy", "grype"}, s.Scan.Scanner), "scan: scanner %q: choose trivy, grype or none", s.Scan.Scanner)
	say(!(s.Drift.PSI > 0) || math.IsInf(s.Drift.PSI, 0), "drift: psi is a number larger than 0")
	say(!(s.SplitConfidence > 0.5 && s.SplitConfidence < 1), "split_confidence lies between 0.5 and 1")
	say(s.Waiver <= 0, "waiver is longer than 0")
	say(!(s.Usage > 0 && s.Usage <= 1), "usage is a part of the limit, between 0 and 1")
	for name, b := range s.Metrics {
		for _, x := range []*float64{b.Min, b.Max} {
			say(x != nil && (math.IsNaN(*x) || math.IsInf(*x, 0)), "metrics: %s: a bound is a number", name)
		}
		say(b.Min != nil && b.Max != nil && *b.Min > *b.Max, "metrics: %s: min is above max", name)
	}
	for i, r := range s.Smoke {
		list = append(list, r.wrong(i+1)...)
	}
	for name, e := range map[string]Endpoint{"loki": s.Loki, "elasticsearch": s.Elasticsearch, "grafana": s.Grafana, "alertmanager": s.Alertmanager, "pagerduty": s.PagerDuty} {
		if e.URL == "" {
			continue
		}
		u, err := url.Parse(e.URL)
		say(err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https", "%s: url is no http or https address", name)
		say(err == nil && (u.User != nil || u.RawQuery != ""), "%s: url holds a user or a query: name the variable of the token with token_env", name)
	}
	if u, err := url.Parse(s.Runbook); err == nil {
		say(u.User != nil, "runbook: the address holds a user, which would be told with the evidence")
	}
	slices.Sort(list)
	return list
}

func (r Request) wrong(n int) []string {
	var list []string
	if !strings.HasPrefix(r.Path, "/") {
		list = append(list, fmt.Sprintf("smoke: request %d: path %q begins with no /", n, r.Path))
	}
	if r.Status != 0 && (r.Status < 100 || r.Status > 599) {
		list = append(list, fmt.Sprintf("smoke: request %d: status %d is none of HTTP", n, r.Status))
	}
	for path, kind := range r.Shape {
		if !slices.Contains(kinds, kind) {
			list = append(list, fmt.Sprintf("smoke: request %d: %s is to be %q: choose %s", n, path, kind, strings.Join(kinds, ", ")))
		}
	}
	return list
}
