package kubernetes_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/serve/traffic"
)

// client posts one request after the other over a connection that it keeps.
type client struct {
	transport *http.Transport
	url       string
	most      int // requests over one connection, 0 for as many as the server takes
	sent      int
	bodies    []string
}

func newClient(t *testing.T, server string, most int) *client {
	t.Helper()
	file, err := os.Open("../../testdata/models/bc.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := traffic.ReadRows(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{transport: &http.Transport{}, url: server + "/predict", most: most}
	for _, row := range rows {
		body, err := json.Marshal(map[string]any{"features": row})
		if err != nil {
			t.Fatal(err)
		}
		c.bodies = append(c.bodies, string(body))
	}
	t.Cleanup(c.transport.CloseIdleConnections)
	return c
}

// post gives the version that answered. The transport cannot send a request
// again by itself: what is lost is seen.
func (c *client) post(ctx context.Context) (version string, err error) {
	body := c.bodies[c.sent%len(c.bodies)]
	c.sent++
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		return "", err
	}
	r.ContentLength, r.Close = int64(len(body)), c.most > 0 && c.sent%c.most == 0
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err == nil && (response.StatusCode != http.StatusOK || !strings.Contains(string(text), "prediction")) {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return response.Header.Get("X-Model-Version"), err
}

// clients are several that post without a pause through the Service, until the
// test ends.
type clients struct {
	mu     sync.Mutex
	served map[string]int // answers by version
	fresh  map[string]int // those of clients that soon take another connection
	failed []string
}

// The clients: half keep a connection for as long as they may, half take
// another after a few requests, and so are dealt a pod again.
const (
	posting      = 8
	pace         = 10 * time.Millisecond
	reconnecting = 4 // requests
)

func (p *place) post(t *testing.T) *clients {
	t.Helper()
	server := "http://" + p.Kubectl(t, "get", "service/fraud", "-o", "jsonpath={.spec.clusterIP}")
	cs := &clients{served: map[string]int{}, fresh: map[string]int{}}
	first := newClient(t, server, reconnecting)
	clustertest.Eventually(t, "kube-proxy knows the Service", func() error { // it comes behind the endpoints
		_, err := first.post(t.Context())
		return err
	})
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i := range posting {
		c := newClient(t, server, i%2*reconnecting)
		all.Go(func() {
			for tick := time.NewTicker(pace); ctx.Err() == nil; <-tick.C {
				version, err := c.post(ctx)
				if ctx.Err() == nil {
					cs.count(version, err, c.most > 0)
				}
			}
		})
	}
	t.Cleanup(func() {
		stop()
		all.Wait()
	})
	return cs
}

func (cs *clients) count(version string, err error, fresh bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if err != nil {
		cs.failed = append(cs.failed, fmt.Sprintf("%s %v", time.Now().Format("15:04:05.000"), err))
		return
	}
	cs.served[version]++
	if fresh {
		cs.fresh[version]++
	}
}

// during does something while the clients post, until the pods that left are
// gone and some more, and tells how many requests were lost: none.
func (cs *clients) during(t *testing.T, p *place, what string, do func() time.Duration) {
	t.Helper()
	began := time.Now()
	cs.reset()
	took := do()
	p.alone(t)
	cs.answers(t, 500)
	served, _, failed := cs.reset()
	total, by := len(failed), []string{}
	for _, version := range slices.Sorted(maps.Keys(served)) {
		total += served[version]
		by = append(by, fmt.Sprintf("%s: %d", version, served[version]))
	}
	t.Logf("| %s | %d | %d | %s | %.1f s | %.1f s |", what, total, len(failed), strings.Join(by, ", "), took.Seconds(), time.Since(began).Seconds())
	if len(failed) > 0 {
		t.Errorf("%s: %d of %d requests failed: %s", what, len(failed), total, strings.Join(failed[:min(5, len(failed))], "; "))
	}
}

// shares counts which version answers from now on: near what the split says.
func (cs *clients) shares(t *testing.T, want map[string]float64) {
	t.Helper()
	const connections = 400
	cs.reset()
	cs.answers(t, connections*reconnecting)
	_, fresh, failed := cs.reset()
	if len(failed) > 0 {
		t.Errorf("%d requests failed: %s", len(failed), failed[0])
	}
	total := 0
	for _, n := range fresh {
		total += n
	}
	var got []string
	for version, n := range fresh {
		share := 100 * float64(n) / float64(total)
		got = append(got, fmt.Sprintf("%s %.1f %%", version, share))
		wanted := want[version]
		if deviation := 100 * math.Sqrt(wanted/100*(1-wanted/100)/connections); math.Abs(share-wanted) > 5*deviation {
			t.Errorf("version %s gets %.1f %% of the requests, not %.0f %%", version, share, wanted)
		}
	}
	slices.Sort(got)
	t.Logf("|   seen over %d connections: %s", total/reconnecting, strings.Join(got, ", "))
}

// answers waits until clients that soon take another connection got so many.
func (cs *clients) answers(t *testing.T, want int) {
	t.Helper()
	clustertest.Eventually(t, fmt.Sprintf("%d answers", want), func() error {
		cs.mu.Lock()
		defer cs.mu.Unlock()
		n := 0
		for _, of := range cs.fresh {
			n += of
		}
		if n >= want {
			return nil
		}
		return fmt.Errorf("%d, and %d requests failed: %s", n, len(cs.failed), strings.Join(cs.failed[:min(1, len(cs.failed))], ""))
	})
}

// alone waits until no pod is being removed.
func (p *place) alone(t *testing.T) {
	t.Helper()
	clustertest.Eventually(t, "no pod is being removed", func() error {
		if since := p.Kubectl(t, "get", "pods", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}"); since != "" {
			return fmt.Errorf("since %s some are", since)
		}
		return nil
	})
}

// reset gives what was counted since the last one.
func (cs *clients) reset() (served, fresh map[string]int, failed []string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	served, fresh, failed = cs.served, cs.fresh, cs.failed
	cs.served, cs.fresh, cs.failed = map[string]int{}, map[string]int{}, nil
	return served, fresh, failed
}
