package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/events"
)

func message(nano int64, action, id string) events.Message {
	return events.Message{Type: "container", Action: events.Action(action), TimeNano: nano, Actor: events.Actor{ID: id, Attributes: map[string]string{"name": "n-" + id, "exitCode": "3", "signal": "15"}}}
}

func TestEventsAreDecoded(t *testing.T) {
	for action, want := range map[string]Event{
		"die": {Action: "die", ExitCode: 3}, "kill": {Action: "kill", Signal: "15"}, "start": {Action: "start"},
		"health_status: unhealthy": {Action: "health_status", Health: "unhealthy"}, "health_status": {Action: "health_status"},
	} {
		got := decodeEvent(message(7, action, "1"))
		if got.Action != want.Action || got.ExitCode != want.ExitCode || got.Signal != want.Signal || got.Health != want.Health || got.Name != "n-1" || got.At.UnixNano() != 7 {
			t.Errorf("%s is %+v", action, got)
		}
	}
}

// flaky is an engine whose streams of events break after every second event,
// in one of three ways, and which in between does not answer at all.
type flaky struct {
	mu     sync.Mutex
	events []events.Message
	calls  int
	since  []string
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	switch {
	case strings.HasSuffix(r.URL.Path, "/info"):
		_, _ = io.WriteString(w, `{"SystemTime":"1970-01-01T00:00:00.000000100Z"}`)
	case strings.HasSuffix(r.URL.Path, "/events"):
		f.stream(w, r)
	}
}

func (f *flaky) stream(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.calls++
	call := f.calls
	f.since = append(f.since, r.URL.Query().Get("since"))
	f.mu.Unlock()
	if call%3 == 2 {
		panic(http.ErrAbortHandler) // no answer
	}
	var seconds, nanos int64
	_, _ = fmt.Sscanf(r.URL.Query().Get("since"), "%d.%d", &seconds, &nanos)
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	sent := 0
	for _, m := range f.events {
		if m.TimeNano < seconds*1e9+nanos {
			continue
		}
		text, _ := json.Marshal(m)
		_, _ = w.Write(append(text, '\n'))
		w.(http.Flusher).Flush()
		if sent++; sent == 3 {
			break
		}
	}
	if call%2 == 0 {
		_, _ = io.WriteString(w, `{"Type":"contai`) // in the middle of a word
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestEventsGoOnAfterBreaks(t *testing.T) {
	f := &flaky{events: []events.Message{message(101, "create", "1"), message(102, "start", "1"), message(102, "start", "2"), message(103, "die", "1"), message(104, "start", "3"), message(105, "destroy", "1")}}
	web := httptest.NewServer(f)
	defer web.Close()
	c, err := Open(Options{Host: strings.Replace(web.URL, "http://", "tcp://", 1)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	broken, breaks := false, 0
	stream := c.Events(ctx, time.Time{})
	for len(got) < len(f.events) {
		e, open := <-stream
		switch {
		case !open:
			t.Fatalf("the stream ended after %v", got)
		case e.Err != nil:
			if broken {
				t.Error("a break is told twice")
			}
			broken, breaks = true, breaks+1
		case e.Resumed:
			if !broken {
				t.Error("resumed without a break")
			}
			broken = false
		default:
			if broken {
				t.Error("an event before the stream is back")
			}
			got = append(got, fmt.Sprintf("%d %s %s", e.At.UnixNano(), e.Action, e.ID))
		}
	}
	want := []string{"101 create 1", "102 start 1", "102 start 2", "103 die 1", "104 start 3", "105 destroy 1"}
	if !slices.Equal(got, want) {
		t.Errorf("the events are %q, want %q", got, want)
	}
	if breaks == 0 || f.since[0] != "0.000000100" {
		t.Errorf("%d breaks; it asked from %q", breaks, f.since)
	}
	cancel()
	for range stream {
	}
}
