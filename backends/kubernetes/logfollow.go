package kubernetes

import (
	"context"
	"errors"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"pitwall/backends"
	"pitwall/backends/internal/logmerge"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

const (
	lookAgain    = time.Second            // between two looks which pods there are
	firstReopen  = 250 * time.Millisecond // wait before a log that broke off is opened anew
	longestAgain = 10 * time.Second
)

// ended is how the reading of one log went.
type ended struct {
	pod    logged
	log    *podLog
	before time.Time // where it began
	err    error
}

// follow streams the lines that come after those that were read, until ctx
// ends, or until the one replica that was asked for is gone. A pod is read while
// its container runs: a stream that broke off and a container that started again
// are opened where the last one ended.
func (r *logReader) follow(ctx context.Context, changed func() <-chan struct{}, pods func() []logged, out chan<- backends.LogLine) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	lines := make(chan backends.LogLine)
	go func() {
		defer close(lines)
		r.followPods(ctx, changed, pods, lines)
	}()
	logmerge.Window(ctx, lines, lineTime, out)
}

// followPods returns when every reading it began has ended.
func (r *logReader) followPods(ctx context.Context, changed func() <-chan struct{}, pods func() []logged, out chan<- backends.LogLine) {
	done, reading := make(chan ended), 0
	defer func() {
		for ; reading > 0; reading-- {
			<-done
		}
	}()
	for ctx.Err() == nil {
		news, now := changed(), pods()
		retry := time.Duration(0)
		for _, p := range now {
			log := r.logOf(p)
			wait, due := log.due(p.reads(), r.now())
			if due && reading < mostLogs {
				log.reading, log.run = true, began(p.reads())
				reading++
				go func() {
					before := log.place.At()
					done <- ended{p, log, before, r.read(ctx, p, log, true, out)}
				}()
			}
			if wait > 0 && (retry == 0 || wait < retry) {
				retry = wait
			}
		}
		if r.query.Replica != "" && now != nil && len(now) == 0 && reading == 0 {
			return
		}
		reading -= r.await(ctx, news, done, retry, out)
	}
}

func (r *logReader) logOf(p logged) *podLog {
	log := r.logs[p.pod.UID]
	if log == nil {
		log = &podLog{whole: true}
		r.logs[p.pod.UID] = log
	}
	return log
}

// due reports whether the log has to be opened now, else when it has to be, 0
// when a change will tell. A container that does not run is read once a run.
func (l *podLog) due(c objects.Container, now time.Time) (time.Duration, bool) {
	if l.reading || l.over || c.State.Kind != "running" && (began(c).IsZero() || began(c).Equal(l.run)) {
		return 0, false
	}
	if wait := l.next.Sub(now); wait > 0 && began(c).Equal(l.run) {
		return wait, false
	}
	return 0, true
}

// began is when the run began whose log is there, zero before the first.
func began(c objects.Container) time.Time {
	if !c.State.Started.IsZero() {
		return c.State.Started
	}
	return c.Last.Started
}

// await waits until there is something to do, at least lookAgain after a
// change, and gives how many readings have ended.
func (r *logReader) await(ctx context.Context, news <-chan struct{}, done <-chan ended, retry time.Duration, out chan<- backends.LogLine) int {
	n := 0
	var again <-chan time.Time
	if retry > 0 {
		again = time.After(retry)
	}
	for {
		select {
		case e := <-done:
			n++
			r.finish(ctx, e, out)
			if again == nil {
				again = time.After(lookAgain) // the watch may tell later that it ended
			}
		case <-news:
			news = nil
			again = time.After(lookAgain)
		case <-again:
			return n
		case <-ctx.Done():
			return n
		}
	}
}

// finish decides how a log goes on that has ended.
func (r *logReader) finish(ctx context.Context, e ended, out chan<- backends.LogLine) {
	e.log.reading = false
	if e.log.place.At().After(e.before) {
		e.log.wait = 0
	}
	e.log.wait = min(max(2*e.log.wait, firstReopen), longestAgain)
	e.log.next = r.now().Add(e.log.wait)
	var denied *api.RightError
	switch {
	case e.err == nil || ctx.Err() != nil:
	case apierrors.IsNotFound(e.err):
		e.log.over = true
	case errors.As(e.err, &denied), refusedFor(e.err):
		e.log.over = true
		r.note(ctx, e.pod, e.err, out)
	}
}

// refusedFor reports an answer that asking again will not change: 4xx, but for
// a container that is not there yet and for too many requests.
func refusedFor(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return false
	}
	code := status.Status().Code
	return code >= http.StatusBadRequest && code < http.StatusInternalServerError && code != http.StatusBadRequest &&
		code != http.StatusTooManyRequests && code != http.StatusRequestTimeout && code != http.StatusUnauthorized
}
