package operation

import (
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
)

// TestConcludeTellsWhatTheWorldShows: the process that began an operation was
// killed, and another one finished it.
func TestConcludeTellsWhatTheWorldShows(t *testing.T) {
	began := time.Now().Add(-time.Minute)
	intent := func(op backends.Op, from, to journal.Subject) journal.Record {
		return journal.Record{ID: "1", TS: began, Op: string(op), Phase: journal.PhaseIntent, Target: journal.Target{Name: "model-api", Variant: "A"}, From: from, To: to}
	}
	version := func(v string) journal.Subject { return journal.Subject{ModelVersion: v} }
	weights := func(a, b float64) journal.Subject { return journal.Subject{Weights: backends.Split{"A": a, "B": b}} }
	replicas := func(n int) journal.Subject { return journal.Subject{Replicas: n} }
	deploy := intent(backends.OpDeploy, version("1.0.0"), version("1.2.0"))
	champion := intent(journal.OpChampion, version("2"), version("3"))
	justNow := deploy
	justNow.TS = time.Now().Add(-3 * time.Second)
	running := deploy
	running.Result = journal.ResultRunning
	for name, test := range map[string]struct {
		records []journal.Record
		world   func(*backends.Deployment)
		result  string // "" for none
		text    string
	}{
		"deploy was finished":       {[]journal.Record{deploy}, func(d *backends.Deployment) { d.Variants[0].Version = "1.2.0" }, journal.ResultOK, "A runs 1.2.0, 3 of 3 replicas ready; that was seen later"},
		"and taken up before":       {[]journal.Record{deploy, {ID: "2", Phase: journal.PhaseIntent, Op: "resume", Target: deploy.Target}}, func(d *backends.Deployment) { d.Variants[0].Version = "1.2.0" }, journal.ResultOK, "A runs 1.2.0"},
		"deploy did not come about": {[]journal.Record{deploy}, nil, journal.ResultFailed, "A runs 1.0.0, 3 of 3 replicas ready, as before"},
		"deploy goes on":            {[]journal.Record{deploy}, func(d *backends.Deployment) { d.Rollout = &backends.Rollout{} }, "", ""},
		"its process lives":         {[]journal.Record{running}, nil, "", ""},
		"something came after":      {[]journal.Record{deploy, {ID: "2", Phase: journal.PhaseIntent, Op: "rollback", Target: deploy.Target, Result: journal.ResultRunning}}, nil, "", ""},
		"an alias was moved after":  {[]journal.Record{deploy, {ID: "2", Phase: journal.PhaseIntent, Op: journal.OpAlias, Target: journal.Target{Backend: journal.Registry, Name: "model-api"}}}, nil, journal.ResultFailed, "as before"},
		"it has its result":         {[]journal.Record{deploy, {Phase: journal.PhaseResult, Intent: "1"}}, nil, "", ""},
		"it began a moment ago":     {[]journal.Record{justNow}, nil, "", ""},
		"it is not ready":           {[]journal.Record{deploy}, func(d *backends.Deployment) { d.Variants[0].Version, d.Variants[0].Ready = "1.2.0", 1 }, "", ""},
		"a promotion was cut off":   {[]journal.Record{champion, {ID: "2", Phase: journal.PhaseIntent, Op: "promote", Target: deploy.Target}}, nil, journal.ResultUnknown, "A runs 1.0.0; whether the alias champion was moved to version 3"},
		"split was made":            {[]journal.Record{intent(backends.OpSplit, weights(100, 0), weights(70, 30))}, nil, journal.ResultOK, "the split is A=70 B=30"},
		"split was refused": {[]journal.Record{intent(backends.OpSplit, weights(100, 0), weights(70, 30))}, func(d *backends.Deployment) {
			d.Taken = &backends.Taken{State: backends.Fail, Text: "public refuses it"}
		}, journal.ResultFailed, "controller refuses it: public refuses it"},
		"split was not made": {[]journal.Record{intent(backends.OpSplit, weights(70, 30), weights(50, 50))}, nil, journal.ResultFailed, "A=70 B=30 as before"},
		"split is another":   {[]journal.Record{intent(backends.OpSplit, weights(90, 10), weights(50, 50))}, nil, "", ""},
		"scale was made":     {[]journal.Record{intent(backends.OpScale, replicas(2), replicas(3))}, nil, journal.ResultOK, "A has 3 of 3 replicas ready"},
		"scale was not made": {[]journal.Record{intent(backends.OpScale, replicas(3), replicas(4))}, nil, journal.ResultFailed, "as before"},
		"restart of old replicas": {[]journal.Record{intent(backends.OpRestart, version("1.0.0"), journal.Subject{})}, func(d *backends.Deployment) {
			d.Variants[0].Replicas = []backends.Replica{{StartedAt: began.Add(-time.Hour)}}
		}, "", ""},
		"restart, all of them fresh": {[]journal.Record{intent(backends.OpRestart, version("1.0.0"), journal.Subject{})}, func(d *backends.Deployment) {
			d.Variants[0].Replicas = []backends.Replica{{StartedAt: began.Add(time.Second)}}
		}, journal.ResultOK, "every replica of A is fresh"},
	} {
		d := modelAPI()
		if test.world != nil {
			test.world(&d)
		}
		var got journal.Record
		for _, r := range Conclude(test.records, []backends.Deployment{d}, time.Now()) {
			if r.Intent == "1" {
				got = r
			}
		}
		if got.Result != test.result || !strings.Contains(got.Text, test.text) || test.result != "" && (got.Phase != journal.PhaseResult || got.Target != deploy.Target) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
