package engine

import (
	"context"
	"errors"
	"time"

	"pitwall/backends/internal/logmerge"
)

// LogQuery selects log lines.
type LogQuery struct {
	IDs    []string  // of containers, or names
	Since  time.Time // zero: all
	Tail   int       // at most so many lines of each container before those that come, 0 all
	Follow bool      // go on with the lines to come
}

// LogLine is a line that a container wrote.
type LogLine struct {
	At       time.Time // when the engine read it
	ID, Name string    // of the container
	Stream   string    // stdout, stderr; note: pitwall's own remark, why there are no lines
	Text     string    // without its end, at most 64 KiB, foreign text
}

// The streams of a line.
const (
	StreamOut  = "stdout" // a terminal's output too
	StreamErr  = "stderr"
	StreamNote = "note"
)

// Logs streams lines of several containers, merged by time: first those that
// are there, in strict order, then with Follow those that come, in order
// within 150 ms, so that a silent container holds up nobody. A followed
// container may be restarted: it ends when it is removed, or does not run for
// 10 s. The channel is closed when all ended, or ctx did.
// Errors: *DownError, *NotFoundError when none of the containers exists.
func (c *Client) Logs(ctx context.Context, q LogQuery) (<-chan LogLine, error) {
	sources, err := c.logSources(ctx, q)
	if err != nil {
		return nil, err
	}
	out := make(chan LogLine, 64)
	go func() {
		defer close(out)
		past := make([]<-chan LogLine, len(sources))
		for i, s := range sources {
			past[i] = s.past(ctx, q)
		}
		logmerge.Strictly(ctx, past, lineTime, out)
		if q.Follow && ctx.Err() == nil {
			followAll(ctx, sources, q, out)
		}
	}()
	return out, nil
}

// logSources looks the containers up. Those that do not exist are left out.
func (c *Client) logSources(ctx context.Context, q LogQuery) ([]*logSource, error) {
	var sources []*logSource
	var missing error
	for _, id := range q.IDs {
		found, err := c.limits(ctx, id)
		if err != nil {
			err = c.missing(ctx, "read the log of container "+id, "container", id, err)
			if !isMissing(err) {
				return nil, err
			}
			missing = errors.Join(missing, err)
			continue
		}
		sources = append(sources, &logSource{client: c, id: found.ID, name: found.Name, tty: found.TTY})
	}
	if len(sources) == 0 {
		return nil, missing
	}
	return sources, nil
}

func isMissing(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing)
}
