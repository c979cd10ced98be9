package fleet

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pitwall/backends"
)

// row makes a deployment with variant A and these signals.
func row(name string, state backends.State, edit ...func(*backends.Signals)) Row {
	s := backends.NoSignals()
	s.RPS = 50
	for _, e := range edit {
		e(&s)
	}
	return Row{
		Deployment: backends.Deployment{Name: name, State: state, Environment: "production", Variants: []backends.Variant{{Name: "A", Version: "1.2.0"}}},
		Signals:    map[string]backends.Signals{"A": s}, State: state,
	}
}

// lacking makes a deployment that lacks replicas.
func lacking(reason string, edit ...func(*backends.Signals)) Row {
	r := row("d", backends.Warn, edit...)
	r.Deployment.Reason = reason
	return r
}

func TestJudge(t *testing.T) {
	alert := func(severity, state string) []backends.Alert {
		return []backends.Alert{{Name: "X", Severity: severity, State: state, Summary: "X happens."}}
	}
	live, gone := Source{Name: "local", State: Live}, Source{Name: "local", State: Offline, Err: errors.New("refused")}
	for name, c := range map[string]struct {
		row    Row
		alerts []backends.Alert
		source Source
		state  backends.State
		reason string
	}{
		"healthy":                           {row("d", backends.OK), nil, live, backends.OK, ""},
		"paused":                            {row("d", backends.Paused), nil, live, backends.Paused, ""},
		"critical alert":                    {row("d", backends.Warn), alert("critical", "firing"), live, backends.Fail, "X happens."},
		"replicas are told beside an alert": {lacking("A has 1 of 3 replicas ready"), alert("critical", "firing"), live, backends.Fail, "X happens; A has 1 of 3 replicas ready"},
		"and before drift": {lacking("A has 1 of 3 replicas ready"), []backends.Alert{{Name: "Drift", Severity: "critical", State: "firing", Summary: "Inputs of A moved."}}, live,
			backends.Fail, "A has 1 of 3 replicas ready; Inputs of A moved."},
		"and before measured drift": {lacking("A has 1 of 3 replicas ready", func(s *backends.Signals) { s.DriftPSI, s.DriftRows = .3, 900 }), nil, live,
			backends.Fail, "A has 1 of 3 replicas ready; drift of A is PSI 0.30, the limit is 0.25."},
		"pending alert":     {row("d", backends.OK), alert("critical", "pending"), live, backends.OK, ""},
		"information":       {row("d", backends.OK), alert("info", "firing"), live, backends.OK, ""},
		"backend is nearer": {row("d", backends.Warn), alert("warning", "firing"), live, backends.Warn, ""},
		"offline":           {row("d", backends.OK), nil, gone, backends.Unknown, "local does not answer: refused"},
		"offline but worse": {row("d", backends.Fail), nil, gone, backends.Fail, ""},
		"slow": {row("d", backends.OK, func(s *backends.Signals) { s.P95 = .412 }), nil, live,
			backends.Warn, "p95 of A is 412 ms, the limit is 250 ms."},
		"slow on few requests": {row("d", backends.OK, func(s *backends.Signals) { s.P95, s.RPS = 5, .1 }), nil, live, backends.OK, ""},
		"errors": {row("d", backends.OK, func(s *backends.Signals) { s.ErrorRatio = .123 }), nil, live,
			backends.Fail, "12 % of the requests of A fail, the limit is 5 %."},
		"few errors": {row("d", backends.OK, func(s *backends.Signals) { s.ErrorRatio = .031 }), nil, live,
			backends.Warn, "3.1 % of the requests of A fail, the limit is 2 %."},
		"refusals": {row("d", backends.OK, func(s *backends.Signals) { s.RejectRatio = 1 }), nil, live,
			backends.Fail, "100 % of the requests of A are refused (4xx), the limit is 90 %."},
		"some refusals": {row("d", backends.OK, func(s *backends.Signals) { s.RejectRatio = .3 }), nil, live,
			backends.Warn, "30 % of the requests of A are refused (4xx), the limit is 20 %."},
		"drift": {row("d", backends.OK, func(s *backends.Signals) { s.DriftPSI, s.DriftRows = .18, 700 }), nil, live,
			backends.Warn, "drift of A is PSI 0.18, the limit is 0.10."},
		"some drift of some rows": {row("d", backends.OK, func(s *backends.Signals) { s.DriftPSI, s.DriftRows = .18, 500 }), nil, live, backends.OK, ""},
		"much drift of some rows": {row("d", backends.OK, func(s *backends.Signals) { s.DriftPSI, s.DriftRows = .3, 500 }), nil, live,
			backends.Fail, "drift of A is PSI 0.30, the limit is 0.25."},
		"drift of few rows": {row("d", backends.OK, func(s *backends.Signals) { s.DriftPSI, s.DriftRows = .9, 100 }), nil, live, backends.OK, ""},
		"whole deployment only": {Row{Deployment: backends.Deployment{State: backends.OK}, Signals: map[string]backends.Signals{"": {RPS: 9, ErrorRatio: .5, P95: math.NaN()}}},
			nil, live, backends.Fail, "50 % of the requests fail, the limit is 5 %."},
		"nothing known": {Row{Deployment: backends.Deployment{State: backends.OK}}, nil, live, backends.OK, ""},
	} {
		c.row.Alerts = c.alerts
		if v := judge(&c.row, c.source); v.state != c.state || v.reason != c.reason {
			t.Errorf("%s: %v %q, want %v %q", name, v.state, v.reason, c.state, c.reason)
		}
	}
}

func TestWorstFirst(t *testing.T) {
	slow := func(p95 float64) func(*backends.Signals) { return func(s *backends.Signals) { s.P95 = p95 } }
	down := row("down", backends.Warn)
	down.Deployment.Variants[0].Desired = 2
	rows := []Row{
		row("b", backends.OK, slow(.2)), row("a", backends.OK), row("paused", backends.Paused), row("away", backends.Unknown),
		row("slow", backends.Warn, slow(.3)), row("slower", backends.Warn, slow(.9)), row("also slow", backends.Warn, slow(.31)),
		row("broken", backends.Fail), down,
	}
	slices.SortStableFunc(rows, WorstFirst)
	var got []string
	for _, r := range rows {
		got = append(got, r.Deployment.Name)
	}
	want := []string{"broken", "down", "slower", "also slow", "slow", "away", "paused", "a", "b"}
	if !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
}
