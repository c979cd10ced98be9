// Package flow holds the two small waits that every backend needs.
package flow

import (
	"context"
	"time"
)

// Sleep waits for d, and reports false when ctx ended before.
func Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Offer puts the newest value into a channel of one place, instead of one that
// nobody has taken yet. Only one goroutine may call it for a channel.
func Offer[T any](out chan T, newest T) {
	select {
	case <-out:
	default:
	}
	out <- newest
}
