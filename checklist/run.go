package checklist

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ProbeTimeout bounds every probe.
const ProbeTimeout = 5 * time.Second

// atOnce is how many probes run at the same time.
const atOnce = 8

// Probe looks at one thing. It has to end with its context; what it says after
// that is thrown away.
type Probe func(ctx context.Context) Finding

// Runner runs probes.
type Runner struct {
	Probes  map[string]Probe // by name
	Subject Subject          // what they are about
	By      string           // who has it looked at
	Now     func() time.Time
}

// Run runs the probes of some items, each once, in parallel, and returns what
// they found in the order of the items. Each is given to found as it is made,
// from one goroutine at a time; found may be nil. When ctx ends, what did not
// answer is left out: nobody looked at it.
func (r Runner) Run(ctx context.Context, items []Item, found func(Evidence)) []Evidence {
	ids := probes(items)
	list := make([]Evidence, len(ids))
	var mu sync.Mutex // of found
	var running sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for n, id := range ids {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		running.Go(func() {
			defer func() { <-slots }()
			e := r.one(ctx, id)
			if ctx.Err() != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			list[n] = e
			if found != nil {
				found(e)
			}
		})
	}
	running.Wait()
	done := list[:0]
	for _, e := range list {
		if !e.At.IsZero() {
			done = append(done, e)
		}
	}
	return done
}

// one runs a probe within its time.
func (r Runner) one(ctx context.Context, id string) Evidence {
	e := Evidence{Probe: id, Subject: r.Subject, At: r.Now().UTC(), By: r.By}
	probe, ok := r.Probes[id]
	if !ok {
		e.Finding = Finding{Text: fmt.Sprintf("this pitwall has no probe %q", id)}
		return e
	}
	ctx, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	answer := make(chan Finding, 1)
	go func() { answer <- probe(ctx) }()
	select {
	case e.Finding = <-answer:
	case <-ctx.Done():
		e.Finding = Finding{Text: "no answer", Next: "look again: what it asks is slow or hangs"}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && e.State == Unknown {
		e.Text = fmt.Sprintf("no answer within %v: %s", ProbeTimeout, e.Text)
	}
	e.TookMS = r.Now().Sub(e.At).Milliseconds()
	return e
}
