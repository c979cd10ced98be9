package operation

import (
	"context"
	"fmt"
	"time"

	"pitwall/backends"
)

// lookTimeout bounds one reading while observing.
const lookTimeout = 5 * time.Second

// observe looks at the world until the goal is reached or missed, patience has
// run out (overdue's sight) or ctx ends (waiting, with ctx's error).
func (e *Engine) observe(ctx context.Context, name string, g goal, patience time.Duration, see func(sight)) (sight, error) {
	watch, cancel := context.WithTimeoutCause(ctx, patience, errOutOfPatience)
	defer cancel()
	var listings <-chan backends.Listing
	if e.watcher != nil {
		listings = e.watcher.Watch(watch)
	}
	tick := time.NewTicker(e.Every)
	defer tick.Stop()
	var newest time.Time
	for l := e.look(watch); ; {
		// A listing that was under way before the last look is older than it.
		if !l.At.Before(newest) {
			newest = l.At
			s := e.judge(watch, l, name, g)
			if s.state != waiting {
				return s, nil
			}
			see(s)
		}
		select {
		case <-watch.Done():
			if ctx.Err() != nil {
				return sight{text: "nobody watched it to the end"}, fmt.Errorf("stopped watching: %w", context.Cause(ctx))
			}
			return g.overdue(), nil
		case next, open := <-listings:
			if l = next; !open {
				listings, l = nil, e.look(watch)
			}
		case <-tick.C:
			// Counters move without a listing being sent, so look as well.
			l = e.look(watch)
		}
	}
}

var errOutOfPatience = fmt.Errorf("out of patience: %w", context.DeadlineExceeded)

func (e *Engine) look(ctx context.Context) backends.Listing {
	ctx, cancel := backends.Within(ctx, lookTimeout)
	defer cancel()
	all, err := e.Backend.Deployments(ctx)
	return backends.Listing{Deployments: all, At: e.Now(), Err: err}
}

// judge shows one listing to the goal. A reading that failed says nothing
// about the world.
func (e *Engine) judge(ctx context.Context, l backends.Listing, name string, g goal) sight {
	err := l.Err
	if err == nil {
		var d backends.Deployment
		if d, err = pick(l.Deployments, name); err == nil {
			return g.look(e.counted(ctx, d, g), e.Now())
		}
	}
	return sight{text: "cannot look: " + err.Error()}
}
