package stack

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Stack is what runs after Up.
type Stack struct {
	Name       string
	Doors      []Address // in the order of the seeds
	Prometheus string    // URL, "" when it is not published
	Grafana    string    // URL, "" without one
	Made       []string  // "container model-api-door": what was made or started now
	There      []string  // what was there already
	Notes      []string  // one sentence each, for whoever started it
	Took       time.Duration
}

// Address is where a deployment's front door answers, as a URL.
type Address struct{ Deployment, URL string }

// IncompleteError says that a stack was begun and is not complete.
type IncompleteError struct {
	Made []string // what Up made before it failed
	Err  error
}

func (e *IncompleteError) Error() string {
	made := "nothing was made"
	if len(e.Made) > 0 {
		made = "made so far: " + strings.Join(e.Made, ", ") + "; `pitwall up --backend docker` goes on from there, `pitwall down --backend docker` removes it"
	}
	return e.Err.Error() + " (" + made + ")"
}

func (e *IncompleteError) Unwrap() error { return e.Err }

// TakenError says that names which the stack needs belong to somebody else.
// Nothing was made.
type TakenError struct {
	Stack string
	What  []string // "container model-api-door"
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("not made by pitwall's stack %s, and in its way: %s: rename or remove them, nothing was made", e.Stack, strings.Join(e.What, ", "))
}

// report collects what happened. Several goroutines add to it.
type report struct {
	say func(string)

	mu    sync.Mutex
	stack Stack
}

func (r *report) made(what string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stack.Made = append(r.stack.Made, what)
	r.say(fmt.Sprintf("%s (%.1f s)", what, took.Seconds()))
}

func (r *report) there(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stack.There = append(r.stack.There, what)
}

func (r *report) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stack.Notes = append(r.stack.Notes, fmt.Sprintf(format, args...))
}

// failed wraps what ended Up with what was made before it.
func (r *report) failed(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &IncompleteError{Made: slices.Clone(r.stack.Made), Err: err}
}

// done is the result, in a fixed order.
func (r *report) done(took time.Duration) Stack {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.stack.There)
	r.stack.Took = took
	return r.stack
}
