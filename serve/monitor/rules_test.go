package monitor

import (
	"strings"
	"testing"
	"time"
)

const errorRule = `groups:
- name: test
  rules:
  - alert: Errors
    expr: sum by (deployment, variant) (rate(gateway_requests_total{code="500"}[1s])) > 0
    for: 300ms
    labels: {severity: critical, replica: r}
    annotations: {summary: '{{ $labels.variant }} fails.', runbook: look}
`

func TestAnAlertIsPendingThenFiresThenIsOver(t *testing.T) {
	told := make(chan Alert, 100)
	g := newGateway(t)
	m := startTest(t, Config{Notify: func(alerts []Alert) {
		for _, a := range alerts {
			told <- a
		}
	}}, errorRule)
	m.SetTargets([]Target{g.target()})
	failed := g.requests.WithLabelValues("model-api", "A", "1.0.0", "500")
	state := func(want string) func() bool {
		return func() bool {
			_, body := get(t, m.Handler(), "/api/v1/alerts")
			if want == "" {
				return strings.Contains(body, `"alerts":[]`)
			}
			failed.Inc()
			return strings.Contains(body, `"state":"`+want+`"`)
		}
	}
	eventually(t, "pending", state("pending"))
	eventually(t, "firing", state("firing"))
	eventually(t, "over", state(""))

	fires, over := <-told, <-told
	if !fires.Resolved.IsZero() || over.Resolved.IsZero() || over.Resolved.Before(fires.Since) {
		t.Errorf("told %+v, then %+v", fires, over)
	}
	if len(told) > 0 {
		t.Errorf("told once more: %+v", <-told)
	}
	fires.Value, fires.Since, fires.Labels = 0, time.Time{}, nil
	want := Alert{Name: "Errors", Severity: "critical", Deployment: "model-api", Variant: "A", Replica: "r", Summary: "A fails.", Runbook: "look"}
	if got, wanted := asText(fires), asText(want); got != wanted {
		t.Errorf("told %s, want %s", got, wanted)
	}
}

func asText(a Alert) string {
	return strings.Join([]string{a.Name, a.Severity, a.Deployment, a.Variant, a.Replica, a.Summary, a.Runbook}, "|")
}

func TestWrongRulesAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"groups: [{name: g, rules: [{alert: A, expr: 'sum('}]}]":              `"A"`,
		"groups: [{name: g}, {name: g}]":                                      "repeated",
		"groups: [{name: g, rules: [{alert: A, expr: 'up', colour: 'red'}]}]": "colour",
	} {
		_, err := start(t.Context(), Config{Dir: t.TempDir()}, []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "read the alert rules") {
			t.Errorf("rules %s: %v, want %s", text, err, want)
		}
	}
}
