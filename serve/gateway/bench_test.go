package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/serve/gateway/internal/nginxtest"
)

// requestBody has the size of one row of 30 features.
var requestBody = `{"data":[` + strings.Repeat("12.3456789,", 29) + `1.5]}`

// rawClient sends prepared requests over one connection, so that the time of
// an HTTP client does not hide what the front door costs.
type rawClient struct {
	conn     net.Conn
	reader   *bufio.Reader
	requests [][]byte
	next     int
}

func newRawClient(b *testing.B, addr string, seed int) *rawClient {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := &rawClient{conn: conn, reader: bufio.NewReader(conn)}
	for i := range 256 {
		c.requests = append(c.requests, fmt.Appendf(nil,
			"POST /predict HTTP/1.1\r\nHost: model-api\r\nX-User-Id: user-%d-%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			seed, i, len(requestBody), requestBody))
	}
	return c
}

func (c *rawClient) do() error {
	c.next = (c.next + 1) % len(c.requests)
	if _, err := c.conn.Write(c.requests[c.next]); err != nil {
		return err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return err
}

// doors starts two backends and gives the ways to them: straight, through the
// gateway and through nginx. Each of them is a process of its own, as in use:
// a hop costs two wake-ups of a process, whoever makes it.
func doors(b *testing.B) map[string]func(b *testing.B) string {
	stable, candidate := startProcess(b, "backend"), startProcess(b, "backend")
	state := State{Variants: []Variant{
		{Name: "A", Weight: 90, Backends: []Backend{{Addr: stable.addr}}},
		{Name: "B", Weight: 10, Backends: []Backend{{Addr: candidate.addr}}},
	}}
	return map[string]func(b *testing.B) string{
		"direct": func(*testing.B) string { return stable.addr },
		"gateway": func(b *testing.B) string {
			p := startGateway(b)
			if _, err := NewClient(p.admin, testToken).SetState(b.Context(), state, 0); err != nil {
				b.Fatal(err)
			}
			return p.addr
		},
		"nginx": func(b *testing.B) string {
			table, err := state.table()
			if err != nil {
				b.Fatal(err)
			}
			return nginxtest.Start(b, fmt.Sprintf(`%s
upstream A { server %s; keepalive 64; }
upstream B { server %s; keepalive 64; }
server { listen LISTEN; keepalive_requests 10000000;
  location / { proxy_pass http://$variant; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
				nginxtest.SplitClients("variant", "", table), stable.addr, candidate.addr))
		},
	}
}

var doorNames = []string{"direct", "gateway", "nginx"}

// BenchmarkGateway measures one client's latency on each way, interleaved in
// blocks so that a busy machine slows all alike. The goal: the median through
// the gateway is at most 60 µs above the direct one (added-p50-µs).
func BenchmarkGateway(b *testing.B) {
	open := doors(b)
	direct := newRawClient(b, open["direct"](b), 0)
	for _, name := range doorNames {
		b.Run(name, func(b *testing.B) {
			client := newRawClient(b, open[name](b), 0)
			var took, base []time.Duration
			for b.Loop() {
				took = append(took, timed(b, client))
				if name != "direct" {
					base = append(base, timed(b, direct))
				}
			}
			report(b, took, base)
		})
	}
}

func timed(b *testing.B, c *rawClient) time.Duration {
	start := time.Now()
	if err := c.do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func report(b *testing.B, took, base []time.Duration) {
	us := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
	at := func(times []time.Duration, q float64) time.Duration {
		return times[int(q*float64(len(times)-1))]
	}
	slices.Sort(took)
	slices.Sort(base)
	b.ReportMetric(us(at(took, .5)), "p50-µs")
	b.ReportMetric(us(at(took, .99)), "p99-µs")
	if len(base) > 0 {
		b.ReportMetric(us(at(took, .5)-at(base, .5)), "added-p50-µs")
	}
}

// BenchmarkThroughput measures 16 clients at once on each way.
func BenchmarkThroughput(b *testing.B) {
	open := doors(b)
	for _, name := range doorNames {
		b.Run(name, func(b *testing.B) {
			addr := open[name](b)
			var seed atomic.Int64
			clients := make([]*rawClient, 64)
			for i := range clients {
				clients[i] = newRawClient(b, addr, i)
			}
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				client := clients[seed.Add(1)%int64(len(clients))]
				for pb.Next() {
					if err := client.do(); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}
