package prometheus

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

func TestProfilesOnCapturedScrapes(t *testing.T) {
	c, tests := newCaptured(t), profileTests()
	for _, p := range tests {
		first := capture(t, p.name)
		second := first
		if p.second != nil {
			if second = p.second(first); second == first {
				t.Fatalf("%s: B's scrape is A's", p.name)
			}
		}
		c.serve(t, p.name, "A", first, 1)
		c.serve(t, p.name, "B", second, 3)
	}
	untagged := strings.ReplaceAll(capture(t, "seldon-v1"), `"income"`, `"untagged"`)
	c.serve(t, "untagged", "A", untagged, 1)
	c.serve(t, "untagged", "B", strings.ReplaceAll(untagged, `model_version="1.2"`, `model_version=""`), 3)
	c.scrape(t)
	for _, p := range tests {
		t.Run(p.name, func(t *testing.T) {
			all := c.signals(t, p.profile)
			checkSignals(t, p.name, all[p.name], p.targets)
			own, err := p.profile.ByModel(func(_, version string) string { return p.version[version] })
			if p.models == nil {
				if err == nil || !strings.Contains(err.Error(), "no label of the model") {
					t.Errorf("by model: %v", err)
				}
				return
			}
			all = c.signals(t, own)
			for model, want := range p.models {
				checkSignals(t, model, all[model], want)
			}
		})
	}
	t.Run("versions", func(t *testing.T) { checkVersions(t, c) })
	t.Run("names", func(t *testing.T) { checkNames(t, c) })
	t.Run("panels", func(t *testing.T) { checkPanels(t, c) })
	t.Run("counts", func(t *testing.T) { checkCounts(t, c) })
}

// signals asks for all signals, which takes four queries whatever the profile.
func (c *captured) signals(t *testing.T, p Profile) map[string]map[string]backends.Signals {
	t.Helper()
	client := c.client(t, p)
	if _, err := client.knowsNative(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := c.queries.Load()
	all, err := client.Signals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := c.queries.Load() - before; n > 4 {
		t.Errorf("%d queries", n)
	}
	return all
}

func checkSignals(t *testing.T, deployment string, got map[string]backends.Signals, want map[string]string) {
	t.Helper()
	if variants := slices.Sorted(maps.Keys(got)); !slices.Equal(variants, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%s: variants %q", deployment, variants)
	}
	for variant, text := range want {
		figures := map[string]float64{}
		for field := range strings.FieldsSeq(text) {
			name, value, _ := strings.Cut(field, "=")
			number, err := strconv.ParseFloat(value, 64)
			if err != nil {
				t.Fatal(err)
			}
			figures[name] = number
		}
		s := got[variant]
		for name, value := range map[string]float64{
			"rps": s.RPS, "errors": s.ErrorRatio, "p50": s.P50, "p95": s.P95, "p99": s.P99, "mean": s.Mean,
			"inflight": s.InFlight, "memory": s.Memory, "cpu": s.CPU, "psi": s.DriftPSI, "rows": s.DriftRows,
		} {
			number, named := figures[name]
			if !named && !math.IsNaN(value) || named && !(math.Abs(value-number) <= 1e-6*math.Max(number, 1e-3)) {
				t.Errorf("%s %q: %s is %v, want %q", deployment, variant, name, value, text)
			}
		}
	}
}

// checkVersions looks at versions that are no variant: one that the caller does
// not know, and one that the server leaves empty. Both count in the whole.
func checkVersions(t *testing.T, c *captured) {
	for _, v := range []struct {
		profile  Profile
		model, a string
		want     map[string]string
	}{
		{MLServer(), "iris", "v1", map[string]string{"A": "rps=32 errors=0 mean=0.02", "": "rps=52 errors=0.0769230769 mean=0.0315384615"}},
		{SeldonV1(), "untagged", "1.2", map[string]string{
			"A": "rps=10 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
			"":  "rps=40 errors=0.09 p50=0.01 p95=0.05 p99=0.075",
		}},
	} {
		own, err := v.profile.ByModel(func(_, version string) string {
			if version == v.a {
				return "A"
			}
			return ""
		})
		if err != nil {
			t.Fatal(err)
		}
		checkSignals(t, v.model, c.signals(t, own)[v.model], v.want)
	}
}

// checkNames reads what Detect needs from the server.
func checkNames(t *testing.T, c *captured) {
	all, err := c.client(t, Pitwall()).MetricNames(t.Context())
	if err != nil || !slices.Contains(all, "vllm:request_success_total") {
		t.Fatalf("names %q, %v", all, err)
	}
	if p, known := Detect(all); !known || p.Name != "triton" { // the first of all that are there
		t.Errorf("detected %q, %v", p.Name, known)
	}
}

// checkPanels looks at charts of a server that has only a mean, and no errors
// by model.
func checkPanels(t *testing.T, c *captured) {
	own, err := TorchServe().ByModel(nil) // the versions are the variants
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for panel, want := range map[Panel]map[string]float64{
		Latency: {"1.0 mean": .05, "2.0 mean": .08}, Throughput: {"1.0 requests": 16, "2.0 requests": 8}, Errors: {}, InFlight: {},
	} {
		series, err := c.client(t, own).Range(t.Context(), "resnet", panel, now.Add(-10*time.Second), now, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(series) != len(want) {
			t.Errorf("panel %d: %+v", panel, series)
		}
		for _, s := range series {
			last := s.Points[len(s.Points)-1]
			if !near(last, want[s.Variant+" "+s.Name], 1e-6) {
				t.Errorf("panel %d: %s %s is %v", panel, s.Variant, s.Name, last)
			}
		}
	}
	recent, err := c.client(t, Triton()).Recent(t.Context(), 20*time.Second, 10*time.Second)
	if err != nil || !near(recent["triton"][1], 124, 1e-6) {
		t.Errorf("recent %v, %v", recent, err)
	}
}

// checkCounts looks at exact figures where requests are two counters, and where
// the errors are unknown.
func checkCounts(t *testing.T, c *captured) {
	since := time.Now().Add(-4 * captureStep)
	intervals, err := c.client(t, Triton()).Counts(t.Context(), "triton", since, captureStep)
	if err != nil || len(intervals) < 3 {
		t.Fatalf("%d intervals, %v", len(intervals), err)
	}
	for _, i := range intervals {
		if i.N["A"] != 930 || i.N["B"] != 2790 || i.Errors["A"] != 30 || i.Errors["B"] != 90 {
			t.Errorf("interval %+v", i)
		}
	}
	intervals, err = c.client(t, VLLM()).Counts(t.Context(), "vllm", since, captureStep)
	if err != nil || len(intervals) < 3 || intervals[0].N["A"] != 60 || intervals[0].Errors != nil {
		t.Errorf("intervals %+v, %v", intervals, err)
	}
}
