package supervisor

import (
	"context"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
	"pitwall/backends/local/supervisor/process"
)

// instance is a running child process; *process.Child is one.
type instance interface {
	PID() int
	Listening(ctx context.Context) (process.Listening, error)
	Done() <-chan struct{}
	Exit() backends.Exit
	Send(line []byte) error
	Stop(grace time.Duration)
}

const (
	firstBackoff = time.Second
	maxBackoff   = 30 * time.Second
	healthyReset = time.Minute // of health, after which a failure counts as the first again
)

// backoff spaces the restarts of a process: 1 s, 2 s, 4 s … 30 s.
type backoff struct {
	failures int // in a row
}

// failed counts a failure after a time of health and tells how long to wait.
func (b *backoff) failed(healthy time.Duration) time.Duration {
	if healthy >= healthyReset {
		b.failures = 0
	}
	b.failures++
	wait := firstBackoff
	for range b.failures - 1 {
		if wait = min(2*wait, maxBackoff); wait == maxBackoff {
			break
		}
	}
	return wait
}

// keep lives one life after another until ctx ends. life returns how long it
// was healthy; wait is told of every pause.
func keep(ctx context.Context, life func(context.Context) time.Duration, wait func(failures int, d time.Duration)) {
	var b backoff
	for {
		healthy := life(ctx)
		if ctx.Err() != nil {
			return
		}
		d := b.failed(healthy)
		wait(b.failures, d)
		if !flow.Sleep(ctx, d) {
			return
		}
	}
}
