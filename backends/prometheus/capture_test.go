package prometheus

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/serve/monitor"
)

// The clock of the captures: what a file says happened in each of these steps.
// The moments reach from the past, so that windows are full, into the future,
// so that no window is cut off before the tests are done.
const (
	captureStep    = 30 * time.Second
	captureMoments = 10
	captureEvery   = 500 * time.Millisecond // a scrape that takes longer is given up, and its moment is lost
	captureBefore  = 6                      // of the moments
)

// captured is a real embedded Prometheus that has scraped the captures.
type captured struct {
	monitor *monitor.Monitor
	start   time.Time
	queries atomic.Int64
	targets []monitor.Target
	scrapes []*atomic.Int64
}

func newCaptured(t *testing.T) *captured {
	t.Helper()
	m, err := monitor.Start(t.Context(), monitor.Config{Dir: t.TempDir(), Every: captureEvery})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return &captured{monitor: m, start: time.Now().Add(-captureBefore * captureStep)}
}

// capture reads a scrape of a serving system.
func capture(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "profiles", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// serve is a target that does in each step what the text says, times busy.
func (c *captured) serve(t *testing.T, deployment, variant, text string, busy float64) {
	t.Helper()
	scrapes := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		moment := min(scrapes.Add(1), captureMoments) - 1
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = w.Write([]byte(exposition(text, float64(moment)*busy, c.start.Add(time.Duration(moment)*captureStep))))
	}))
	t.Cleanup(server.Close)
	c.scrapes = append(c.scrapes, scrapes)
	c.targets = append(c.targets, monitor.Target{Job: monitor.JobServe, Address: strings.TrimPrefix(server.URL, "http://"),
		Labels: map[string]string{"deployment": deployment, "variant": variant, "replica": deployment + "-" + variant + "-1"}})
}

// scrape waits until every target was scraped at every moment.
func (c *captured) scrape(t *testing.T) {
	t.Helper()
	c.monitor.SetTargets(c.targets)
	eventually(t, "all moments are scraped", func() bool {
		for _, n := range c.scrapes {
			if n.Load() < captureMoments+2 { // the last but one is stored by then
				return false
			}
		}
		return true
	})
}

// client reads the captures through a profile and counts the queries.
func (c *captured) client(t *testing.T, p Profile) *Client {
	t.Helper()
	client := inProcess(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.queries.Add(1)
		c.monitor.Handler().ServeHTTP(w, r)
	}), p)
	client.window = 2 * time.Minute
	return client
}

// exposition is the text with what counts up multiplied, at a moment. Gauges
// and the quantiles of summaries stay as they are.
func exposition(text string, times float64, at time.Time) string {
	var out strings.Builder
	kind := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, typed := strings.CutPrefix(line, "# TYPE "); typed {
			_, kind, _ = strings.Cut(rest, " ")
		}
		cut := strings.LastIndex(line, " ")
		value, err := strconv.ParseFloat(line[cut+1:], 64)
		if strings.HasPrefix(line, "#") || err != nil {
			fmt.Fprintln(&out, line)
			continue
		}
		if kind != "gauge" && !strings.Contains(line, "quantile=") {
			value *= times
		}
		fmt.Fprintln(&out, line[:cut], strconv.FormatFloat(value, 'g', -1, 64), at.UnixMilli())
	}
	return out.String()
}

// names are the metric names in a scrape.
func names(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, line[:strings.IndexAny(line, "{ ")])
		}
	}
	return out
}

// without drops the lines of a capture that hold a text: a series that a server
// has not made yet.
func without(text, part string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, part) {
			out.WriteString(line)
		}
	}
	return out.String()
}
