package fleet

import (
	"context"
	"errors"
	"sync"
	"time"

	"pitwall/backends"
)

const (
	readTimeout  = 5 * time.Second  // of one reading
	resyncEvery  = 10 * time.Second // a watch that says nothing for so long is checked by a reading
	offlineAfter = 15 * time.Second // without good data
	offlineTries = 3                // failures in a row
	longestPause = 30 * time.Second // between two attempts
)

// source is how the reading of one place is going.
type source struct {
	name     string
	options  Options
	patience time.Duration // age of good data from which it is stale
	woken    chan struct{} // holds one token after wake

	mu       sync.Mutex
	at       time.Time // of the last good data
	err      error
	failures int // in a row
	retryAt  time.Time
}

func newSource(name string, o Options) *source {
	return &source{name: name, options: o, patience: 3*o.Every + 2*time.Second, woken: make(chan struct{}, 1)}
}

// wake ends the pause between two readings.
func (s *source) wake() {
	select {
	case s.woken <- struct{}{}:
	default: // it is about to read anyway
	}
}

// succeeded notes good data of a moment; err tells what part was missing.
func (s *source) succeeded(at time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.err, s.failures, s.retryAt = at, err, 0, time.Time{}
}

// failed notes a failure and returns the pause before the next attempt: twice
// as long each time, a quarter more or less so that consoles do not march in
// step.
func (s *source) failed(err error, retries bool) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures++
	pause := min(s.options.Every<<min(s.failures, 16), longestPause)
	pause = time.Duration(float64(pause) * (0.75 + s.options.Random()/2))
	s.err, s.retryAt = err, time.Time{}
	if retries {
		s.retryAt = s.options.Now().Add(pause)
	}
	return pause
}

// view is the source as the snapshot shows it.
func (s *source) view(now time.Time) Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := Source{Name: s.name, At: s.at, Err: s.err, RetryAt: s.retryAt}
	age := now.Sub(s.at)
	switch {
	case s.at.IsZero() && s.err == nil:
		v.State = Connecting
	case s.at.IsZero(), s.failures >= offlineTries, s.failures > 0 && age > offlineAfter:
		v.State = Offline
	case s.failures > 0, age > s.patience:
		v.State = Stale
	default:
		v.State = Live
	}
	return v
}

// poll reads a source again and again. Read stores what it got and reports
// whether there was anything, and what went wrong.
func (f *Fleet) poll(ctx context.Context, s *source, read func(context.Context) (bool, error)) {
	for ctx.Err() == nil {
		pause := f.attempt(ctx, s, read)
		select {
		case <-ctx.Done():
		case <-s.woken:
		case <-time.After(pause):
		}
	}
}

// attempt reads once and returns the pause before the next time.
func (f *Fleet) attempt(ctx context.Context, s *source, read func(context.Context) (bool, error)) time.Duration {
	limited, cancel := backends.Within(ctx, readTimeout)
	defer cancel()
	good, err := read(limited)
	if ctx.Err() != nil {
		return 0
	}
	defer f.touch()
	if good {
		s.succeeded(f.options.Now(), err)
		return s.options.Every
	}
	if overdue := (*backends.OverdueError)(nil); errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &overdue) {
		err = errors.Join(context.Cause(limited), err)
	}
	return s.failed(err, true)
}

var errEnded = errors.New("the watch ended")

// watch follows a backend that tells about its changes itself. When it says
// nothing for a while, or on Refresh, it is read as well: silence may mean that
// nothing changes, or that it is gone.
func (f *Fleet) watch(ctx context.Context, w backends.Watcher) {
	for ctx.Err() == nil {
		f.follow(ctx, w.Watch(ctx))
		if ctx.Err() != nil {
			return
		}
		pause := f.backend.failed(errEnded, true)
		f.touch()
		select {
		case <-ctx.Done():
		case <-f.backend.woken:
		case <-time.After(pause):
		}
	}
}

// follow returns when the channel is closed or ctx ends.
func (f *Fleet) follow(ctx context.Context, listings <-chan backends.Listing) {
	for {
		select {
		case <-ctx.Done():
			return
		case l, open := <-listings:
			if !open {
				return
			}
			f.heard(l)
		case <-f.backend.woken:
			f.attempt(ctx, f.backend, f.list)
		case <-time.After(resyncEvery):
			f.attempt(ctx, f.backend, f.list)
		}
	}
}

// heard takes a listing of a watch.
func (f *Fleet) heard(l backends.Listing) {
	defer f.touch()
	if l.Err != nil {
		f.backend.failed(l.Err, false) // the backend itself tries again
		return
	}
	if l.At.IsZero() {
		l.At = f.options.Now()
	}
	f.take(l.Deployments, l.At)
	f.backend.succeeded(l.At, nil)
}

// list reads the deployments.
func (f *Fleet) list(ctx context.Context) (bool, error) {
	deployments, err := f.options.Backend.Deployments(ctx)
	if err != nil {
		return false, err
	}
	f.take(deployments, f.options.Now())
	return true, nil
}
