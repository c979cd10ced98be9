package logs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/ui/draw"
)

const (
	batchEvery = 100 * time.Millisecond // between two batches
	batchMost  = 2000                   // lines waiting; older ones are dropped and counted
	lineMost   = 2000                   // columns kept of a line

	firstPause   = time.Second // before a broken stream is opened again; doubles
	longestPause = 30 * time.Second
	steadyAfter  = 10 * time.Second // a stream that lasted so long begins with firstPause again
	overlap      = 2 * time.Second  // asked for again, since replicas' clocks and pipes differ
	doublesMost  = 4000             // lines remembered to tell repeated ones
)

// line is a log line as the screen keeps it: sanitised.
type line struct {
	at               time.Time
	variant, replica string
	level            level
	text, raw        string // readable, and as it was written
}

// batch is what came since the last one.
type batch struct {
	lines   []line
	dropped int // lines lost because they came too fast
	stream  stream
}

// stream is how the stream is doing.
type stream struct {
	live    bool
	err     error     // why it is not, nil before the first answer
	retryAt time.Time // when it is opened again
}

var errEnded = errors.New("the stream ended")

// pump follows a deployment's log and hands out batches, so that a fast
// producer costs neither memory nor more than ten frames a second. follow and
// next run in goroutines of their own until the context ends.
type pump struct {
	logs  backends.LogStreamer
	query backends.LogQuery
	now   func() time.Time
	again chan struct{} // ends a pause; holds one token
	news  chan struct{} // something waits; holds one token

	mu      sync.Mutex
	waiting []backends.LogLine
	dropped int
	stream  stream
}

func newPump(logs backends.LogStreamer, deployment string, now func() time.Time) *pump {
	return &pump{logs: logs, query: backends.LogQuery{Deployment: deployment, Follow: true}, now: now,
		again: make(chan struct{}, 1), news: make(chan struct{}, 1)}
}

// follow keeps a stream open until ctx ends. Broken streams are opened again
// after a pause, and go on where they broke.
func (p *pump) follow(ctx context.Context) {
	pause, seen := firstPause, &doubles{}
	for ctx.Err() == nil {
		began := p.now()
		err := p.read(ctx, seen)
		if ctx.Err() != nil {
			return
		}
		if p.now().Sub(began) >= steadyAfter {
			pause = firstPause
		}
		p.tell(stream{err: err, retryAt: p.now().Add(pause)})
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			pause = min(2*pause, longestPause)
		case <-p.again:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// read takes the lines of one stream until it ends.
func (p *pump) read(ctx context.Context, seen *doubles) error {
	query := p.query
	if !seen.newest.IsZero() {
		query.Since = seen.newest.Add(-overlap)
	}
	lines, err := p.logs.Logs(ctx, query)
	if err != nil {
		return err
	}
	p.tell(stream{live: true})
	seen.reopen()
	for {
		select {
		case l, open := <-lines:
			if !open {
				return errEnded
			}
			l.At = cmp.Or(l.At, p.now())
			if seen.fresh(l) {
				p.add(l)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *pump) tell(s stream) {
	p.mu.Lock()
	p.stream = s
	p.mu.Unlock()
	p.ring()
}

// add keeps a line for the next batch, at the cost of the oldest.
func (p *pump) add(l backends.LogLine) {
	p.mu.Lock()
	if len(p.waiting) >= batchMost {
		drop := batchMost / 4
		p.waiting = slices.Delete(p.waiting, 0, drop)
		p.dropped += drop
	}
	p.waiting = append(p.waiting, l)
	p.mu.Unlock()
	p.ring()
}

func (p *pump) ring() {
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// retry opens a broken stream now.
func (p *pump) retry() {
	select {
	case p.again <- struct{}{}:
	default:
	}
}

// next waits for news, gathers for a moment and returns it, in the order of
// time; false when ctx has ended. Lines are parsed and sanitised here, away
// from the loop that draws.
func (p *pump) next(ctx context.Context) (batch, bool) {
	select {
	case <-p.news:
	case <-ctx.Done():
		return batch{}, false
	}
	timer := time.NewTimer(batchEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return batch{}, false
	}
	select {
	case <-p.news: // what came meanwhile is in this batch
	default:
	}
	p.mu.Lock()
	lines, b := p.waiting, batch{dropped: p.dropped, stream: p.stream}
	p.waiting, p.dropped = nil, 0
	p.mu.Unlock()
	slices.SortStableFunc(lines, func(a, b backends.LogLine) int { return a.At.Compare(b.At) })
	b.lines = make([]line, len(lines))
	for i, l := range lines {
		b.lines[i] = clean(l)
	}
	return b, true
}

// clean makes a foreign line fit to be shown.
func clean(l backends.LogLine) line {
	text, level := readable(l.Text)
	out := line{at: l.At, variant: draw.SanitizeLine(l.Variant, 64), replica: draw.SanitizeLine(l.Replica, 256),
		level: level, text: draw.SanitizeLine(text, lineMost)}
	out.raw = out.text
	if text != l.Text {
		out.raw = draw.SanitizeLine(l.Text, lineMost)
	}
	return out
}

// doubles recognises the lines that a reopened stream repeats.
type doubles struct {
	newest time.Time
	recent []backends.LogLine // as they came
	cut    bool               // recent has lost its oldest

	check        map[backends.LogLine]int
	floor, until time.Time // of the lines in check; what is older was seen
}

// reopen prepares for a stream that repeats the recent lines.
func (d *doubles) reopen() {
	d.check, d.until = make(map[backends.LogLine]int, len(d.recent)), d.newest
	if d.cut {
		d.floor = d.recent[0].At
	}
	for _, l := range d.recent {
		d.check[l]++
	}
}

// fresh reports whether a line is new, and remembers it.
func (d *doubles) fresh(l backends.LogLine) bool {
	l.At = l.At.UTC().Round(0) // comparable
	if l.At.Before(d.floor) {
		return false
	}
	if !l.At.After(d.until) && d.check[l] > 0 {
		d.check[l]--
		return false
	}
	if l.At.After(d.newest) {
		d.newest = l.At
	}
	d.recent = append(d.recent, l)
	if len(d.recent) > doublesMost {
		d.recent, d.cut = slices.Delete(d.recent, 0, doublesMost/2), true
	}
	return true
}
