package nginx

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/gateway/split"
)

// predict posts a body that net/http cannot send twice, and gives the variant
// that answered.
func predict(client *http.Client, address, user string) (string, error) {
	const body = `{"x":1}`
	req, err := http.NewRequest(http.MethodPost, "http://"+address+"/predict", io.NopCloser(strings.NewReader(body)))
	if err != nil {
		return "", err
	}
	req.ContentLength = int64(len(body))
	req.Header.Set("X-User-Id", user)
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %s", resp.Status)
	}
	return resp.Header.Get("X-Variant"), nil
}

func post(t *testing.T, address, user string) string {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	variant, err := predict(client, address, user)
	if err != nil {
		t.Error(err)
	}
	return variant
}

// middleUser changes its variant whenever the split crosses 50 %.
func middleUser() string {
	for i := 0; ; i++ {
		user := fmt.Sprintf("user%d", i)
		if share := float64(split.Hash(user)) / (1 << 32); share > 0.4 && share < 0.6 {
			return user
		}
	}
}

// underLoad changes the split 20 times while eight clients post on kept
// connections, and prints what it cost.
func (s *stand) underLoad(t *testing.T, name string, door *Door, container engine.Container, file string) {
	user, before := middleUser(), content(t, file)
	var requests, failed atomic.Int64
	var current atomic.Value // the variant that the last answer came from
	current.Store("")
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-stop:
					return
				default:
				}
				requests.Add(1)
				variant, err := predict(client, published(container), user)
				if err != nil {
					failed.Add(1)
					continue
				}
				current.Store(variant)
			}
		})
	}
	var observed, proven []time.Duration
	for i := range 20 {
		to, want := backends.Split{"A": 10, "B": 90}, "churn-b"
		if i%2 == 1 {
			to, want = backends.Split{"A": 90, "B": 10}, "churn-a"
		}
		seen := make(chan time.Duration, 1)
		c := read(t, door)
		began := time.Now()
		go func() {
			for current.Load() != want && time.Since(began) < 20*time.Second {
				time.Sleep(time.Millisecond)
			}
			seen <- time.Since(began)
		}()
		if err := door.Set(t.Context(), frontdoor.Want{Split: to, Members: c.Members, By: "load"}, c.Hash); err != nil {
			t.Errorf("change %d: %v", i, err)
		}
		proven = append(proven, time.Since(began))
		if got := post(t, published(container), user); got != want {
			t.Errorf("change %d is said to be proven, and a new connection gets %s, not %s", i, got, want)
		}
		observed = append(observed, <-seen)
		time.Sleep(100 * time.Millisecond)
	}
	close(stop)
	clients.Wait()
	t.Logf("| %-28s | %8d | %6d | %6d max %4d | %6d max %4d |", name, requests.Load(), failed.Load(),
		median(observed), slices.Max(observed).Milliseconds(), median(proven), slices.Max(proven).Milliseconds())
	if strings.Contains(name, " 0") && failed.Load() > 0 {
		t.Errorf("%d requests failed although no connection is kept", failed.Load())
	}
	if is := content(t, file); withoutWeights(is) != withoutWeights(before) {
		t.Errorf("bytes outside the split changed:\n%s", is)
	}
}

// withoutWeights leaves the lines out that a change of the split may touch.
func withoutWeights(text string) string {
	var lines []string
	for line := range strings.Lines(withoutChanges(text)) {
		if f := strings.Fields(line); len(f) != 2 || !strings.HasPrefix(f[1], "churn-") || !strings.HasSuffix(f[0], "%") && f[0] != "*" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func median(d []time.Duration) int64 {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2].Milliseconds()
}

// inFlight lets a request of a member that drains finish.
func (s *stand) inFlight(t *testing.T, door *Door, container engine.Container) {
	c := read(t, door)
	done := make(chan error, 1)
	body, send := io.Pipe()
	go func() {
		req, _ := http.NewRequest(http.MethodPost, "http://"+published(container)+"/predict", body)
		resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Variant") != "churn-b" {
				err = fmt.Errorf("%s from %s", resp.Status, resp.Header.Get("X-Variant"))
			}
		}
		done <- err
	}()
	if _, err := io.WriteString(send, "{"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // the head of the request reaches nginx
	drained := slices.Clone(c.Members["B"])
	for i := range drained {
		drained[i].Draining = true
	}
	want := frontdoor.Want{Split: backends.Split{"A": 100, "B": 0}, Members: map[string][]frontdoor.Member{"B": drained}}
	if err := door.Set(t.Context(), want, c.Hash); err != nil {
		t.Fatal(err)
	}
	w, err := door.workers(t.Context())
	if err != nil || len(w.leaving) == 0 {
		t.Errorf("no old worker finishes the request: %+v %v", w, err)
	}
	_, _ = io.WriteString(send, "}")
	_ = send.Close()
	if err := <-done; err != nil {
		t.Errorf("the request in flight: %v", err)
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func overwrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func stat(t *testing.T, file string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func ownerOf(info fs.FileInfo) string {
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d:%d", s.Uid, s.Gid)
}
