package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends"
)

// resting is an engine with many containers, of which every tenth is gone by
// the time it is inspected.
type resting struct {
	count           int
	lists, inspects atomic.Int64
}

func (e *resting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(r.URL.Path, "/containers/json"):
		e.lists.Add(1)
		var rows []string
		for i := range e.count {
			rows = append(rows, fmt.Sprintf(`{"Id":"id%d","Names":["/c%03d"],"State":"running","Status":"Up %d minutes (healthy)"}`, i, i, 10+e.lists.Load()))
		}
		_, _ = io.WriteString(w, "["+strings.Join(rows, ",")+"]")
	case strings.Contains(r.URL.Path, "/containers/id"):
		e.inspects.Add(1)
		var n int
		_, _ = fmt.Sscanf(r.URL.Path[strings.Index(r.URL.Path, "/id"):], "/id%d/json", &n)
		if n%10 == 9 {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"message":"No such container: id"}`)
			return
		}
		_, _ = fmt.Fprintf(w, `{"Id":"id%d","Name":"/c%03d","State":{"Status":"running"},"Config":{},"HostConfig":{}}`, n, n)
	}
}

func fakeEngine(t testing.TB, h http.Handler) *Client {
	t.Helper()
	web := httptest.NewServer(h)
	t.Cleanup(web.Close)
	c, err := Open(Options{Host: strings.Replace(web.URL, "http://", "tcp://", 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestARestingMachineCostsOneCall(t *testing.T) {
	e := &resting{count: 100}
	c := fakeEngine(t, e)
	for range 3 {
		got, err := c.Containers(t.Context(), "x")
		if err != nil || len(got) != 90 || got[0].Name != "c000" || got[89].Name != "c098" {
			t.Fatalf("%d containers, %v", len(got), err)
		}
	}
	if lists, inspects := e.lists.Load(), e.inspects.Load(); lists != 3 || inspects != 120 { // 100, and twice the ten that are gone
		t.Errorf("three refreshes cost %d lists and %d inspections", lists, inspects)
	}
	c.cache.changed("id5")
	if _, err := c.Containers(t.Context(), "x"); err != nil || e.inspects.Load() != 131 {
		t.Errorf("after an event there are %d inspections, %v", e.inspects.Load(), err)
	}
	if got, err := c.Containers(t.Context(), "x", "y"); err != nil || len(got) != 90 || e.lists.Load() != 6 {
		t.Errorf("two labels cost %d lists, %v", e.lists.Load(), err)
	}
}

func TestAnAnswerThatBreaksOffIsADownError(t *testing.T) {
	c := fakeEngine(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `[{"Id":`)
	}))
	_, err := c.Containers(t.Context(), "x")
	var down *DownError
	if !errors.As(err, &down) {
		t.Errorf("the error is %v", err)
	}
}

func TestAnEngineThatIsTooOldSaysSo(t *testing.T) {
	c := fakeEngine(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.39") }))
	_, err := c.Ping(t.Context())
	var down *DownError
	if err == nil || errors.As(err, &down) || !strings.Contains(err.Error(), "1.40") {
		t.Errorf("the error is %v", err)
	}
}

func TestAnEngineThatHangsIsDown(t *testing.T) {
	hold := make(chan struct{})
	c := fakeEngine(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}))
	defer close(hold)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := c.Ping(ctx)
	var down *DownError
	if !errors.As(err, &down) || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("the error is %v", err)
	}
}

func BenchmarkContainersAtRest(b *testing.B) {
	c := fakeEngine(b, &resting{count: 100})
	for b.Loop() {
		if _, err := c.Containers(b.Context(), "x"); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAnEngineThatHangsIsToldWithoutTheRequest asks an engine that takes the
// request and never answers.
func TestAnEngineThatHangsIsToldWithoutTheRequest(t *testing.T) {
	hung := make(chan struct{})
	c := fakeEngine(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-hung:
		case <-r.Context().Done():
		}
	}))
	defer close(hung)
	const limit = 50 * time.Millisecond
	known, cancel := backends.Within(t.Context(), limit)
	defer cancel()
	plain, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	given, cancel := context.WithCancel(t.Context())
	time.AfterFunc(limit, cancel)
	for _, test := range []struct {
		ctx  context.Context
		is   error
		says string
	}{
		{known, context.DeadlineExceeded, "list containers: the engine did not answer within 50ms"},
		{plain, context.DeadlineExceeded, "list containers: the engine did not answer in time"},
		{given, context.Canceled, "list containers: it was given up before the engine answered"},
	} {
		_, err := c.Containers(test.ctx, "x")
		if !errors.Is(err, test.is) || err.Error() != test.says {
			t.Errorf("it says %v, want %s", err, test.says)
		}
	}
	_, err := c.Containers(known, "x")
	if overdue := (*backends.OverdueError)(nil); !errors.As(err, &overdue) || overdue.Limit != limit {
		t.Errorf("the limit is not in %v", err)
	}
}
