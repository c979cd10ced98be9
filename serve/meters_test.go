package serve

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"pitwall/serve/drift"
)

// scrape gives the metric families, in the protobuf format if asked.
func (i *instance) scrape(protobuf bool) map[string]*dto.MetricFamily {
	i.t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+i.addr+"/metrics", nil)
	if err != nil {
		i.t.Fatal(err)
	}
	if protobuf {
		r.Header.Set("Accept", string(expfmt.NewFormat(expfmt.TypeProtoDelim)))
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		i.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		i.t.Fatalf("/metrics: %s", response.Status)
	}
	d := expfmt.NewDecoder(response.Body, expfmt.ResponseFormat(response.Header))
	families := make(map[string]*dto.MetricFamily)
	for {
		f := new(dto.MetricFamily)
		if d.Decode(f) != nil {
			break
		}
		families[f.GetName()] = f
	}
	return families
}

// metric gives the value of the series with the labels, as name and value in
// turn, or -1 if there is none.
func (i *instance) metric(name string, labels ...string) float64 {
	i.t.Helper()
	return value(i.scrape(false)[name], labels...)
}

func value(f *dto.MetricFamily, labels ...string) float64 {
	for _, m := range f.GetMetric() {
		has := make(map[string]string)
		for _, l := range m.GetLabel() {
			has[l.GetName()] = l.GetValue()
		}
		match := true
		for i := 0; i < len(labels); i += 2 {
			match = match && has[labels[i]] == labels[i+1]
		}
		if !match {
			continue
		}
		switch {
		case m.Counter != nil:
			return m.GetCounter().GetValue()
		case m.Gauge != nil:
			return m.GetGauge().GetValue()
		case m.Histogram != nil:
			return float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

func TestMetrics(t *testing.T) {
	s := begin(t, Config{Name: "bc", Version: "1.0.0"}, &fake{})
	s.post("/predict", `{"instances":[[0.75,1,2],[0.25,1,2],[0.95,1,2]]}`)
	s.post("/v2/models/bc/infer", `{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}`)
	s.post("/predict", `nonsense`)
	s.post("/v2/models/other/infer", `{}`) // not this model's request
	got := s.scrape(true)
	own := []string{"model", "bc", "version", "1.0.0"}
	for _, c := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"model_requests_total", []string{"code", "200"}, 2},
		{"model_requests_total", []string{"code", "400"}, 1},
		{"model_requests_total", []string{"code", "500"}, 0},
		{"model_requests_total", []string{"code", "404"}, -1},
		{"model_request_duration_seconds", nil, 3},
		{"model_requests_in_flight", nil, 0},
		{"model_rows_total", nil, 4},
		{"model_info", []string{"format", "fake", "sha256", strings.Repeat("0f", 32)}, 1},
		{"model_predictions_total", []string{"class", "yes"}, 3},
		{"model_predictions_total", []string{"class", "no"}, 1},
		{"model_prediction_score", nil, 4},
		{"model_drift_window_rows", nil, -1}, // no baseline, no drift
		{"model_feature_drift", nil, -1},
	} {
		if v := value(got[c.name], append(c.labels, own...)...); v != c.want {
			t.Errorf("%s%q is %v, want %v", c.name, c.labels, v, c.want)
		}
	}
	for _, name := range []string{"go_goroutines", "process_resident_memory_bytes"} {
		if value(got[name]) <= 0 {
			t.Errorf("no %s", name)
		}
	}
	h := got["model_request_duration_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSchema() != 3 || len(h.GetPositiveSpan()) == 0 {
		t.Errorf("no native histogram of factor 1.1 in %v", h)
	}
	if b := h.GetBucket(); len(b) < 12 || b[0].GetUpperBound() != .0005 || b[11].GetUpperBound() != 2.5 {
		t.Errorf("classic buckets are %v", b)
	}
}

func TestDriftMetrics(t *testing.T) {
	var clock atomic.Int64 // seconds
	training := "b,target,a,c\n"
	for i := range 200 {
		training += "5," + "x," + []string{"0.1", "0.3", "0.6", "0.9"}[i%4] + ",\n"
	}
	named := &fake{names: abc}
	path := writeBaseline(t, named, training)
	s := begin(t, Config{BaselinePath: path, Now: func() time.Time { return time.Unix(clock.Load(), 0) }}, named)

	batch := `{"instances":[` + strings.Repeat(`{"a":0.9,"b":5,"c":7},`, 149) + `{"a":0.9,"b":6,"c":null}]}`
	s.post("/predict", batch)
	if rows, psi := s.metric("model_drift_window_rows"), s.metric("model_feature_drift"); rows != 150 || psi != -1 {
		t.Errorf("150 rows: window %v, drift %v, want none below 300", rows, psi)
	}
	s.post("/predict", batch)
	if rows := s.metric("model_drift_window_rows"); rows != 150 {
		t.Errorf("scored again within the same second: %v rows", rows)
	}
	clock.Add(1)
	got := s.scrape(false)
	for _, c := range []struct {
		name       string
		labels     []string
		least, top float64
	}{
		{"model_drift_window_rows", nil, 300, 300},
		{"model_feature_drift", []string{"feature", "a", "measure", "ks"}, .75, .75}, // .9 was a quarter
		{"model_feature_drift", []string{"feature", "a", "measure", "psi"}, 1, 20},
		{"model_feature_drift", []string{"feature", "b", "measure", "psi"}, 0, .01}, // 2 of 300 rows
		{"model_feature_drift", []string{"feature", "c", "measure", "psi"}, 5, 20},  // was always missing
		{"model_feature_missing_ratio", []string{"feature", "a"}, 0, 0},
		{"model_feature_missing_ratio", []string{"feature", "c"}, 2. / 300, 2. / 300},
		{"model_prediction_drift", []string{"measure", "ks"}, .75, .75},
	} {
		if v := value(got[c.name], append(c.labels, "model", "m", "version", "1")...); v < c.least-1e-9 || v > c.top+1e-9 {
			t.Errorf("%s%q is %v, want %v to %v", c.name, c.labels, v, c.least, c.top)
		}
	}
	clock.Add(600)
	if rows, psi := s.metric("model_drift_window_rows"), s.metric("model_feature_drift"); rows != 0 || psi != -1 {
		t.Errorf("ten minutes later: window %v, drift %v", rows, psi)
	}
}

// Label values from the model file need not be UTF-8, nor the scrape fail for it.
func TestMetricsOfForeignNames(t *testing.T) {
	s := begin(t, Config{}, &classed{classes: []string{"a\xff\n\x1b[2J", "b\"\\"}})
	if code, body := s.post("/predict", oneRow); code != 200 || !json.Valid([]byte(body)) {
		t.Errorf("%d %s", code, body)
	}
	if v := s.metric("model_predictions_total", "class", "b\"\\"); v != 1 {
		t.Errorf("class counted %v times, want 1", v)
	}
	if s.metric("model_predictions_total", "class", "a\uFFFD\n\x1b[2J") != 0 {
		t.Error("a class that is not UTF-8 has no counter")
	}
}

// writeBaseline makes a baseline file for p from CSV.
func writeBaseline(t testing.TB, p Predictor, training string) string {
	t.Helper()
	b, err := MakeBaseline(p, strings.NewReader(training))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "baseline.json")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := drift.WriteBaseline(file, b); err != nil {
		t.Fatal(err)
	}
	return path
}
