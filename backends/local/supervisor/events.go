package supervisor

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
)

const (
	keepEvents = 1000 // in memory and at least on disk
	maxEvents  = 4 * keepEvents
)

// events is the bounded list of what happened. Its tail is on disk on a
// best-effort basis: unlike the journal it is not a record.
type events struct {
	path string
	now  func() time.Time

	mu      sync.Mutex
	list    []backends.Event // oldest first
	file    *os.File
	written int // lines in the file
}

// openEvents reads the tail that earlier runs left and begins a file with it.
func openEvents(path string, now func() time.Time) *events {
	e := &events{path: path, now: now}
	if data, err := os.ReadFile(path); err == nil {
		for line := range bytes.Lines(data) {
			var event backends.Event
			if json.Unmarshal(line, &event) == nil { // a torn last line is dropped
				e.list = append(e.list, event)
			}
		}
	}
	e.trim()
	e.compact()
	return e
}

// Add takes an event down and stamps it, so that the list is in order of time.
func (e *events) Add(event backends.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	event.At = e.now()
	e.list = append(e.list, event)
	e.trim()
	line, err := json.Marshal(event)
	if err != nil || e.file == nil {
		return
	}
	_, _ = e.file.Write(append(line, '\n')) // best effort
	if e.written++; e.written >= maxEvents {
		e.compact()
	}
}

// List gives the events of a deployment ("" for all) since a time.
func (e *events) List(deployment string, since time.Time) []backends.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := []backends.Event{}
	for _, event := range e.list {
		if (deployment == "" || event.Deployment == deployment || event.Deployment == "") && !event.At.Before(since) {
			out = append(out, event)
		}
	}
	return out
}

func (e *events) trim() {
	if extra := len(e.list) - keepEvents; extra > 0 {
		e.list = slices.Clone(e.list[extra:])
	}
}

// compact writes the file anew with what is in memory.
func (e *events) compact() {
	var b bytes.Buffer
	for _, event := range e.list {
		if line, err := json.Marshal(event); err == nil {
			b.Write(append(line, '\n'))
		}
	}
	e.close()
	if state.WriteFile(e.path, b.Bytes()) != nil {
		return
	}
	if f, err := os.OpenFile(e.path, os.O_WRONLY|os.O_APPEND, 0o600); err == nil {
		e.file, e.written = f, len(e.list)
	}
}

func (e *events) close() {
	if e.file != nil {
		_ = e.file.Close()
		e.file = nil
	}
}

// Close closes the file.
func (e *events) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.close()
}
