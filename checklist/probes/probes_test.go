package probes

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/prometheus"
	"pitwall/checklist"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// world is everything that probes ask, as a deployment that is well has it.
type world struct {
	Sources
	setup     backends.Setup
	setupErr  error
	intervals []prometheus.Interval
	targets   []prometheus.Target
	rules     []prometheus.Rule
	receivers []string
	records   []journal.Record
	model     Registered
	modelErr  error
	usage     map[string]backends.Usage
	smoke     backends.SmokeResult
	reachErr  error
	program   string
	report    string
	files     fstest.MapFS
	env       map[string]string
	handler   http.HandlerFunc // of replicas and services
	url       string
}

func (w *world) Setup(context.Context, string) (backends.Setup, error) { return w.setup, w.setupErr }
func (w *world) Counts(context.Context, string, time.Time, time.Duration) ([]prometheus.Interval, error) {
	return w.intervals, nil
}
func (w *world) Targets(context.Context, string) ([]prometheus.Target, error) { return w.targets, nil }
func (w *world) Rules(context.Context, string) ([]prometheus.Rule, error)     { return w.rules, nil }
func (w *world) Receivers(context.Context) ([]string, error)                  { return w.receivers, nil }
func (w *world) Records(time.Time) ([]journal.Record, error)                  { return w.records, nil }
func (w *world) Registered(context.Context, string, string) (Registered, error) {
	return w.model, w.modelErr
}
func (w *world) Usage(context.Context, string) (map[string]backends.Usage, error) {
	return w.usage, nil
}
func (w *world) SmokeTest(context.Context, string, string) (backends.SmokeResult, error) {
	return w.smoke, nil
}
func (w *world) Reach(context.Context, string, string) (string, func(), error) {
	return w.url, func() {}, w.reachErr
}
func (w *world) Find(names ...string) string {
	if slices.Contains(names, w.program) {
		return w.program
	}
	return ""
}
func (w *world) Scan(context.Context, string, string) ([]byte, error) { return []byte(w.report), nil }

// server is the container of the world's replicas, to be changed.
func (w *world) server() *backends.Container { return &w.variant().Containers.Value[0] }

func (w *world) variant() *backends.VariantSetup { return &w.setup.Variants[0] }

// started makes every replica of B one that has run since then.
func (w *world) started(at time.Time) {
	for i := range w.Deployment.Variants[1].Replicas {
		w.Deployment.Variants[1].Replicas[i].StartedAt = at
	}
}

// well is a Kubernetes deployment of which everything is as it should be.
func well(t *testing.T) *world {
	t.Helper()
	server := backends.Container{Name: "model", Role: backends.RoleServer, Image: "registry.example.com/churn@" + digest, Digest: digest,
		CPURequest: 0.1, CPULimit: 1, MemoryRequest: 64e6, MemoryLimit: 256e6,
		Env:       []backends.EnvVar{{Name: "DB_PASSWORD", From: "secret db/password"}, {Name: "THREADS", From: "literal", Literal: true}},
		User:      backends.Known(backends.User{UID: 65532, From: "image"}, "pod"),
		Readiness: "GET :8080/ready every 5s", Liveness: "GET :8080/health every 10s"}
	w := &world{files: fstest.MapFS{}, env: map[string]string{"TOKEN": "s3cret"}, handler: replica}
	w.setup = backends.Setup{
		Variants: []backends.VariantSetup{{Variant: "B", Containers: backends.Known([]backends.Container{server}, "pods"),
			Replacing:  backends.Known(backends.Replacing{Strategy: "RollingUpdate", StartsFirst: true, Unavailable: "0", Gated: true, Drains: true, Disruption: "churn", Grace: 30 * time.Second, Deadline: 10 * time.Minute}, "deployment"),
			Autoscaler: backends.Known(backends.Autoscaler{Name: "churn", Min: 2, Max: 5, Current: 2, Metric: "cpu 40 % of 70 %"}, "hpa"),
			Earlier:    backends.Known([]backends.EarlierImage{{Revision: 3, Image: "churn:1.1.0", There: true}}, "replica sets"),
			ModelBytes: backends.Known(int64(12e6), "file"), Logging: backends.Known("json-file", "node")}},
		Balancer: backends.Known(backends.Balancer{Kind: "HTTPRoute", Endpoints: []backends.Endpoint{{Variant: "B", Name: "b-1", Ready: true}, {Variant: "B", Name: "b-2", Ready: true}}}, "endpoint slices"),
	}
	for range 30 {
		w.intervals = append(w.intervals, prometheus.Interval{From: noon.Add(-time.Hour), To: noon, N: map[string]float64{"A": 70, "B": 30}, Errors: map[string]float64{"A": 0, "B": 0}})
	}
	w.targets = []prometheus.Target{{URL: "http://10.0.0.1:8080/metrics", Variant: "B", Up: true, Scraped: noon.Add(-time.Second), Every: 15 * time.Second}}
	w.rules = []prometheus.Rule{{Name: "HighLatency", Healthy: true}, {Name: "Drift", Healthy: true, Drift: true}}
	w.receivers = []string{"http://alertmanager:9093/api/v2/alerts"}
	w.records = []journal.Record{
		{ID: "1", Op: "rollback", Phase: journal.PhaseIntent, TS: noon.Add(-time.Hour), Target: journal.Target{Name: "churn", Variant: "B"}},
		{ID: "2", Intent: "1", Op: "rollback", Phase: journal.PhaseResult, Result: journal.ResultOK, TS: noon.Add(-50 * time.Minute), TookMS: 4200, Target: journal.Target{Name: "churn", Variant: "B"}},
	}
	w.model = Registered{Model: "churn", Version: "2", Status: "READY", RunID: "r1", RunStatus: "FINISHED", Metrics: map[string]float64{"accuracy": 0.93}, Dataset: "churn-test (9f86d081)", Bytes: 12e6, From: "mlflow"}
	w.usage = map[string]backends.Usage{"b-1": {Memory: 100e6, MemoryLimit: 256e6}, "b-2": {Memory: 90e6, MemoryLimit: 256e6}}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.handler(rw, r) }))
	t.Cleanup(s.Close)
	w.url = s.URL

	variant := backends.Variant{Name: "B", Version: "1.2.0", Weight: 30, Desired: 2, Ready: 2, Digest: digest, Replicas: []backends.Replica{
		{Name: "b-1", State: backends.OK, StartedAt: noon.Add(-10 * time.Minute)}, {Name: "b-2", State: backends.OK, StartedAt: noon.Add(-9 * time.Minute)}}}
	min := 0.9
	settings := checklist.Standard().Settings
	settings.Metrics = map[string]checklist.Bound{"accuracy": {Min: &min}}
	settings.Env = []string{"DB_PASSWORD"}
	w.Sources = Sources{
		Deployment: backends.Deployment{Name: "churn", Backend: "kubernetes", Variants: []backends.Variant{{Name: "A", Version: "1.1.0", Weight: 70}, variant}, SplitAt: noon.Add(-time.Hour)},
		Subject:    checklist.Subject{Backend: "kubernetes", Deployment: "churn", Variant: "B", Version: "1.2.0", Image: "registry.example.com/churn:1.2.0", Digest: digest},
		Signals:    map[string]backends.Signals{"B": {P95: 0.02, DriftPSI: 0.05, Feature: "age", DriftRows: 900, At: noon.Add(-2 * time.Second)}},
		Settings:   settings, Configurer: w, Measurer: w, Smoke: w, Reacher: w, Metrics: w, Alerting: w, Registry: w, Records: w, Scanner: w,
		Files: w.files, HTTP: s.Client(), Env: func(name string) string { return w.env[name] }, Now: func() time.Time { return noon },
	}
	return w
}

// replica answers as a server that is well.
func replica(rw http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/health", "/ready":
	case "/predict":
		_, _ = rw.Write([]byte(`{"predictions":[{"score":0.7,"label":"stays"}],"model_version":"1.2.0"}`))
	default:
		http.NotFound(rw, r)
	}
}

// answers makes every request get one answer.
func answers(status int, body string) func(w *world) {
	return func(w *world) {
		w.handler = func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(status)
			_, _ = rw.Write([]byte(body))
		}
	}
}

// probeTest is one world and what a probe has to find in it.
type probeTest struct {
	name string
	edit func(w *world)
	want checklist.State
	text string
}

func TestProbes(t *testing.T) {
	for probe, tests := range probeTests {
		for _, test := range tests {
			t.Run(probe+"/"+test.name, func(t *testing.T) {
				w := well(t)
				if test.edit != nil {
					test.edit(w)
				}
				f := Of(w.Sources)[probe](t.Context())
				if f.State != test.want || !strings.Contains(f.Text, test.text) {
					t.Errorf("%s: %q, want %s: %q", f.State, f.Text, test.want, test.text)
				}
				if f.State == checklist.Fail && f.Next == "" {
					t.Error("it fails, and nothing is said of what to do")
				}
				if f.State == checklist.Unknown && f.Next == "" {
					t.Errorf("unknown (%s), and nothing is said of how to know it", f.Text)
				}
				if all := f.Text + f.Source + f.Value; strings.Contains(all, "s3cret") {
					t.Errorf("a secret is in %+v", f)
				}
			})
		}
	}
}

// TestEveryProbeIsTested: each is seen to pass and to fail.
func TestEveryProbeIsTested(t *testing.T) {
	never := map[string][]checklist.State{}
	for _, name := range Names() {
		seen := map[checklist.State]bool{}
		for _, test := range probeTests[name] {
			seen[test.want] = true
		}
		if !seen[checklist.Pass] {
			never[name] = append(never[name], checklist.Pass)
		}
		if learn[name].what == "" {
			t.Errorf("nothing is said of how %s can be made to know", name)
		}
		if !seen[checklist.Fail] {
			never[name] = append(never[name], checklist.Fail)
		}
	}
	if len(never) > 0 {
		t.Errorf("not seen: %v", never)
	}
}

// TestItemsNameProbesThatThereAre: and every probe is of use.
func TestItemsNameProbesThatThereAre(t *testing.T) {
	used := map[string]bool{}
	for _, i := range checklist.Standard().Items {
		for _, p := range i.Probes {
			used[p] = true
			if _, ok := table[p]; !ok {
				t.Errorf("%s names the probe %s, which is not there", i.ID, p)
			}
		}
	}
	for _, name := range Names() {
		if !used[name] {
			t.Errorf("no item names the probe %s", name)
		}
	}
}

// TestNothingIsKnownOfNothing: with no source at all nothing passes.
func TestNothingIsKnownOfNothing(t *testing.T) {
	s := Sources{Deployment: backends.Deployment{Name: "churn", Backend: "kubernetes", Variants: []backends.Variant{{Name: "A"}, {Name: "B"}}},
		Subject: checklist.Subject{Deployment: "churn", Variant: "B"}, Settings: checklist.Standard().Settings, Env: func(string) string { return "" }, Now: func() time.Time { return noon }}
	for name, probe := range Of(s) {
		if f := probe(t.Context()); f.State == checklist.Pass || f.State == checklist.Warn || f.Text == "" {
			t.Errorf("%s: %s: %q", name, f.State, f.Text)
		}
	}
}

// TestSetupIsReadOnce: and a right that is missing is told as that.
func TestSetupIsReadOnce(t *testing.T) {
	w := well(t)
	w.setupErr = errors.New("not permitted: get deployments")
	reads := 0
	w.Sources.Configurer = counting{w, &reads}
	for name, probe := range Of(w.Sources) {
		if f := probe(t.Context()); name == "limits" && (f.State != checklist.Unknown || !strings.Contains(f.Text, "not permitted")) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if reads != 1 {
		t.Errorf("read %d times", reads)
	}
}

type counting struct {
	backends.Configurer
	n *int
}

func (c counting) Setup(ctx context.Context, name string) (backends.Setup, error) {
	*c.n++
	return c.Configurer.Setup(ctx, name)
}

func TestQuantile(t *testing.T) {
	for p, want := range map[float64]float64{0.5: 0, 0.975: 1.959964, 0.995: 2.575829} {
		if got := quantile(p); math.Abs(got-want) > 1e-6 {
			t.Errorf("quantile(%g) = %g, want %g", p, got, want)
		}
	}
}

// TestARegistryThatIsAwayIsNotRegisteredInto: what to do is about the registry.
func TestARegistryThatIsAwayIsNotRegisteredInto(t *testing.T) {
	for want, err := range map[string]error{"register the version": ErrNotRegistered, "see whether the registry can be reached": errors.New("refused")} {
		w := well(t)
		w.modelErr = err
		if f := Of(w.Sources)["model.run"](t.Context()); !strings.HasPrefix(f.Next, want) {
			t.Errorf("%v: next %q, want %q", err, f.Next, want)
		}
	}
}
