package fleet

import (
	"strings"
	"testing"

	"pitwall/backends"
)

func TestFilter(t *testing.T) {
	r := row("fraud-Scorer", backends.Warn, func(s *backends.Signals) {
		s.P95, s.ErrorRatio, s.DriftPSI = .150, .03, .2
	})
	r.Deployment.Backend = "local"
	r.Signals[""] = backends.Signals{RPS: 80, Memory: 300e6, P95: .1, DriftPSI: .1, CPU: backends.NoSignals().CPU}
	r.Alerts = []backends.Alert{{Name: "HighLatency", State: "firing"}, {Name: "Drift", State: "pending"}}
	for text, want := range map[string]bool{
		"": true, "   ": true, "scorer": true, "FRAUD": true, "prod": true, "1.2": true, "nothing": false,
		"status:warn": true, "status:fail,warn": true, "state:WARN": true, "status:fail": false, "!status:ok": true, "!status:warn": false,
		"env:prod": true, "env:staging": false, "name:fraud": true, "version:1.2,3": true, "version:2.1": false, "backend:local": true,
		"alert:latency": true, "alert:errors": false, "alerts>0": true, "alerts=1": true, "alerts>=2": false,
		"p95>100ms": true, "p95>0.15s": false, "p95>=0.15s": true, "p95<1m": true, "P95>149000us": true,
		"err>2%": true, "err>3.5%": false, "drift>0.15": true, "drift>0.2": false, "drift==0.2": true,
		"rps<100": true, "rps<80": false, "rps<=80": true, "mem>200MB": true, "mem>1GiB": false,
		"cpu>0": false, "cpu<1": false, "!cpu<1": true, "p99>0ms": false,
		"status:warn p95>100ms fraud": true, "status:warn p95>200ms": false,
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Errorf("filter %q: %v", text, err)
			continue
		}
		if got := f.Match(r); got != want {
			t.Errorf("filter %q: %v, want %v", text, got, want)
		}
		if f.Empty() != (strings.TrimSpace(text) == "") {
			t.Errorf("filter %q: Empty is %v", text, f.Empty())
		}
	}
}

func TestWrongFiltersAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"status:": "needs a state: fail, warn,", "status:bad": "no such state: fail, warn,", "env:": "needs a value, as in env:NAME",
		"team:x": "team: is not known: there is status:", "p95>": `"" is not a number, as in p95>100ms`,
		"p95>100": "100 needs a unit, as in p95>100ms", "p95>100kg": `"kg" is not a unit here, as in p95>100ms`,
		"err>0.02": "needs a unit, as in err>2%", "latency>3": `"latency" cannot be compared: there is p50`,
		"drift>x": `"x" is not a number`, "drift>NaN": "is not a number", ">3": "cannot be compared", "!": "right after it",
		"ok p95>1": "p95>1: ",
	} {
		if _, err := ParseFilter(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("filter %q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{"status:fail env:prod p95>100ms drift>0.2 text", "!a", "p95>=1e9s", "µ>µ", "err<%", ":::", "alert:a,b,,c"} {
		f.Add(seed)
	}
	r := row("d", backends.OK)
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(text)
		if err == nil {
			filter.Match(r)
			filter.Match(Row{})
		}
	})
}
