package backends

import (
	"context"
	"time"
)

// OverdueError is the cause of a context of Within that came to its limit.
type OverdueError struct{ Limit time.Duration }

func (e *OverdueError) Error() string { return "no answer " + e.Within() }

// Within is the limit in words, as "within 5s".
func (e *OverdueError) Within() string { return "within " + e.Limit.String() }
func (e *OverdueError) Unwrap() error  { return context.DeadlineExceeded }

// Within limits what is asked with a context. Whoever is asked can tell from its
// cause for how long it was waited.
func Within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, &OverdueError{limit})
}
