package gateway

import (
	"slices"
	"sync/atomic"
)

// backend is one replica as the gateway sees it. It outlives the routing
// tables that point to it: a changed split keeps its connections and counts.
type backend struct {
	addr, name string
	up         atomic.Bool
	late       atomic.Bool // it was ready, and did not answer the last probe in time
	draining   atomic.Bool // also set once it left the table
	inFlight   atomic.Int64
	pool       pool
}

// acquire counts a request in, unless the backend drains. The count rises
// before the flag is read and the flag is set before anyone reads the count,
// so whoever sees draining and 0 in flight knows that none can follow.
func (b *backend) acquire() bool {
	b.inFlight.Add(1)
	if b.draining.Load() {
		b.release()
		return false
	}
	return true
}

func (b *backend) release() { b.inFlight.Add(-1) }

// drain stops new requests and closes the connections that wait for one.
func (b *backend) drain() {
	b.draining.Store(true)
	b.pool.closeIdle()
}

// variant is one side of the deployment, with the counts that last as long as
// the process.
type variant struct {
	name             string
	requests, errors atomic.Int64
}

// route is a variant in one routing table.
type route struct {
	*variant
	version  string
	weight   float64       // percent
	all      []*backend    // as listed
	backends []*backend    // those that take requests
	next     atomic.Uint32 // where the search for a backend starts
	header   []string      // value of X-Pitwall-Variant
	metrics  routeMetrics
}

// pick acquires the ready backend with the fewest requests in flight, none of
// tried; equals take turns. Where none is ready it takes one that is only late:
// a busy machine answers users later than they like, and no answer is worse. It
// gives nil when there is none.
func (r *route) pick(tried []*backend) *backend {
	turn := r.next.Add(1)
	if b := r.pickOf(turn, tried, func(b *backend) bool { return b.up.Load() }); b != nil {
		return b
	}
	return r.pickOf(turn, tried, func(b *backend) bool { return b.late.Load() })
}

func (r *route) pickOf(turn uint32, tried []*backend, fits func(*backend) bool) *backend {
	for range len(r.backends) { // a backend may start to drain under our eyes
		best := r.leastBusy(turn, tried, fits)
		if best == nil || best.acquire() {
			return best
		}
	}
	return nil
}

func (r *route) leastBusy(turn uint32, tried []*backend, fits func(*backend) bool) *backend {
	var best *backend
	var least int64
	n := uint32(len(r.backends))
	for i := range n {
		b := r.backends[(turn+i)%n]
		if !fits(b) || b.draining.Load() || slices.Contains(tried, b) {
			continue
		}
		if busy := b.inFlight.Load(); best == nil || busy < least {
			best, least = b, busy
		}
	}
	return best
}
