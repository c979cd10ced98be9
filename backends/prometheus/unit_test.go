package prometheus

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v3"
)

func TestSourceFromYAML(t *testing.T) {
	read := func(text string) (Source, error) {
		var s Source
		d := yaml.NewDecoder(bytes.NewBufferString(text))
		d.KnownFields(true)
		err := d.Decode(&s)
		return s, err
	}
	s, err := read("name: prod\nurl: https://example.test/prom?tenant=a\nwindow: 2m\nbasic_auth: {username: u, password: p}\nhttp_headers: {X-Scope-OrgID: {values: ['a|b']}}\n")
	if err != nil || s.name() != "prod" || s.window() != 2*time.Minute || !s.HTTP.FollowRedirects || s.HTTP.BasicAuth.Username != "u" {
		t.Errorf("source %v, %v", s.Name, err)
	}
	if _, err := New(s, Pitwall()); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"name: x":                 "write http://HOST:9090",
		"url: ftp://example.test": "write http://HOST:9090",
		"url: http://e.test\nbasic_auth: {username: u}\nbearer_token: t": "at most one of",
		"url: http://e.test\ncolour: red":                                "colour",
		"url: http://e.test\nwindow: soon":                               "duration",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("source %q: %v, want %q", text, err, want)
		}
	}
	s, err = read("url: http://e.test\ntls_config: {ca_file: /no/such/file}")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(s, Pitwall()); err == nil || !strings.Contains(err.Error(), "settings of prometheus") {
		t.Errorf("missing CA file: %v", err)
	}
}

func TestParseSource(t *testing.T) {
	for text, good := range map[string]bool{
		"http://127.0.0.1:7490": true, "https://e.test/select/7/prometheus/?dedup=false": true,
		"": false, "localhost:9090": false, "ftp://e.test": false, "http://": false, "http://[": false,
	} {
		if _, err := ParseSource(text); (err == nil) != good {
			t.Errorf("ParseSource(%q): %v", text, err)
		}
	}
	if _, err := ParseSource("ftp://u:secret@e.test"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v shows the password", err)
	}
}

func TestAlertsAreTranslatedOrderedAndDeduplicated(t *testing.T) {
	alert := func(name, severity, state, variant string) string {
		return fmt.Sprintf(`{"labels":{"alertname":%q,"severity":%q,"deployment":"d","variant":%q,"pod":"p"},"annotations":{"message":"m","runbook_url":"r"},"state":%q,"activeAt":"2026-11-01T00:00:00Z","value":"5e-01"}`,
			name, severity, variant, state)
	}
	body := `{"status":"success","data":{"alerts":[` + strings.Join([]string{
		alert("Latency", "warning", "firing", "A"), alert("Latency", "page", "firing", "A"),
		alert("Errors", "critical", "pending", "B"), alert("Errors", "warning", "firing", "B"),
		alert("Drift", "", "firing", "A"), alert("Old", "critical", "inactive", "A"),
	}, ",") + `]}}`
	alerts, err := fake(t, reply(http.StatusOK, jsonType, body)).Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range alerts {
		got = append(got, a.Name+" "+a.Severity+" "+a.State)
	}
	want := []string{"Latency critical firing", "Drift warning firing", "Errors warning firing"}
	if !slices.Equal(got, want) {
		t.Errorf("alerts %q, want %q", got, want)
	}
	a := alerts[0]
	if a.Deployment != "d" || a.Variant != "A" || a.Replica != "p" || a.Summary != "m" || a.Runbook != "r" || a.Value != .5 || a.Since.IsZero() || a.Labels["pod"] != "p" {
		t.Errorf("alert %+v", a)
	}
}

func TestAlign(t *testing.T) {
	at := func(seconds float64) time.Time { return time.UnixMilli(int64(seconds * 1000)) }
	for _, c := range []struct {
		from, to   float64
		step       time.Duration
		start, end int64
		want       time.Duration
		points     int
	}{
		{100, 160, 10 * time.Second, 100, 160, 10 * time.Second, 7},
		{101.5, 168.9, 10 * time.Second, 100, 160, 10 * time.Second, 7},
		{160, 100, 10 * time.Second, 100, 160, 10 * time.Second, 7},
		{100, 100, 0, 100, 100, time.Second, 1},
		{0, 10, 1500 * time.Millisecond, 0, 10, 2 * time.Second, 6},
		{0, 86400, time.Millisecond, 0, 86400, 9 * time.Second, 9601},
	} {
		s := align(at(c.from), at(c.to), c.step)
		if s.start.Unix() != c.start || s.end().Unix() != c.end || s.step != c.want || s.points != c.points {
			t.Errorf("align(%v, %v, %v) = %+v to %v", c.from, c.to, c.step, s, s.end())
		}
	}
}

func TestCountersAreCorrectedForRestarts(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		other  []float64 // another counter of the deployment, NaN while not scraped
		values []float64
		want   []float64
	}{
		"steady":                {nil, []float64{10, 12, 15}, []float64{2, 3}},
		"restarted":             {nil, []float64{10, 4, 6}, []float64{4, 2}},
		"born late":             {[]float64{1, 1, 1}, []float64{nan, 5, 6}, []float64{5, 1}},
		"born while away":       {[]float64{nan, 1, 1}, []float64{nan, 5, 6}, []float64{0, 1}},
		"away in between":       {nil, []float64{10, nan, 15}, []float64{0, 5}},
		"restarted while away":  {nil, []float64{10, nan, 3}, []float64{0, 3}},
		"nothing but one point": {nil, []float64{10}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := span{start: time.Unix(1000, 0), step: time.Second, points: len(c.values)}
			stream := func(values []float64) *model.SampleStream {
				out := &model.SampleStream{Metric: model.Metric{"variant": "A"}}
				for i, v := range values {
					if !math.IsNaN(v) {
						out.Values = append(out.Values, model.SamplePair{Timestamp: model.TimeFromUnix(1000 + int64(i)), Value: model.SampleValue(v)})
					}
				}
				return out
			}
			matrix := model.Matrix{stream(c.values), stream(c.other)}
			if got := s.increases(matrix[0], s.scraped(matrix)); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
				t.Errorf("increases %v, want %v", got, c.want)
			}
		})
	}
}

func TestAnEmptyProfileAsksNothing(t *testing.T) {
	c := inProcess(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.FormValue("query"), "histogram_count") {
			t.Errorf("asked %s", r.FormValue("query"))
		}
	}), Profile{Deployment: "d"})
	known := false
	c.native.Store(&known)
	if all, err := c.Signals(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("signals %v, %v", all, err)
	}
	for p := Latency; p <= InFlight; p++ {
		if series, err := c.Range(t.Context(), "x", p, time.Unix(0, 0), time.Unix(60, 0), time.Second); err != nil || len(series) != 0 {
			t.Errorf("panel %d: %v, %v", p, series, err)
		}
	}
	if features, err := c.Features(t.Context(), "x"); err != nil || len(features) != 0 {
		t.Errorf("features %v, %v", features, err)
	}
}
