package serve

import (
	"bufio"
	"context"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"pitwall/serve/fault"
)

// obey carries out the commands on the control stream until it ends, then stops
// the server: a parent that is gone needs no answers. A line that is no command
// is logged and skipped.
func (s *server) obey(ctx context.Context, stop context.CancelFunc) {
	defer stop()
	lines := bufio.NewScanner(s.config.Control)
	for lines.Scan() {
		f, err := fault.ParseLine(lines.Bytes())
		if err != nil {
			s.log.Warn("command refused", "error", err)
			continue
		}
		s.faults.set(ctx, f)
	}
	if err := lines.Err(); err != nil {
		s.log.Warn("control stream broke", "error", err)
	}
	s.log.Info("control stream ended: stopping")
}

// faults are the practice faults that the process performs on itself.
type faults struct {
	log    *slog.Logger
	exit   func(status int)
	random func() float64 // uniform in [0, 1)

	slow, errors atomic.Pointer[fault.Fault] // nil: not active

	mu    sync.Mutex
	crash *time.Timer
	leak  context.CancelFunc
}

// set makes f active, instead of one of the same kind. A leak ends with ctx.
func (f *faults) set(ctx context.Context, next fault.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log.Warn("practice fault", "kind", string(next.Kind), "fault", next)
	switch next.Kind {
	case fault.None:
		f.slow.Store(nil)
		f.errors.Store(nil)
		f.stop(fault.Crash)
		f.stop(fault.Leak)
	case fault.Slow:
		f.slow.Store(&next)
	case fault.Errors:
		f.errors.Store(&next)
	case fault.Crash:
		f.stop(fault.Crash)
		f.crash = time.AfterFunc(next.After(), func() { f.exit(fault.ExitCode) })
	case fault.Leak:
		f.stop(fault.Leak)
		ctx, f.leak = context.WithCancel(ctx)
		go leak(ctx, next)
	}
}

// stop ends a crash or leak that is under way. f.mu is held.
func (f *faults) stop(kind fault.Kind) {
	if kind == fault.Crash && f.crash != nil {
		f.crash.Stop()
	}
	if kind == fault.Leak && f.leak != nil {
		f.leak()
	}
}

// inject delays a prediction request, for at most limit, and refuses the share
// of them that is to fail.
func (f *faults) inject(ctx context.Context, limit time.Duration) error {
	if slow := f.slow.Load(); slow != nil {
		delay := slow.Latency() + time.Duration(f.random()*float64(slow.Jitter()))
		select {
		case <-time.After(min(delay, limit)):
		case <-ctx.Done():
			return &refusal{statusClientGone, "the client left before its answer"}
		}
		if delay > limit {
			return overdue(limit)
		}
	}
	if failing := f.errors.Load(); failing != nil && f.random() < failing.Ratio {
		return &refusal{http.StatusInternalServerError, "practice fault: this request fails on command"}
	}
	return nil
}

// leakSteps is how many times a second a leak grows.
const leakSteps = 10

// leak grows by f.BytesPerSecond up to f.LimitBytes, touching every page so that
// the memory is really used, and lets go of it when ctx ends.
func leak(ctx context.Context, f fault.Fault) {
	const page = 4096
	ticker := time.NewTicker(time.Second / leakSteps)
	defer ticker.Stop()
	step := max(1, int64(math.Ceil(float64(f.BytesPerSecond)/leakSteps)))
	var held [][]byte
	total := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		size := min(step, f.LimitBytes-total)
		if size > 0 {
			block := make([]byte, size)
			for i := 0; i < len(block); i += page {
				block[i] = 1
			}
			held = append(held, block)
			total += size
		}
		// without this the collector would see that nobody reads the blocks
		for _, block := range held {
			block[0]++
		}
	}
}
