package local

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
	"pitwall/backends/local/control"
)

const (
	firstRetry = 250 * time.Millisecond
	maxRetry   = 5 * time.Second
)

// Watch implements backends.Watcher. While the stack is away it sends a listing
// with the error and tries again, after 250 ms, 500 ms … 5 s.
func (b *Backend) Watch(ctx context.Context) <-chan backends.Listing {
	out := make(chan backends.Listing, 1)
	go func() {
		defer close(out)
		wait := firstRetry
		for ctx.Err() == nil {
			received, err := b.watchOnce(ctx, out)
			if ctx.Err() != nil {
				return
			}
			if received {
				wait = firstRetry
			}
			flow.Offer(out, backends.Listing{At: time.Now(), Err: err})
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
			wait = min(2*wait, maxRetry)
		}
	}()
	return out
}

// watchOnce follows one stream to its end.
func (b *Backend) watchOnce(ctx context.Context, out chan backends.Listing) (received bool, err error) {
	resp, err := b.open(ctx, http.MethodGet, control.PathWatch, nil, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = resp.Body.Close() }()
	d := json.NewDecoder(resp.Body)
	for {
		var l control.Listing
		if err := d.Decode(&l); err != nil {
			return received, errors.Join(errors.New("the connection to the local stack broke"), err)
		}
		received = true
		flow.Offer(out, backends.Listing{Deployments: l.Deployments, At: l.At})
	}
}

// Logs implements backends.LogStreamer.
func (b *Backend) Logs(ctx context.Context, q backends.LogQuery) (<-chan backends.LogLine, error) {
	query := url.Values{"deployment": {q.Deployment}, "variant": {q.Variant}, "replica": {q.Replica}, "since": {formatSince(q.Since)}}
	if q.Follow {
		query.Set("follow", "true")
	}
	resp, err := b.open(ctx, http.MethodGet, control.PathLogs, query, nil)
	if err != nil {
		return nil, err
	}
	out := make(chan backends.LogLine)
	go func() {
		defer close(out)
		defer func() { _ = resp.Body.Close() }()
		d := json.NewDecoder(resp.Body)
		for {
			var line backends.LogLine
			if d.Decode(&line) != nil {
				return // the end, or the stack is gone: Watch tells which
			}
			select {
			case out <- line:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}
