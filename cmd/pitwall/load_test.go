package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"pitwall/testdata"
)

// load sends POST requests over a few kept-alive connections, one after another
// on each. Their bodies cannot be sent twice, so that nothing hides a lost one.
type load struct {
	url, body string
	sent      atomic.Int64
	quit      chan struct{}
	ended     sync.WaitGroup

	mu     sync.Mutex
	failed []string
}

func startLoad(t *testing.T, address string, connections int) *load {
	t.Helper()
	l := &load{url: address + "/predict", body: oneRow(t), quit: make(chan struct{})}
	for n := range connections {
		l.ended.Go(func() { l.connection(n) })
	}
	t.Cleanup(func() { l.stop() })
	return l
}

// oneRow is a request for a prediction.
func oneRow(t *testing.T) string {
	t.Helper()
	text, err := testdata.Models.ReadFile("models/bc.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct{ X []json.RawMessage }
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"features":%s}`, data.X[0])
}

func (l *load) connection(number int) {
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	for n := 0; ; n++ {
		select {
		case <-l.quit:
			return
		case <-time.After(2 * time.Millisecond): // leaves the two cores time for what is tested
		}
		err := post(client, l.url, l.body, fmt.Sprintf("user-%d-%d", number, n))
		l.sent.Add(1)
		if err != nil {
			l.mu.Lock()
			l.failed = append(l.failed, err.Error())
			l.mu.Unlock()
		}
	}
}

// post sends one request whose body cannot be read again.
func post(client *http.Client, url, body, user string) error {
	req, err := http.NewRequest(http.MethodPost, url, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-User-Id", user)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s by %q: %s", resp.Status, resp.Header.Get("X-Pitwall-Variant"), text)
	}
	return err
}

func (l *load) count() int { return int(l.sent.Load()) }

func (l *load) failures() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.failed)
}

// reach waits until so many requests were sent.
func (l *load) reach(t *testing.T, n int) {
	t.Helper()
	waitFor(t, fmt.Sprintf("%d requests are sent", n), func() bool { return l.count() >= n })
}

// stop ends the load and tells how it went. It may be called again.
func (l *load) stop() (sent int, failed []string) {
	l.mu.Lock()
	select {
	case <-l.quit:
	default:
		close(l.quit)
	}
	l.mu.Unlock()
	l.ended.Wait()
	return l.count(), l.failures()
}

// TestNoRequestIsLost changes everything that can be changed under load.
func TestNoRequestIsLost(t *testing.T) {
	e2e(t)
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	h := startHeadless(t, state, "--rate=5")
	clients := startLoad(t, h.deployment("model-api").Address, 8)
	h.measured()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "operation\trequests\tfailed\ttook")
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"nothing", func() { clients.reach(t, clients.count()+1000) }},
		{"20 splits", func() { manySplits(t, state) }},
		{"deploy A 1.2.0", func() {
			must(t, state, "deploy", "model-api", "--version", "1.2.0", "--variant", "A", "--yes", "--confirm", "model-api")
		}},
		{"rollback A", func() { must(t, state, "rollback", "model-api", "--variant", "A", "--yes", "--confirm", "model-api") }},
		{"scale A to 5", func() { must(t, state, "scale", "model-api", "5", "--yes", "--confirm", "model-api") }},
		{"scale A to 2", func() { must(t, state, "scale", "model-api", "2", "--yes", "--confirm", "model-api") }},
		{"restart A", func() { must(t, state, "restart", "model-api", "--variant", "A", "--yes", "--confirm", "model-api") }},
		{"restart B", func() { must(t, state, "restart", "model-api", "--variant", "B", "--yes", "--confirm", "model-api") }},
		{"promote B", func() { must(t, state, "promote", "model-api", "--yes", "--confirm", "model-api") }},
	} {
		sent, failed, from := clients.count(), len(clients.failures()), time.Now()
		step.do()
		clients.reach(t, clients.count()+50) // what follows from it
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1fs\n", step.name, clients.count()-sent, len(clients.failures())-failed, time.Since(from).Seconds())
	}
	sent, failed := clients.stop()
	fmt.Fprintf(w, "all\t%d\t%d\t\n", sent, len(failed))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("POST /predict over 8 kept-alive connections:\n%s", table.String())
	if len(failed) > 0 {
		t.Errorf("%d requests failed: %q", len(failed), failed[:min(5, len(failed))])
	}
}

// manySplits changes the split twenty times, each time seen by the front door.
func manySplits(t *testing.T, state string) {
	t.Helper()
	for n := range 20 {
		a, b := "A=70", "B=30"
		if n%2 == 0 {
			a, b = "A=50", "B=50"
		}
		must(t, state, "split", "model-api", a, b, "--yes", "--confirm", "model-api")
	}
}

// predictOnce asks a front door for one prediction.
func predictOnce(t *testing.T, address string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	return post(client, address+"/predict", oneRow(t), "user")
}
