package logmerge

import (
	"container/heap"
	"context"
	"time"
)

const (
	mergeDelay = 150 * time.Millisecond // how long a line waits for older ones of other logs
	mergeMost  = 4096                   // lines that wait
)

// Strictly merges streams that end by the time that at gives of a line, and
// returns when all have ended, or ctx has. Each stream keeps its own order, also
// where its times go backwards. It does not close out.
func Strictly[L any](ctx context.Context, streams []<-chan L, at func(L) time.Time, out chan<- L) {
	var q lineHeap[L]
	next := func(i int, not time.Time) {
		select {
		case l, ok := <-streams[i]:
			if ok {
				heap.Push(&q, waiting[L]{line: l, order: later(at(l), not), number: uint64(i), stream: i})
			}
		case <-ctx.Done():
		}
	}
	for i := range streams {
		next(i, time.Time{})
	}
	for q.Len() > 0 {
		w := heap.Pop(&q).(waiting[L])
		select {
		case out <- w.line:
		case <-ctx.Done():
			return
		}
		next(w.stream, w.order)
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Window orders lines as they come: each waits for 150 ms, and goes out after
// the older ones that came until then, so that a silent source holds up nobody.
// It returns when in is closed, or ctx ends, and does not close out.
func Window[L any](ctx context.Context, in <-chan L, at func(L) time.Time, out chan<- L) {
	m := merger[L]{out: out, at: at, sent: make(map[uint64]bool)}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(m.untilDue(time.Now()))
		select {
		case l, ok := <-in:
			if !ok {
				m.release(ctx, func(arrival) bool { return true })
				return
			}
			m.add(l, time.Now())
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		if !m.release(ctx, func(a arrival) bool { return !a.due.After(now) || m.waiting.Len() > mergeMost }) {
			return
		}
	}
}

// arrival is when a line has to go out, in the order of coming.
type arrival struct {
	number uint64
	due    time.Time
}

type merger[L any] struct {
	out      chan<- L
	at       func(L) time.Time
	number   uint64
	waiting  lineHeap[L]
	arrivals []arrival
	sent     map[uint64]bool // of arrivals, those that went out before their time
}

func (m *merger[L]) add(l L, now time.Time) {
	m.number++
	heap.Push(&m.waiting, waiting[L]{line: l, order: m.at(l), number: m.number})
	m.arrivals = append(m.arrivals, arrival{m.number, now.Add(mergeDelay)})
}

func (m *merger[L]) untilDue(now time.Time) time.Duration {
	if len(m.arrivals) == 0 {
		return time.Hour
	}
	return max(m.arrivals[0].due.Sub(now), 0)
}

// release sends the lines that have to go out, each after all older ones.
func (m *merger[L]) release(ctx context.Context, must func(arrival) bool) bool {
	for len(m.arrivals) > 0 {
		first := m.arrivals[0]
		if m.sent[first.number] {
			delete(m.sent, first.number)
			m.arrivals = m.arrivals[1:]
			continue
		}
		if !must(first) {
			return true
		}
		w := heap.Pop(&m.waiting).(waiting[L])
		select {
		case m.out <- w.line:
		case <-ctx.Done():
			return false
		}
		m.sent[w.number] = true
	}
	return true
}

// waiting is a line in a heap, by its time and then in the order of coming.
type waiting[L any] struct {
	line   L
	order  time.Time
	number uint64
	stream int
}

type lineHeap[L any] []waiting[L]

func (h lineHeap[L]) Len() int { return len(h) }
func (h lineHeap[L]) Less(i, j int) bool {
	if h[i].order.Equal(h[j].order) {
		return h[i].number < h[j].number
	}
	return h[i].order.Before(h[j].order)
}
func (h lineHeap[L]) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *lineHeap[L]) Push(x any)   { *h = append(*h, x.(waiting[L])) }
func (h *lineHeap[L]) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
