package nginx

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
	"pitwall/serve/gateway/split"
)

// variantHeader is how the configuration of these tests tells who answered.
const variantHeader = "X-Variant"

func predictURL(address string) string { return "http://" + address + "/predict" }

// post sends one request over a connection of its own.
func post(t *testing.T, address, user string) string {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	variant, err := doortest.Post(client, predictURL(address), variantHeader, user)
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
	load := doortest.Start(t, predictURL(published(container)), doortest.Clients{N: 8, User: user, Header: variantHeader})
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
			at, _ := load.When(want, began, 20*time.Second)
			seen <- at.Sub(began)
		}()
		if err := door.Set(t.Context(), frontdoor.Want{Split: to, Members: c.Members, By: "load"}, c.Hash); err != nil {
			t.Errorf("change %d: %v", i, err)
		}
		proven = append(proven, time.Since(began))
		if got := post(t, published(container), user); got != want {
			t.Errorf("change %d is said to be proven, and a new connection gets %s, not %s", i, got, want)
		}
		took := <-seen
		if took < 0 {
			t.Fatalf("change %d: no answer of %s", i, want)
		}
		observed = append(observed, took)
		time.Sleep(100 * time.Millisecond)
	}
	answers, failures := load.Stop()
	ms := func(all []time.Duration) [2]int64 {
		return [2]int64{doortest.Median(all).Milliseconds(), slices.Max(all).Milliseconds()}
	}
	seen, shown := ms(observed), ms(proven)
	t.Logf("| %-28s | %8d | %6d | %6d max %4d | %6d max %4d |", name, answers+len(failures), len(failures), seen[0], seen[1], shown[0], shown[1])
	if strings.Contains(name, " 0") && len(failures) > 0 {
		t.Errorf("%d requests failed although no connection is kept", len(failures))
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

// inFlight lets a request of a member that drains finish.
func (s *stand) inFlight(t *testing.T, door *Door, container engine.Container) {
	c := read(t, door)
	done := make(chan error, 1)
	body, send := io.Pipe()
	go func() {
		req, _ := http.NewRequest(http.MethodPost, predictURL(published(container)), body)
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
