package viewtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
)

// Now is the time of all fixtures.
var Now = time.Date(2026, time.November, 24, 14, 3, 22, 0, time.UTC)

// Clock returns Now; it is the clock of a screen under test.
func Clock() time.Time { return Now }

// Ago is Now less d.
func Ago(d time.Duration) time.Time { return Now.Add(-d) }

// Fleet returns two deployments: model-api, whose candidate B is slow and
// fails requests since its share was raised 12 minutes ago, and wine-api,
// which is well and has no candidate. Both sources are live.
func Fleet() *fleet.Snapshot {
	rows := []fleet.Row{ModelAPI(), WineAPI()}
	return &fleet.Snapshot{
		Version: 7, At: Now, Rows: rows, Alerts: rows[0].Alerts,
		Sources: []fleet.Source{
			{Name: "local", State: fleet.Live, At: Ago(time.Second)},
			{Name: "prometheus", State: fleet.Live, At: Ago(2 * time.Second)},
		},
	}
}

// ModelAPI is a deployment in trouble: A 1.0.0 ×3 and B 1.1.0 ×1, split 70/30.
func ModelAPI() fleet.Row {
	d := backends.Deployment{
		Name: "model-api", Backend: "local", Environment: "local", Token: "7",
		State: backends.Warn, Reason: "1 of 4 replicas is not ready", Since: Ago(11 * time.Minute),
		Address: "http://127.0.0.1:8080",
		Variants: []backends.Variant{
			Variant("model-api", "A", "1.0.0", 70, 3, 3),
			Variant("model-api", "B", "1.1.0", 30, 1, 0),
		},
		SplitBy: "ana@laptop", SplitAt: Ago(12 * time.Minute),
	}
	d.Variants[0].Requests, d.Variants[0].Errors, d.Variants[0].Counted = 181_244, 12, true
	d.Variants[1].Requests, d.Variants[1].Errors, d.Variants[1].Counted = 24_021, 731, true
	return fleet.Row{
		Deployment: d, State: backends.Fail, Since: Ago(11 * time.Minute), Reason: "errors of B 6.9 %, above 5 %",
		Signals: map[string]backends.Signals{
			"":  Signals(41.6, 0.0215, 0.0031, 0.212, 0.31, 0.23),
			"A": Signals(29.1, 0.0004, 0.0028, 0.0087, 0.0142, 0.04),
			"B": Signals(12.5, 0.069, 0.182, 0.271, 0.332, 0.23),
		},
		Spark:    Wave(30, 41, 6),
		Observed: backends.Split{"A": 69.4, "B": 30.6},
		Alerts: []backends.Alert{
			{Name: "HighErrorRatio", Severity: "critical", State: "firing", Deployment: "model-api", Variant: "B",
				Summary: "6.9 % of the requests to B fail", Since: Ago(10 * time.Minute), Value: 0.069},
			{Name: "HighLatency", Severity: "warning", State: "firing", Deployment: "model-api", Variant: "B",
				Summary: "p95 of B is 271 ms", Since: Ago(11 * time.Minute), Value: 0.271},
		},
		ListedAt: Ago(time.Second), SignalsAt: Ago(2 * time.Second),
	}
}

// WineAPI is a deployment that is well: A 2.3.1 ×2, no candidate.
func WineAPI() fleet.Row {
	return fleet.Row{
		Deployment: backends.Deployment{
			Name: "wine-api", Backend: "local", Environment: "local", Token: "2",
			State: backends.OK, Since: Ago(90 * time.Hour), Address: "http://127.0.0.1:8081", // it had a slow time since
			Variants: []backends.Variant{Variant("wine-api", "A", "2.3.1", 100, 2, 2)},
		},
		State: backends.OK, Since: Ago(26 * time.Hour),
		Signals: map[string]backends.Signals{
			"":  Signals(8.2, 0, 0.0009, 0.0019, 0.0033, 0.03),
			"A": Signals(8.2, 0, 0.0009, 0.0019, 0.0033, 0.03),
		},
		Spark:    Wave(30, 8, 1),
		Observed: backends.Split{"A": 100},
		ListedAt: Ago(time.Second), SignalsAt: Ago(2 * time.Second),
	}
}

// Variant makes a variant with desired replicas of which the first ready ones
// are ready and the others have exited with status 3.
func Variant(deployment, name, version string, weight float64, desired, ready int) backends.Variant {
	v := backends.Variant{Name: name, Version: version, Image: deployment + "-" + version + ".onnx",
		Weight: weight, Desired: desired, Ready: ready, Revision: 4}
	for i := range desired {
		r := backends.Replica{Name: fmt.Sprintf("%s-%s-%d", deployment, name, i+1), State: backends.OK, Version: version,
			Address: fmt.Sprintf("127.0.0.1:%d", 4001+i), PID: 7000 + i, StartedAt: Ago(3 * time.Hour)}
		if i >= ready {
			r.State, r.Reason, r.Restarts = backends.Fail, "exited with status 3, starts again in 4s", 6
			r.LastExit = &backends.Exit{Code: 3, At: Ago(9 * time.Second), Log: "practice fault: crash"}
		}
		v.Replicas = append(v.Replicas, r)
	}
	return v
}

// Signals makes measurements that were read two seconds ago.
func Signals(rps, errors, p50, p95, p99, psi float64) backends.Signals {
	return backends.Signals{RPS: rps, ErrorRatio: errors, P50: p50, P95: p95, P99: p99,
		DriftPSI: psi, Feature: "mean radius", DriftRows: 4000, InFlight: 1, Memory: 48 << 20, CPU: 0.04, At: Ago(2 * time.Second)}
}

// MeanOnly is Fleet on a serving system that publishes no quantiles of its latency.
func MeanOnly() *fleet.Snapshot {
	s := Fleet()
	nan := math.NaN()
	for i := range s.Rows {
		r := &s.Rows[i]
		r.Reason, r.Alerts = "errors of "+r.Deployment.Name, nil
		for name, its := range r.Signals {
			its.Mean, its.P50, its.P95, its.P99 = its.P50*1.3, nan, nan, nan
			r.Signals[name] = its
		}
	}
	return s
}

// Wave is n values that swing around mean by swing.
func Wave(n int, mean, swing float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = mean + swing*math.Sin(float64(i)/3)
	}
	return values
}

// Many returns n deployments of every state, "model-0000" to "model-NNNN".
func Many(n int) *fleet.Snapshot {
	s := Fleet()
	s.Rows = make([]fleet.Row, n)
	states := []backends.State{backends.OK, backends.OK, backends.OK, backends.Warn, backends.OK, backends.Progressing, backends.Fail, backends.Paused, backends.Unknown}
	for i := range s.Rows {
		row := ModelAPI()
		row.Deployment.Name = fmt.Sprintf("model-%04d", i)
		row.State, row.Deployment.State = states[i%len(states)], states[i%len(states)]
		if row.State == backends.OK {
			row.Alerts, row.Reason = nil, ""
		}
		s.Rows[i] = row
	}
	return s
}

// Hostile returns a fleet whose texts try to break out of their cells: escape
// sequences, line breaks, wide characters, emoji, endless names.
func Hostile() *fleet.Snapshot {
	s := Fleet()
	for i, name := range []string{
		"\x1b]0;owned\x07\x1b[31mred\x1b[2Jname",
		"日本語のモデル名前がとても長いのです-candidate-v13",
		"a\x1bP+q544e\x1b\\b\r\nc\td\u202egpj.exe",
		"👩‍👩‍👧‍👦-family-⚠️-model",
	} {
		row := ModelAPI()
		row.Deployment.Name = name
		row.Deployment.Variants[1].Version = "1.1.0\x1b[5m\x9b31m"
		row.Reason = "line one\nline two\x1b_Gi=1;AAAA\x1b\\"
		row.Alerts[0].Name, row.Alerts[0].Summary = "Alert\x1b[8m", "sum\rmary\x00"
		if i%2 == 1 {
			row.State, row.Alerts = backends.OK, nil
		}
		s.Rows = append(s.Rows, row)
	}
	slices.SortFunc(s.Rows, func(a, b fleet.Row) int { return strings.Compare(a.Deployment.Name, b.Deployment.Name) })
	s.Sources[1].Err = errors.New("connection \x1b[31mrefused")
	return s
}

// NoStack is what a console sees when no local stack runs.
func NoStack() *fleet.Snapshot {
	return &fleet.Snapshot{Version: 1, At: Now, Sources: []fleet.Source{
		{Name: "local", State: fleet.Offline, RetryAt: Now.Add(4 * time.Second),
			Err: errors.New("no local stack runs: start one with `pitwall up`")},
		{Name: "prometheus", State: fleet.Connecting},
	}}
}

// Connecting is what a console sees before the first answer.
func Connecting() *fleet.Snapshot {
	return &fleet.Snapshot{At: Now, Sources: []fleet.Source{{Name: "local"}, {Name: "prometheus"}}}
}

// Dead is Fleet three minutes after both sources stopped answering.
func Dead() *fleet.Snapshot {
	s := Fleet()
	at := Ago(3 * time.Minute)
	for i := range s.Rows {
		s.Rows[i].ListedAt, s.Rows[i].SignalsAt = at, at
	}
	for i := range s.Sources {
		s.Sources[i].State, s.Sources[i].At = fleet.Offline, at
		s.Sources[i].Err, s.Sources[i].RetryAt = errors.New("connect: connection refused"), Now.Add(4*time.Second)
	}
	return s
}
