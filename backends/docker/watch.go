package docker

import (
	"context"
	"time"

	"pitwall/backends"
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
			offer(out, backends.Listing{Deployments: list, At: at, Err: err})
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
			case e, open := <-events:
				if !open {
					events = nil
					break
				}
				b.heard(e)
				pause(ctx, gather)
				for len(events) > 0 {
					b.heard(<-events)
				}
			}
			timer.Stop()
		}
	}()
	return out
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// offer puts the newest listing into the channel, in place of one that nobody
// has taken yet. Only one goroutine may call it.
func offer(out chan backends.Listing, l backends.Listing) {
	select {
	case <-out:
	default:
	}
	out <- l
}
