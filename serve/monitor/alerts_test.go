package monitor

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"
)

// world is one second of metrics of a deployment with one variant; the trouble
// of a case lasts from second 60 to second 150.
type world struct {
	app     storage.AppenderV2
	store   *store
	now     time.Time
	second  int
	trouble bool
	t       *testing.T
}

const (
	troubleFrom, troubleTo = 60, 150
	lastSecond             = 360
)

func (w *world) put(series string, value float64) { w.append(series, value, nil) }

func (w *world) append(series string, value float64, h *histogram.FloatHistogram) {
	w.t.Helper()
	set, err := w.store.parser.ParseMetric(series)
	if err == nil {
		_, err = w.app.Append(0, set, 0, w.now.UnixMilli(), value, nil, h, storage.AppendV2Options{})
	}
	if err != nil {
		w.t.Fatalf("%s: %v", series, err)
	}
}

// since counts the seconds of trouble so far.
func (w *world) since() float64 {
	return float64(max(0, min(w.second, troubleTo)-troubleFrom))
}

// latency puts a histogram of ten requests a second, which took at most 16 ms
// in calm and, while in trouble, between half of upper and upper seconds, a
// power of two of which the exponent is given.
func (w *world) latency(exponent int32) {
	slow := 10 * w.since()
	calm := 10*float64(w.second+1) - slow
	const fast = -6 // 2^-6 s = 16 ms
	w.append(`gateway_request_duration_seconds{deployment="d",variant="A"}`, 0, &histogram.FloatHistogram{
		Schema: 0, Count: calm + slow, Sum: 1,
		PositiveSpans:   []histogram.Span{{Offset: fast, Length: 1}, {Offset: exponent - fast - 1, Length: 1}},
		PositiveBuckets: []float64{calm, slow},
	})
}

// requests counts ten a second, of which errors fail while in trouble.
func (w *world) requests(errors float64) {
	failed := errors * w.since()
	w.put(`gateway_requests_total{deployment="d",variant="A",code="200"}`, 10*float64(w.second)-failed)
	w.put(`gateway_requests_total{deployment="d",variant="A",code="500"}`, failed)
}

// refusals counts ten requests a second, of which some get a code while in trouble.
func (w *world) refusals(some float64, code int) {
	refused := some * w.since()
	w.put(`gateway_requests_total{deployment="d",variant="A",code="200"}`, 10*float64(w.second)-refused)
	w.put(fmt.Sprintf(`gateway_requests_total{deployment="d",variant="A",code="%d"}`, code), refused)
}

func pick(when bool, yes, no float64) float64 {
	if when {
		return yes
	}
	return no
}

// alertCases tell which alerts fire how many seconds after the trouble begins,
// as "name severity"; no other alert may fire at all.
var alertCases = []struct {
	name  string
	tick  func(w *world)
	want  map[string][2]int
	words string // part of a summary
}{
	{"calm", func(w *world) { w.requests(0); w.latency(-2) }, nil, ""},
	{"slow", func(w *world) { w.requests(0); w.latency(-1) }, // between 0.25 and 0.5 s
		map[string][2]int{"HighLatency warning": {15, 30}}, "p95 latency of variant A is 4"},
	{"very slow", func(w *world) { w.requests(0); w.latency(2) }, // between 2 and 4 s
		map[string][2]int{"HighLatency warning": {15, 30}, "HighLatency critical": {15, 30}}, "variant A is 3."},
	{"one error in a hundred", func(w *world) { w.requests(.1) }, nil, ""},
	{"some errors", func(w *world) { w.requests(.4) }, // 4 %
		map[string][2]int{"HighErrorRatio warning": {20, 45}}, "Variant A fails 4%"},
	{"many errors", func(w *world) { w.requests(5) }, // 50 %
		map[string][2]int{"HighErrorRatio warning": {10, 30}, "HighErrorRatio critical": {10, 30}}, "Variant A fails"},
	{"some refusals", func(w *world) { w.refusals(1, 400) }, nil, ""}, // 10 %
	{"clients that leave", func(w *world) { w.refusals(10, 499) }, nil, ""},
	{"many refusals", func(w *world) { w.refusals(5, 400) }, // 50 %
		map[string][2]int{"HighRejectRatio warning": {15, 40}}, "Variant A refuses"},
	{"nothing but refusals", func(w *world) { w.refusals(10, 422) },
		map[string][2]int{"HighRejectRatio warning": {15, 35}, "HighRejectRatio critical": {30, 60}}, "of its requests (4xx)"},
	{"some drift", func(w *world) {
		w.put(`model_feature_drift{deployment="d",variant="A",replica="1",feature="age",measure="psi"}`, pick(w.trouble, .2, .03))
		w.put(`model_feature_drift{deployment="d",variant="A",replica="2",feature="age",measure="psi"}`, pick(w.trouble, .16, .05))
		w.put(`model_feature_drift{deployment="d",variant="A",replica="2",feature="sex",measure="psi"}`, .02)
	}, map[string][2]int{"Drift warning": {45, 48}}, "PSI 0.18 of age."},
	{"drift of the score", func(w *world) {
		w.put(`model_prediction_drift{deployment="d",variant="A",measure="psi"}`, pick(w.trouble, .4, .03))
	}, map[string][2]int{"Drift warning": {45, 48}, "Drift critical": {15, 18}}, "PSI 0.40 of prediction."},
	{"no traffic", func(w *world) {
		w.put(`gateway_requests_total{deployment="d",variant="A",code="200"}`, 10*(float64(w.second)-w.since()))
	}, map[string][2]int{"NoTraffic warning": {45, 55}}, "d gets no requests"},
	{"never any traffic", func(w *world) { w.put(`gateway_requests_total{deployment="d",variant="A",code="200"}`, 0) }, nil, ""},
	{"replica down", func(w *world) {
		w.put(`up{job="serve",deployment="d",variant="A",replica="d-a-1"}`, pick(w.trouble, 0, 1))
	}, map[string][2]int{"ReplicaDown warning": {10, 12}}, "Replica d-a-1 does"},
	{"replica without a target", func(w *world) {
		w.put(`up{job="serve",deployment="d",variant="A",replica="d-a-2"}`, 1)
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="d-a-1:8080"}`, pick(w.trouble, 0, 1))
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="d-a-2:8080"}`, 1)
	}, map[string][2]int{"ReplicaDown warning": {10, 12}}, "Replica d-a-1 does"},
	{"replica that is not ready", func(w *world) { // it answers, which is another matter
		w.put(`up{job="serve",deployment="d",variant="A",replica="d-a-1"}`, 1)
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="d-a-1:8080"}`, pick(w.trouble, 0, 1))
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="127.0.0.1:8081"}`, pick(w.trouble, 0, 1))
	}, nil, ""},
	{"gateway down", func(w *world) { w.put(`up{job="gateway",deployment="d"}`, pick(w.trouble, 0, 1)) },
		map[string][2]int{"GatewayDown critical": {10, 12}}, "gateway of d"},
	{"no replica", func(w *world) {
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="1"}`, pick(w.trouble, 0, 1))
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="2"}`, pick(w.trouble, 0, 1))
		w.put(`gateway_split_weight{deployment="d",variant="A"}`, 70)
	}, map[string][2]int{"NoReplica critical": {5, 7}}, "Variant A gets traffic"},
	{"no replica of a variant without traffic", func(w *world) {
		w.put(`gateway_backend_up{deployment="d",variant="A",backend="1"}`, 0)
		w.put(`gateway_split_weight{deployment="d",variant="A"}`, 0)
	}, nil, ""},
	{"two restarts", func(w *world) {
		w.put(`process_start_time_seconds{job="serve",deployment="d",variant="A",replica="1"}`, pick(w.trouble, 2, 1))
	}, nil, ""},
	{"crash loop", func(w *world) {
		w.put(`process_start_time_seconds{job="serve",deployment="d",variant="A",replica="1"}`, float64(int(w.since())/10))
	}, map[string][2]int{"ReplicaRestarting warning": {30, 33}}, "restarted 3 times"},
	{"leak", func(w *world) {
		w.put(`process_resident_memory_bytes{job="serve",deployment="d",variant="A",replica="1"}`, 6e7+4<<20*w.since())
	}, map[string][2]int{"MemoryGrowth warning": {25, 35}}, "replica 1 grows by"},
	{"warming up", func(w *world) {
		w.put(`process_resident_memory_bytes{job="serve",deployment="d",variant="A",replica="1"}`, 2e7+min(4e7, 2e6*float64(w.second)))
	}, nil, ""},
}

// With -short, as make race runs it, two worlds do: all of them take the race
// detector minutes, and are about time and not about concurrency.
func TestTheAlertsFireInTimeAndOnlyThen(t *testing.T) {
	cases := alertCases
	if testing.Short() {
		cases = cases[:2]
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fired, summaries, still := evaluate(t, c.tick)
			if got, want := slices.Sorted(maps.Keys(fired)), slices.Sorted(maps.Keys(c.want)); !slices.Equal(got, want) {
				t.Fatalf("fired %v at %v, want %v", got, fired, want)
			}
			for alert, within := range c.want {
				if after := fired[alert] - troubleFrom; after < within[0] || after > within[1] {
					t.Errorf("%s fired after %d s, want %d to %d", alert, after, within[0], within[1])
				}
			}
			if !strings.Contains(strings.Join(summaries, "\n"), c.words) {
				t.Errorf("summaries %q, want %q among them", summaries, c.words)
			}
			if len(still) > 0 {
				t.Errorf("%v still active three and a half minutes after the trouble", still)
			}
		})
	}
}

// evaluate runs the rules over every second of the world and returns when each
// alert fired first, all summaries, and what is active at the end.
func evaluate(t *testing.T, tick func(*world)) (fired map[string]int, summaries []string, still []string) {
	s, err := openStore(Config{Dir: t.TempDir(), Every: time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	groups := loadGroups(t, s)
	began := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	fired = map[string]int{}
	for second := range lastSecond {
		w := &world{app: s.db.AppenderV2(t.Context()), store: s, t: t, second: second,
			now: began.Add(time.Duration(second) * time.Second), trouble: second >= troubleFrom && second < troubleTo}
		tick(w)
		if err := w.app.Commit(); err != nil {
			t.Fatal(err)
		}
		still = nil
		for _, g := range groups {
			g.Eval(t.Context(), w.now.Add(time.Millisecond))
			for _, rule := range g.AlertingRules() {
				if err := rule.LastError(); err != nil {
					t.Fatalf("%s: %v", rule.Name(), err)
				}
				for _, a := range rule.ActiveAlerts() {
					name := fmt.Sprintf("%s %s", rule.Name(), a.Labels.Get("severity"))
					still = append(still, name)
					if _, before := fired[name]; a.State == rules.StateFiring && !before {
						fired[name] = second
						summaries = append(summaries, a.Annotations.Get("summary"))
					}
				}
			}
		}
	}
	return fired, summaries, still
}

// loadGroups returns the groups of alerts.yaml in the order of the file.
func loadGroups(t *testing.T, s *store) []*rules.Group {
	t.Helper()
	loader := memory{text: alertRules, parser: s.parser, log: s.log}
	m := rules.NewManager(&rules.ManagerOptions{Context: t.Context(), QueryFunc: rules.EngineQueryFunc(s.engine, s.db),
		Queryable: s.db, AppendableV2: s.db, NotifyFunc: notify(nil), Registerer: s.registry, Logger: s.log,
		Parser: s.parser, GroupLoader: loader})
	byKey, errs := m.LoadGroups(time.Second, labels.EmptyLabels(), "", rules.DefaultEvalIterationFunc, false, "alerts.yaml")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	text := string(alertRules)
	return slices.SortedFunc(maps.Values(byKey), func(a, b *rules.Group) int {
		return strings.Index(text, "name: "+a.Name()) - strings.Index(text, "name: "+b.Name())
	})
}

func TestEveryAlertIsComplete(t *testing.T) {
	s, err := openStore(Config{Dir: t.TempDir(), Every: time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, g := range loadGroups(t, s) {
		for _, rule := range g.AlertingRules() {
			if severity := rule.Labels().Get("severity"); severity != "critical" && severity != "warning" {
				t.Errorf("%s has severity %q", rule.Name(), severity)
			}
			if rule.Annotations().Get("summary") == "" || rule.Annotations().Get("runbook") == "" {
				t.Errorf("%s needs a summary and a runbook", rule.Name())
			}
			if hold := rule.HoldDuration(); hold > 45*time.Second {
				t.Errorf("%s holds for %v, too long to practise with", rule.Name(), hold)
			}
		}
	}
}
