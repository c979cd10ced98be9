package kubernetes

import (
	"context"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
)

// Changes that come together make one listing. Where they come without end,
// listing them takes a tenth of the time, and none is shown later than longest.
const (
	gather  = 100 * time.Millisecond
	share   = 10
	longest = time.Second
	again   = 3 * time.Second // a listing without a change: what is watched is as new as that
)

// Watch implements backends.Watcher: a listing when something changed, and one
// every 3 s that asks nobody: while the watches hold, what they have shown is
// how it is. While the API server is away it sends the error.
func (b *Backend) Watch(ctx context.Context) <-chan backends.Listing {
	out := make(chan backends.Listing, 1)
	b.start()
	go func() {
		defer close(out)
		for ctx.Err() == nil {
			news, more := b.changed(), gather
			l := backends.Listing{At: b.options.Now(), Err: b.trouble()}
			if l.Err == nil && !b.store.Settled() {
				l.Err = b.settle(ctx)
			}
			if l.Err == nil {
				began := time.Now()
				l.Deployments = b.listing()
				more = min(max(gather, share*time.Since(began)), longest)
				l.Err = b.nowhere.check(ctx, b, l.Deployments)
			}
			if ctx.Err() != nil {
				return
			}
			flow.Offer(out, l)
			b.await(ctx, news, more)
		}
	}()
	return out
}

// await returns when more changes had time to come after the next one, or when
// it is time again.
func (b *Backend) await(ctx context.Context, news <-chan struct{}, more time.Duration) {
	late := time.NewTimer(again)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return
	case <-late.C:
		return
	case <-news:
	}
	t := time.NewTimer(more)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
