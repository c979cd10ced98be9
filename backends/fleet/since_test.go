package fleet

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pitwall/backends"
)

// TestSinceIsOfTheJudgedState: a deployment that runs for an hour and fails
// its users for seconds has failed for seconds.
func TestSinceIsOfTheJudgedState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := calm()
		running := time.Now().Add(-time.Hour)
		state, began := backends.OK, running
		w.list = func(context.Context) ([]backends.Deployment, error) {
			return []backends.Deployment{{Name: "api", State: state, Since: began, Variants: []backends.Variant{{Name: "A", Weight: 100}}}}, nil
		}
		f := run(t, w, w)
		check := func(what string, want backends.State, since time.Time) {
			t.Helper()
			if row, _ := f.Snapshot().Row("api"); row.State != want || row.Since.Sub(since).Abs() > 3*time.Second {
				t.Errorf("%s: %s since %s, want %s since %s", what, row.State, row.Since, want, since)
			}
		}
		slow := func(p95 float64) {
			w.change(func(w *world) {
				w.signal = func(context.Context) (map[string]map[string]backends.Signals, error) { return signalsOf(10, p95), nil }
			})
		}
		alerts := func(list ...backends.Alert) {
			w.change(func(w *world) {
				w.alerts = func(context.Context) ([]backends.Alert, error) { return list, nil }
			})
		}
		alert := func(severity, state string, since time.Time) backends.Alert {
			return backends.Alert{Name: "Slow", Deployment: "api", Severity: severity, State: state, Since: since}
		}
		check("from the start", backends.OK, running)

		pass(time.Minute)
		bad := time.Now()
		slow(2)
		pass(15 * time.Second)
		check("by a signal", backends.Fail, bad)
		alerts(alert("critical", "firing", bad.Add(-8*time.Second)))
		pass(10 * time.Second)
		check("by an alert that knows it better", backends.Fail, bad.Add(-8*time.Second))
		alerts(alert("warning", "firing", bad.Add(-8*time.Second)))
		slow(.3)
		better := time.Now()
		pass(10 * time.Second)
		check("it got better", backends.Warn, better)
		slow(.05)
		alerts()
		well := time.Now()
		pass(40 * time.Second)
		check("recovered", backends.OK, well)

		pass(time.Minute)
		dead := time.Now()
		w.change(func(*world) { state, began = backends.Warn, dead.Add(-5*time.Second) })
		pass(10 * time.Second)
		check("by the backend", backends.Warn, dead.Add(-5*time.Second))
		alerts(alert("critical", "firing", dead.Add(-20*time.Second)))
		pass(10 * time.Second)
		check("worse by an alert", backends.Fail, dead.Add(-20*time.Second))
	})
}

// TestSinceWhenSeenForTheFirstTime: a console or a command that starts in the
// middle of an incident says what the alert knows.
func TestSinceWhenSeenForTheFirstTime(t *testing.T) {
	now := time.Now()
	row := Row{Deployment: backends.Deployment{State: backends.OK, Since: now.Add(-time.Hour)},
		Alerts: []backends.Alert{{State: "firing", Severity: "critical", Since: now.Add(-15 * time.Second)}}}
	for name, test := range map[string]struct {
		v    verdict
		want time.Duration // before now
	}{
		"backend": {verdict{state: backends.OK, by: byBackend}, time.Hour},
		"alert":   {verdict{state: backends.Fail, by: byAlert}, 15 * time.Second},
		"signal":  {verdict{state: backends.Fail, by: bySignal}, 15 * time.Second},
		"silence": {verdict{state: backends.Unknown, by: bySilence}, 0},
	} {
		if got := entered(&row, test.v, entry{}, false, now); !got.since.Equal(now.Add(-test.want)) {
			t.Errorf("%s: %v before now, want %v", name, now.Sub(got.since), test.want)
		}
	}
}

// TestSinceOfAStateThatNobodySawBegin: it has no age, not that of the console,
// until somebody finds it out; one that a console saw begin has.
func TestSinceOfAStateThatNobodySawBegin(t *testing.T) {
	now := time.Now()
	row := Row{Deployment: backends.Deployment{State: backends.Fail}}
	v := verdict{state: backends.Fail, by: byBackend}
	first := entered(&row, v, entry{}, false, now)
	if !first.since.IsZero() {
		t.Errorf("a state that was met is dated to %v", first.since)
	}
	row.Deployment.Since = now.Add(-time.Minute)
	if got := entered(&row, v, first, true, now); !got.since.Equal(row.Deployment.Since) {
		t.Errorf("what was found out later is told as %v", got.since)
	}
	row.Deployment.Since = time.Time{}
	if got := entered(&row, v, entry{state: backends.OK, since: now.Add(-time.Hour)}, true, now); !got.since.Equal(now) {
		t.Errorf("what the console saw begin is told as %v", got.since)
	}
}
