package monitor

import (
	"net/http"
	"strings"
	"testing"
)

// TestEveryReadEndpointAnswers guards the positional call in api.go: a release
// that moves a parameter shows here.
func TestEveryReadEndpointAnswers(t *testing.T) {
	g := newGateway(t)
	m := startTest(t, Config{}, string(alertRules))
	m.SetTargets([]Target{g.target()})
	eventually(t, "the target is up", func() bool { return len(query(t, m, "up", "job")) == 1 })
	for path, want := range map[string]string{
		"/-/ready":               "ready",
		"/-/healthy":             "ready",
		"/api/v1/query?query=up": `"job":"gateway"`,
		"/api/v1/query_range?query=up&start=1&end=2&step=1": `"matrix"`,
		"/api/v1/query_exemplars?query=up&start=1&end=2":    `"data":[]`,
		"/api/v1/format_query?query=up%2B1":                 "up + 1",
		"/api/v1/parse_query?query=up":                      `"vectorSelector"`,
		"/api/v1/labels":                                    `"variant"`,
		"/api/v1/label/job/values":                          `"gateway"`,
		"/api/v1/series?match[]=up":                         `"job":"gateway"`,
		"/api/v1/scrape_pools":                              `"gateway"`,
		"/api/v1/targets":                                   `"health":"up"`,
		"/api/v1/targets/metadata":                          "gateway_requests",
		"/api/v1/metadata":                                  "gateway_requests",
		"/api/v1/rules":                                     "HighLatency",
		"/api/v1/alerts":                                    `"alerts":[]`,
		"/api/v1/alertmanagers":                             `"activeAlertmanagers":[]`,
		"/api/v1/status/config":                             "always_scrape_classic_histograms: true",
		"/api/v1/status/runtimeinfo":                        `"reloadConfigSuccess":true`,
		"/api/v1/status/buildinfo":                          version,
		"/api/v1/status/flags":                              `"data":{}`,
		"/api/v1/status/tsdb":                               `"headStats"`,
		"/api/v1/status/tsdb/blocks":                        `"blocks"`,
		"/api/v1/status/walreplay":                          `"current":0`,
		"/api/v1/features":                                  `"success"`,
		"/api/v1/openapi.yaml":                              version,
		"/api/v1/notifications":                             `"success"`,
	} {
		code, body := get(t, m.Handler(), path)
		if code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d, want 200 with %q: %.300s", path, code, want, body)
		}
	}
}

func TestWritesAreNotOffered(t *testing.T) {
	m := startTest(t, Config{}, "groups: []")
	for _, path := range []string{"/api/v1/admin/tsdb/delete_series?match[]=up", "/api/v1/admin/tsdb/snapshot", "/api/v1/write", "/api/v1/otlp/v1/metrics"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		w := &status{}
		m.Handler().ServeHTTP(w, r)
		if w.code < 400 {
			t.Errorf("POST %s: %d, want a refusal", path, w.code)
		}
	}
}

// status is a ResponseWriter that keeps the status code.
type status struct{ code int }

func (s *status) Header() http.Header         { return http.Header{} }
func (s *status) Write(p []byte) (int, error) { return len(p), nil }
func (s *status) WriteHeader(code int)        { s.code = code }
