package checklist

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestStandardList(t *testing.T) {
	l := Standard()
	count := map[Phase]int{}
	for _, i := range l.Items {
		count[i.Phase]++
		if i.Why == "" || i.Title == "" || i.MaxAge <= 0 || i.Expires <= 0 {
			t.Errorf("item %+v is not whole", i)
		}
	}
	if count[Pre] != 7 || count[Deploy] != 6 || count[Post] != 6 || count[Practice] != 8 {
		t.Errorf("items by phase %v, want the field's 7, 6, 6 and 8", count)
	}
	s := l.Settings
	if s.ModelSize != 500e6 || time.Duration(s.Latency.Max) != 200*time.Millisecond || time.Duration(s.Scan.MaxAge) != 7*24*time.Hour {
		t.Errorf("settings %+v", s)
	}
}

func TestTeamFile(t *testing.T) {
	l, err := Load([]byte(`
items:
  - id: model-validated
    title: Model signed by the risk board
    second: true
  - id: data-sheet
    phase: pre
    title: Data sheet published
    attest: The data sheet is on the wiki.
    expires: 7d
remove: [multi-stage]
settings:
  latency: {max: 80ms}
  metrics: {accuracy: {min: 0.9}}
deployments:
  churn:
    remove: [ab-test]
    settings:
      metrics: {recall: {min: 0.8}}
  fraud:
    settings: {latency: {max: 20ms}}
`), "team.yaml", "churn", nil)
	if err != nil {
		t.Fatal(err)
	}
	validated, _ := l.Item("model-validated")
	if validated.Title != "Model signed by the risk board" || !validated.Second || !slices.Equal(validated.Probes, []string{"model.run"}) {
		t.Errorf("changed item %+v: what the file does not name has to stay", validated)
	}
	sheet, ok := l.Item("data-sheet")
	if !ok || sheet.Expires != 7*24*time.Hour || sheet.Phase != Pre {
		t.Errorf("new item %+v", sheet)
	}
	if i := slices.Index(l.IDs(), "data-sheet"); i != 7 {
		t.Errorf("the new item stands at %d, not at the end of its phase", i)
	}
	for _, gone := range []string{"multi-stage", "ab-test"} {
		if _, ok := l.Item(gone); ok {
			t.Errorf("%s is still there", gone)
		}
	}
	s := l.Settings
	if time.Duration(s.Latency.Max) != 80*time.Millisecond || s.Latency.Quantile != "p95" || *s.Metrics["accuracy"].Min != 0.9 || *s.Metrics["recall"].Min != 0.8 {
		t.Errorf("settings %+v", s)
	}
	if len(Standard().Settings.Metrics) != 0 {
		t.Error("a team's file changed the standard list")
	}
}

func TestBadFiles(t *testing.T) {
	for name, test := range map[string]struct {
		data string
		line int
		want string
	}{
		"no yaml":             {"items: [", 1, "did not find expected node content"},
		"unknown field":       {"itms: []", 1, "field itms is not known: there are items, remove, settings, deployments"},
		"unknown item field":  {"items:\n  - id: x\n    pase: pre", 3, "field pase is not known: there are id, phase"},
		"unknown setting":     {"settings:\n  latency:\n    maximum: 3s", 3, "field maximum is not known: there are quantile, max"},
		"phase":               {"items:\n  - {id: x, phase: later, title: t, attest: a}", 2, "choose pre, deploy, post or practice"},
		"no phase":            {"items:\n  - {id: x, title: t, attest: a}", 2, "needs a phase"},
		"no title":            {"items:\n  - {id: x, phase: pre, attest: a}", 2, "needs a title"},
		"nothing answers":     {"items:\n  - {id: x, phase: pre, title: t}", 2, "nothing can answer it"},
		"id":                  {"items:\n  - {id: 'A B', phase: pre, title: t, attest: a}", 2, "lower case letters"},
		"probe":               {"items:\n  - {id: x, phase: pre, title: t, probes: [limit]}", 2, `no probe "limit": there are limits, smoke`},
		"duration":            {"items:\n  - {id: x, phase: pre, title: t, attest: a, expires: soon}", 2, "write 90s, 24h or 7d"},
		"zero":                {"items:\n  - {id: x, phase: pre, title: t, attest: a, expires: 0s}", 2, "longer than 0"},
		"size":                {"settings:\n  model_size: much", 2, "write 500MB or 64MiB"},
		"quantile":            {"settings:\n  latency: {quantile: p90}", 2, "choose p50, p95 or p99"},
		"secret in url":       {"settings:\n  loki: {url: 'http://a:b@loki'}", 2, "token_env"},
		"url":                 {"settings:\n  loki: {url: 'loki:3100'}", 2, "no http or https address"},
		"shape":               {"settings:\n  smoke: [{path: /x, shape: {a: float}}]", 2, `a is to be "float"`},
		"smoke path":          {"settings:\n  smoke: [{path: x}]", 2, "begins with no /"},
		"remove":              {"remove:\n  - nothing", 2, `no item "nothing"`},
		"nested":              {"deployments:\n  a:\n    deployments: {b: {}}", 3, "a: deployments stand at the top"},
		"endless nesting":     {"deployments: &d\n  a:\n    deployments: *d", 3, "a: deployments stand at the top"},
		"another deployment":  {"deployments:\n  other:\n    items:\n      - {id: x}", 4, "needs a phase"},
		"list for a mapping":  {"settings: [a]", 1, "a mapping is needed"},
		"bounds":              {"settings:\n  metrics: {a: {min: 2, max: 1}}", 2, "min is above max"},
		"second of a machine": {"items:\n  - {id: model-size, second: true}", 2, "nothing to approve"},
		"twice":               {"items:\n  - {id: x, phase: pre, title: t, attest: a}\n  - {id: x, title: u}", 3, "stands in line 2 already"},
		"two documents":       {"items: []\n---\nitems: []", 0, "a second document"},
		"no number":           {"settings:\n  metrics: {a: {min: .nan}}", 2, "a bound is a number"},
		"endless":             {"settings:\n  drift: {psi: .inf}", 2, "psi is a number"},
		"user in the runbook": {"settings:\n  runbook: 'http://a:b@x/'", 2, "runbook: the address holds a user"},
		"key in url":          {"settings:\n  grafana: {url: 'http://g/?key=x'}", 2, "a user or a query"},
		"no truth":            {"items:\n  - {id: model-validated,\n     second: maybe}", 3, `second: "maybe" cannot be: write true or false`},
		"no number in bounds": {"settings:\n  metrics: {accuracy: {min: high}}", 2, `metrics.accuracy.min: "high" cannot be: write a number`},
		"no whole number":     {"settings:\n  latency: {requests: 2.5}", 2, `latency.requests: "2.5" cannot be: write a whole number`},
		"probes are a list":   {"items:\n  - {id: x, phase: pre, title: t,\n     probes: limits}", 3, "probes: a list is needed"},
		"items are a list":    {"items: x", 1, "items: a list is needed"},
		"title is a text":     {"items:\n  - {id: x, phase: pre, attest: a, title: [t]}", 2, "title: write a text, no list and no mapping"},
		"remove is of names":  {"remove:\n  - [a]", 2, "remove: write a text"},
		"field by name":       {"settings:\n  latency: {max: soon}", 2, `latency.max: "soon" is no duration`},
		"no item":             {"items:\n  - x", 2, "items: a mapping is needed"},
		"no mapping":          {"- x", 1, "a mapping is needed"},
		"an alias":            {"settings:\n  usage: &a much\n  drift: {psi: *a}", 2, `usage: "much" cannot be`},
		"a key twice":         {"settings:\n  usage: 0.5\n  usage: 0.6", 3, "already defined"},
		"negative":            {"settings:\n  failed_requests: -1", 2, "not negative"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load([]byte(test.data), "team.yaml", "churn", []string{"limits", "smoke"})
			wrong, ok := errors.AsType[*FileError](err)
			if !ok || wrong.Line != test.line || !strings.Contains(err.Error(), test.want) || wrong.Path != "team.yaml" {
				t.Errorf("error %v (%+v), want line %d and %q", err, wrong, test.line, test.want)
			}
		})
	}
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	_, err := Load([]byte("items:\n  - {id: x, title: t, attest: a}\n  - {id: y, phase: pre, attest: a}"), "team.yaml", "", nil)
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("error %v: want both lines", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(standard, "churn")
	f.Add([]byte("deployments: {churn: {remove: [secrets], settings: {env: [A]}}}"), "churn")
	f.Fuzz(func(t *testing.T, data []byte, deployment string) {
		l, err := Load(data, "team.yaml", deployment, nil)
		if err != nil {
			return
		}
		for _, i := range l.Items {
			if i.ID == "" || i.Title == "" || i.Phase == "" || i.Expires <= 0 {
				t.Fatalf("item %+v passed", i)
			}
		}
	})
}

// TestEveryMistakeOfAFileIsToldOnce, wherever the others stand.
func TestEveryMistakeOfAFileIsToldOnce(t *testing.T) {
	for name, test := range map[string]struct {
		data string
		want []string
	}{
		"settings": {"settings:\n  metrics: {accuracy: {min: high}}\n  latency: {max: soon}", []string{
			`checklist team.yaml, line 2: metrics.accuracy.min: "high" cannot be: write a number, as 0.9`,
			`checklist team.yaml, line 3: latency.max: "soon" is no duration: write 90s, 24h or 7d`}},
		"everywhere": {"settings: {metrics: {accuracy: {min: high}}}\nitems:\n  - {id: on-call, expires: soon, second: 3}\ndeployments:\n  churn: {settings: {usage: x}}", []string{
			`checklist team.yaml, line 1: metrics.accuracy.min: "high" cannot be: write a number, as 0.9`,
			`checklist team.yaml, line 3: expires: "soon" is no duration: write 90s, 24h or 7d`,
			`checklist team.yaml, line 3: second: "3" cannot be: write true or false`,
			`checklist team.yaml, line 5: churn.settings.usage: "x" cannot be: write a number, as 0.9`}},
		"phase": {"items:\n  - {id: x, phase: prep, title: t, attest: a}", []string{
			`checklist team.yaml, line 2: x: phase "prep": choose pre, deploy, post or practice`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load([]byte(test.data), "team.yaml", "fraud", nil)
			if err == nil || err.Error() != strings.Join(test.want, "\n") {
				t.Errorf("got\n%v\nwant\n%s", err, strings.Join(test.want, "\n"))
			}
		})
	}
	if l, err := Load([]byte("# nothing yet\nitems:\nsettings:\n  loki:\ndeployments:\n  churn:\n"), "team.yaml", "churn", nil); err != nil || len(l.Items) != len(Standard().Items) {
		t.Errorf("empty sections: %v", err)
	}
}
