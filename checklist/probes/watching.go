package probes

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/checklist"
)

// monitoring: Prometheus scrapes the replicas, and has their series.
func (a *asker) monitoring(ctx context.Context) checklist.Finding {
	if a.Metrics == nil {
		return next(unknown("no Prometheus is configured"), "name one with --prometheus", "")
	}
	list, err := a.Metrics.Targets(ctx, a.Deployment.Name)
	if err != nil {
		return unknown("ask Prometheus for its targets: %s", err)
	}
	v, up := verdict{source: "GET /api/v1/targets"}, 0
	for _, t := range list {
		if t.Variant != a.Subject.Variant && t.Variant != "" {
			continue
		}
		every := t.Every
		if every == 0 {
			every = time.Minute
		}
		switch {
		case !t.Up:
			v.fail("%s is down: %s", t.URL, t.Err)
		case a.Now().Sub(t.Scraped) > 2*every+time.Second:
			v.fail("%s was scraped last %s ago", t.URL, a.Now().Sub(t.Scraped).Round(time.Second))
		default:
			up++
		}
	}
	s := a.Signals[a.Subject.Variant]
	early := a.early()
	switch {
	case s.At.IsZero() && len(v.bad) == 0 && early != "":
		return next(from(unknown("Prometheus has no series of %s%s", a.Subject.Variant, early), v.source), "look again in a minute, when it runs and was scraped", checklist.GoDeployment)
	case s.At.IsZero():
		v.fail("Prometheus has no series of %s", a.Subject.Variant)
	default:
		v.ok("series of %s are %s old", a.Subject.Variant, a.Now().Sub(s.At).Round(time.Second))
	}
	switch {
	case up > 0:
		v.ok("%d targets are up", up)
	case len(v.bad) == 0:
		v.warn("none of the targets names %s", a.Deployment.Name)
	}
	return next(v.finding(), "see what Prometheus says of its targets", checklist.GoDeployment)
}

// settling is how long after its start a replica may have no series: the target
// has to be found, scraped, and asked for.
const settling = 2 * time.Minute

// early says why there can be no series of the variant yet, "" when there should be.
func (a *asker) early() string {
	v, _ := a.Deployment.Variant(a.Subject.Variant)
	var first time.Time
	for _, r := range v.Replicas {
		if !r.StartedAt.IsZero() && (first.IsZero() || r.StartedAt.Before(first)) {
			first = r.StartedAt
		}
	}
	age := a.Now().Sub(first)
	switch {
	case len(v.Replicas) == 0:
		return ", of which nothing runs"
	case first.IsZero() || age > settling:
		return ""
	}
	return fmt.Sprintf(" yet: its replicas run since %s", max(age, 0).Round(time.Second))
}

// dashboard: Grafana has the dashboard that the settings name.
func (a *asker) dashboard(ctx context.Context) checklist.Finding {
	e := a.Settings.Grafana
	if e.URL == "" {
		return notHere("no Grafana is named in the checklist's settings; pitwall draws the panels itself")
	}
	source := strings.TrimRight(e.URL, "/") + "/api/dashboards/uid/" + url.PathEscape(a.named(e.Query))
	status, data, err := a.ask(ctx, e, source)
	var answer struct{ Dashboard struct{ UID string } }
	switch {
	case err != nil:
		return from(unknown("ask Grafana: %s", err), source)
	case status == http.StatusNotFound:
		return next(from(say(checklist.Fail, "Grafana has no dashboard %s", a.named(e.Query)), source), "import it", "")
	case status != http.StatusOK:
		return from(unknown("Grafana answers %d", status), source)
	case json.Unmarshal(data, &answer) != nil || answer.Dashboard.UID != a.named(e.Query):
		return from(unknown("what answers is not Grafana with the dashboard %s: a login page, perhaps", a.named(e.Query)), source)
	}
	return from(say(checklist.Pass, "Grafana has the dashboard %s", a.named(e.Query)), source)
}

// named is a query with the deployment's name in it.
func (a *asker) named(query string) string {
	return strings.ReplaceAll(query, "{deployment}", a.Deployment.Name)
}

// ask is get with the token of a service.
func (a *asker) ask(ctx context.Context, e checklist.Endpoint, address string) (int, []byte, error) {
	header := http.Header{"Accept": {"application/json"}}
	if e.TokenEnv != "" {
		token := a.Env(e.TokenEnv)
		if token == "" {
			return 0, nil, fmt.Errorf("the variable %s with its token is not set", e.TokenEnv)
		}
		header.Set("Authorization", "Bearer "+token)
	}
	return a.get(ctx, http.MethodGet, address, nil, header)
}

// fresh is how old the newest collected line may be.
const fresh = 5 * time.Minute

// logging: lines of the deployment arrive where logs are gathered.
func (a *asker) logging(ctx context.Context) checklist.Finding {
	switch {
	case a.Settings.Loki.URL != "":
		return a.loki(ctx)
	case a.Settings.Elasticsearch.URL != "":
		return a.elasticsearch(ctx)
	}
	driver, source, why := of(ctx, a, func(v backends.VariantSetup) backends.Fact[string] { return v.Logging })
	if why != nil {
		return *why
	}
	if driver == "none" {
		return next(from(say(checklist.Fail, "the replicas' output is thrown away"), source), "choose another log driver", "")
	}
	return next(from(unknown("the replicas' output goes to %s; whether it is gathered is not known", driver), source), "name loki or elasticsearch in the checklist's settings", "")
}

func (a *asker) loki(ctx context.Context) checklist.Finding {
	e := a.Settings.Loki
	query := a.named(e.Query)
	if query == "" {
		query = fmt.Sprintf("{app=%q}", a.Deployment.Name)
	}
	values := url.Values{"query": {query}, "limit": {"1"}, "direction": {"backward"}, "start": {strconv.FormatInt(a.Now().Add(-fresh).UnixNano(), 10)}}
	source := "loki " + query
	status, data, err := a.ask(ctx, e, strings.TrimRight(e.URL, "/")+"/loki/api/v1/query_range?"+values.Encode())
	if err != nil || status != http.StatusOK {
		return from(unknown("ask Loki: %s", failure(status, err)), source)
	}
	var answer struct {
		Data struct {
			Result []struct{ Values [][2]string }
		}
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return from(unknown("Loki's answer cannot be read: %s", err), source)
	}
	var newest int64
	for _, stream := range answer.Data.Result {
		for _, v := range stream.Values {
			at, _ := strconv.ParseInt(v[0], 10, 64) // 0 is older than anything
			newest = max(newest, at)
		}
	}
	if newest == 0 {
		return next(from(say(checklist.Fail, "no line of the last %s is there", fresh), source), "see whether the collector runs, and whether the deployment writes", checklist.GoLogs)
	}
	age := a.Now().Sub(time.Unix(0, newest)).Round(time.Second)
	if age > fresh+time.Minute || age < -time.Minute {
		return from(unknown("the newest line that Loki tells of is %s old", age), source)
	}
	return from(say(checklist.Pass, "the newest line is %s old", max(age, 0)), source)
}

func (a *asker) elasticsearch(ctx context.Context) checklist.Finding {
	e := a.Settings.Elasticsearch
	index := a.named(e.Query)
	if index == "" {
		index = "_all"
	}
	q := fmt.Sprintf(`@timestamp:[now-%dm TO now] AND %q`, int(fresh.Minutes()), a.Deployment.Name)
	source := "elasticsearch " + index + " " + q
	status, data, err := a.ask(ctx, e, strings.TrimRight(e.URL, "/")+"/"+url.PathEscape(index)+"/_count?q="+url.QueryEscape(q))
	if err != nil || status != http.StatusOK {
		return from(unknown("ask Elasticsearch: %s", failure(status, err)), source)
	}
	var answer struct{ Count *int64 }
	if err := json.Unmarshal(data, &answer); err != nil || answer.Count == nil || *answer.Count < 0 {
		return from(unknown("Elasticsearch's answer has no count"), source)
	}
	if *answer.Count == 0 {
		return next(from(say(checklist.Fail, "no line of the last %s is there", fresh), source), "see whether the collector runs, and whether the deployment writes", checklist.GoLogs)
	}
	return from(say(checklist.Pass, "%d lines of the last %s are there", *answer.Count, fresh), source)
}

func failure(status int, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("it answers %d", status)
}

// alertRules: a rule watches the deployment, and can be evaluated.
func (a *asker) alertRules(ctx context.Context) checklist.Finding {
	if a.Alerting == nil {
		return next(unknown("no Prometheus is configured"), "name one with --prometheus", "")
	}
	rules, err := a.rules(ctx)
	if err != nil {
		return unknown("ask Prometheus for its rules: %s", err)
	}
	v := verdict{source: "GET /api/v1/rules"}
	var names []string
	for _, r := range rules {
		if !r.Healthy {
			v.fail("%s cannot be evaluated: %s", r.Name, r.Err)
			continue
		}
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		v.fail("no alerting rule watches %s", a.Deployment.Name)
	} else {
		v.ok("%d alerts watch it: %s", len(names), listed(names, ", "))
	}
	return next(v.finding(), "write rules for latency, errors and replicas that are down", checklist.GoAlerts)
}

// alertReceiver: what fires is sent to somebody.
func (a *asker) alertReceiver(ctx context.Context) checklist.Finding {
	if e := a.Settings.Alertmanager; e.URL != "" {
		return a.alertmanager(ctx, e)
	}
	if a.Alerting == nil {
		return unknown("no Prometheus is configured")
	}
	list, err := a.Alerting.Receivers(ctx)
	const source = "GET /api/v1/alertmanagers"
	switch {
	case err != nil:
		return from(unknown("ask Prometheus for its Alertmanagers: %s", err), source)
	case len(list) == 0 && a.Deployment.Backend == "local":
		return from(notHere("the local stack tells its alerts on the screen only"), source)
	case len(list) == 0:
		return next(from(say(checklist.Fail, "Prometheus sends its alerts to nobody"), source), "configure an Alertmanager", checklist.GoAlerts)
	}
	return next(from(say(checklist.Warn, "alerts go to %s; who gets them there is not known", listed(list, ", ")), source), "name it in the checklist's settings: alertmanager", "")
}

func (a *asker) alertmanager(ctx context.Context, e checklist.Endpoint) checklist.Finding {
	source := strings.TrimRight(e.URL, "/") + "/api/v2/receivers"
	status, data, err := a.ask(ctx, e, source)
	if err != nil || status != http.StatusOK {
		return from(unknown("ask Alertmanager: %s", failure(status, err)), source)
	}
	var answer []struct{ Name string }
	if err := json.Unmarshal(data, &answer); err != nil {
		return from(unknown("Alertmanager's answer cannot be read: %s", err), source)
	}
	var names []string
	for _, r := range answer {
		if r.Name != "" && r.Name != "null" && r.Name != "blackhole" {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return next(from(say(checklist.Fail, "Alertmanager has no receiver"), source), "add one", "")
	}
	if a.Alerting != nil {
		sent, err := a.Alerting.Receivers(ctx)
		switch {
		case err != nil:
			return from(unknown("whether Prometheus sends to it is not known: %s", err), source)
		case len(sent) == 0:
			return next(from(say(checklist.Fail, "Alertmanager would tell %s, but Prometheus sends its alerts to nobody", listed(names, ", ")), source), "configure it in Prometheus", checklist.GoAlerts)
		}
	}
	return from(say(checklist.Pass, "Alertmanager tells %s", listed(names, ", ")), source)
}
