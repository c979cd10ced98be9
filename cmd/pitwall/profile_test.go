package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends/prometheus"
)

// The versions of a serving system's own labels become the variants that the
// configuration names, from the file to the signals.
func TestVersionsAreVariantsAsConfigured(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		result := ""
		if query := r.FormValue("query"); strings.Contains(query, "model_infer_request_success_total") {
			var samples []string
			for version, rate := range map[string]string{"v1": "30", "v2": "10", "v3": "5"} {
				samples = append(samples, `{"metric":{"pitwall_signal":"requests","model":"iris","version":"`+version+`"},"value":[1,"`+rate+`"]}`)
			}
			result = strings.Join(samples, ",")
		}
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[` + result + `]}}`))
	}))
	defer server.Close()
	conf, err := parseConfig("config.yaml", []byte("profile:\n  name: mlserver\n  variants:\n    iris: {v1: A, v2: B}\n"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := prometheus.ParseSource(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	m, err := (&app{}).metricsOf(conf, fixed(source), nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := m.Signals(t.Context())
	if err != nil || len(all["iris"]) != 2 || all["iris"]["A"].RPS != 30 || all["iris"]["B"].RPS != 10 {
		t.Errorf("signals %+v, %v; want A at 30 and B at 10 requests/s", all, err)
	}
}

func TestProfileConfiguration(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"profile: triton", ""},
		{"profile: {name: triton, by_model: true}", ""},
		{"profile: {name: nobody}", "no profile"},
		{"profile: {variants: {iris: {v1: A}}}", "give its name"},
		{"profile: {name: triton, variants: {iris: {v1: A, v2: A}}}", "variant A of iris is both version v1 and version v2"},
		{"profile: {name: triton, variants: {iris: {v1: ''}}}", "version v1 of iris is no variant"},
		{"profile: {name: triton, variant: {}}", "no field variant"},
		{"profile: {name: pitwall, by_model: true}", "no label of the model"},
		{"profile: [triton]", "a list stands where a mapping is needed"},
		{"profile: {name: triton, by_pod: true}", ""},
		{"profile: {by_pod: true}", ""},
		{"profile: {name: pitwall-serve, by_pod: true, namespace_label: ns, pod_label: pod}", ""},
		{"profile: {name: pitwall, by_pod: false}", ""},
		{"profile: {name: pitwall, by_pod: true}", "measures at the front door"},
		{"profile: {name: triton, by_pod: true, by_model: true}", "exclude each other"},
		{"profile: {name: triton, by_pod: true, variants: {iris: {v1: A}}}", "exclude each other"},
		{"profile: {pod_label: pod}", "name both"},
		{"profile: {by_pod: false, pod_label: pod, namespace_label: namespace}", "are of by_pod"},
		{"profile: {pod_label: 'a=\"b\"', namespace_label: namespace}", "no name of a label"},
	} {
		conf, err := parseConfig("config.yaml", []byte(c.text))
		if err == nil {
			_, err = (&app{}).metricsOf(conf, nil, onePod{})
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}

// TestAServerThatWasAskedTooEarlyIsAskedAgain: before its first scrape a server
// has no name that tells whose it is, and what is guessed then must not stay.
func TestAServerThatWasAskedTooEarlyIsAskedAgain(t *testing.T) {
	var names atomic.Value
	var looks atomic.Int32
	names.Store(`"up"`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(r.URL.Path, "/label/") {
			looks.Add(1)
			_, _ = w.Write([]byte(`{"status":"success","data":[` + names.Load().(string) + `]}`))
			return
		}
		result := ""
		if strings.Contains(r.FormValue("query"), "model_infer_request_success_total") {
			result = `{"metric":{"pitwall_signal":"requests","deployment":"iris","variant":"A"},"value":[1,"30"]}`
		}
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[` + result + `]}}`))
	}))
	defer server.Close()
	source, err := prometheus.ParseSource(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	m, err := (&app{now: func() time.Time { return at }}).metricsOf(config{}, fixed(source), nil)
	if err != nil {
		t.Fatal(err)
	}
	rate := func() float64 {
		all, err := m.Signals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all["iris"]["A"].RPS
	}
	if rate(); rate() > 0 || looks.Load() != 1 {
		t.Errorf("with no name there is a rate, after %d looks", looks.Load())
	}
	names.Store(`"up","model_infer_request_success_total","model_infer_request_failure_total","rest_server_requests_total"`)
	at = at.Add(undecided)
	if got := rate(); got != 30 {
		t.Errorf("after the first scrape the rate is %v, after %d looks", got, looks.Load())
	}
	at = at.Add(time.Hour)
	if rate(); looks.Load() != 2 {
		t.Errorf("what is decided is asked for again: %d looks", looks.Load())
	}
}
