// Package doortest is what the tests of front doors share: replicas that say
// which variant they are, clients that lose nothing silently, and a stand-in
// for the engine that runs a container's commands on this machine.
package doortest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// VariantHeader is how a replica tells its variant: the version that the test
// server of package dockertest is started with.
const VariantHeader = "X-Model-Version"

// Load posts over keep-alive connections, without any repetition, until it is
// stopped.
type Load struct {
	wg   sync.WaitGroup
	done chan struct{}

	mu       sync.Mutex
	answers  map[string]int // by variant
	last     map[string]time.Time
	failures []string
}

// Clients are who posts. The zero value of a field is what most tests want.
type Clients struct {
	N      int           // how many there are
	Rest   time.Duration // between two requests of one: a machine that is loaded to the full measures its own queues
	User   string        // of every request; "" of many users
	Header string        // that tells the variant; VariantHeader when ""
	Anew   bool          // a connection for each request
}

// StartLoad runs clients against a front door until Stop or the test's end.
func StartLoad(tb testing.TB, url string, clients int, rest time.Duration) *Load {
	return Start(tb, url, Clients{N: clients, Rest: rest})
}

// Start is StartLoad for clients of any kind.
func Start(tb testing.TB, url string, c Clients) *Load {
	l := &Load{done: make(chan struct{}), answers: map[string]int{}, last: map[string]time.Time{}}
	for i := range c.N {
		l.wg.Go(func() { l.client(url, i, c) })
	}
	tb.Cleanup(func() { l.Stop() })
	return l
}

func (l *Load) client(url string, number int, of Clients) {
	transport := &http.Transport{DisableKeepAlives: of.Anew}
	defer transport.CloseIdleConnections()
	c := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	for n := 0; ; n++ {
		select {
		case <-l.done:
			return
		default:
		}
		variant, err := Post(c, url, of.Header, cmp.Or(of.User, fmt.Sprintf("user%d-%d", number, n%500)))
		l.mu.Lock()
		if err != nil {
			l.failures = append(l.failures, err.Error())
		} else {
			l.answers[variant]++
			l.last[variant] = time.Now()
		}
		l.mu.Unlock()
		time.Sleep(of.Rest)
	}
}

// Post sends one request that net/http cannot send twice, and gives the variant
// that answered it, by a header (VariantHeader when "").
func Post(c *http.Client, url, header, user string) (variant string, err error) {
	// A body of unknown type cannot be replayed: the client must not repair
	// what the door breaks.
	body := struct{ io.Reader }{strings.NewReader(`{"instances":[[1,2,3]]}`)}
	req, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		return "", err
	}
	req.ContentLength = 23
	req.Header.Set("X-User-Id", user)
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.200s", resp.StatusCode, text)
	}
	return resp.Header.Get(cmp.Or(header, VariantHeader)), err
}

// Stop ends the load and tells how many answers there were and what failed.
func (l *Load) Stop() (answers int, failures []string) {
	l.mu.Lock()
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	l.mu.Unlock()
	l.wg.Wait()
	for _, n := range l.answers {
		answers += n
	}
	return answers, l.failures
}

// Observed waits for an answer of a variant that came after since, and gives
// the time it came.
func (l *Load) Observed(tb testing.TB, variant string, since time.Time) time.Time {
	tb.Helper()
	at, ok := l.When(variant, since, 10*time.Second)
	if !ok {
		tb.Fatalf("no answer of variant %s after 10 s", variant)
	}
	return at
}

// When is Observed for other goroutines than the test's own: false when there was
// none before the limit.
func (l *Load) When(variant string, since time.Time, limit time.Duration) (time.Time, bool) {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		l.mu.Lock()
		at := l.last[variant]
		l.mu.Unlock()
		if at.After(since) {
			return at, true
		}
	}
	return time.Time{}, false
}

// Share counts n answers from now on and gives the part of a variant in percent.
func (l *Load) Share(tb testing.TB, variant string, n int) float64 {
	tb.Helper()
	one, all := l.count(variant)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if o, a := l.count(variant); a-all >= n {
			return 100 * float64(o-one) / float64(a-all)
		}
	}
	tb.Fatalf("not %d answers in 30 s", n)
	return 0
}

func (l *Load) count(variant string) (one, all int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.answers {
		all += n
	}
	return l.answers[variant], all
}

// Median gives the middle of some durations.
func Median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// Report prints the line of a door for a table of all doors.
func Report(tb testing.TB, door string, changes, requests int, failures []string, observed []time.Duration) {
	tb.Helper()
	tb.Logf("| %s | %d changes | %d requests | %d failed | %v median to observed |",
		door, changes, requests+len(failures), len(failures), Median(observed).Round(10*time.Microsecond))
	for _, f := range failures[:min(len(failures), 5)] {
		tb.Errorf("lost request: %s", f)
	}
}
