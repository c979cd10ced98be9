package docker

import (
	"context"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
)

const (
	watchEvery = 3 * time.Second        // a listing without an event: the doors' counters move
	gather     = 150 * time.Millisecond // events that come together make one listing
	firstRetry = 500 * time.Millisecond
	maxRetry   = 5 * time.Second
)

// Watch implements backends.Watcher: a listing with every event of the engine,
// and one every 3 s for the counters. While the engine is away it sends
// listings with the error.
func (b *Backend) Watch(ctx context.Context) <-chan backends.Listing {
	out := make(chan backends.Listing, 1)
	go func() {
		defer close(out)
		events := b.engine.Events(ctx, b.now())
		retry := firstRetry
		for ctx.Err() == nil {
			at := b.now()
			list, err := b.Deployments(ctx)
			if ctx.Err() != nil {
				return
			}
			flow.Offer(out, backends.Listing{Deployments: list, At: at, Err: err})
			wait := watchEvery
			if err != nil {
				wait, retry = retry, min(2*retry, maxRetry)
			} else {
				retry = firstRetry
			}
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-timer.C:
			case _, open := <-events:
				if !open {
					events = nil
					break
				}
				flow.Sleep(ctx, gather)
				for len(events) > 0 {
					<-events
				}
			}
			timer.Stop()
		}
	}()
	return out
}
