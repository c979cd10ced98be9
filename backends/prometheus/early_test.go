package prometheus

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/serve/monitor"
)

// TestRequestsOfTheFirstMoments scrapes gateways that got 10 and 4 requests a
// second for a while, a tenth of them failed: before the window is full a rate
// would tell a part of that.
func TestRequestsOfTheFirstMoments(t *testing.T) {
	const step, window = 5 * time.Second, time.Minute
	for _, age := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 90 * time.Second} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			c := newCaptured(t)
			moments := int64(age/step) + 1
			var scrapes atomic.Int64
			start := time.Now().Add(-age)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				at := min(scrapes.Add(1), moments) - 1
				seconds := step.Seconds() * float64(at)
				w.Header().Set("Content-Type", "text/plain; version=0.0.4")
				_, _ = fmt.Fprintln(w, "# TYPE gateway_requests_total counter")
				for variant, rate := range map[string]float64{"A": 10, "B": 4} {
					for code, share := range map[string]float64{"200": .9, "500": .1} {
						_, _ = fmt.Fprintf(w, "gateway_requests_total{variant=%q,code=%q} %g %d\n", variant, code,
							500+rate*share*seconds, start.Add(time.Duration(at)*step).UnixMilli())
					}
				}
			}))
			t.Cleanup(server.Close)
			c.monitor.SetTargets([]monitor.Target{{Job: monitor.JobGateway, Address: strings.TrimPrefix(server.URL, "http://"), Labels: map[string]string{"deployment": "m"}}})
			eventually(t, "all moments are scraped", func() bool { return scrapes.Load() > moments+1 })
			client := c.client(t, Pitwall())
			client.window = window
			if _, err := client.knowsNative(t.Context()); err != nil {
				t.Fatal(err)
			}
			before := c.queries.Load()
			all, err := client.Signals(t.Context())
			if err != nil || c.queries.Load()-before > 4 {
				t.Fatalf("%d queries, %v", c.queries.Load()-before, err)
			}
			for variant, want := range map[string]float64{"": 14, "A": 10, "B": 4} {
				if s := all["m"][variant]; backends.Missing(s.RPS) || !near(s.RPS, want, .15) || !near(s.ErrorRatio, .1, .02) {
					t.Errorf("%q has %.2f requests/s and %.3f errors after %v, want %v and 0.1", variant, s.RPS, s.ErrorRatio, age, want)
				}
			}
		})
	}
}
