package nginx

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"pitwall/backends/docker/frontdoor"
)

const (
	// followFor is how long the log is followed after the door was read last.
	followFor = time.Minute
	// followAgain is the pause after a log that could not be followed.
	followAgain = 5 * time.Second
	// longestLine is more than nginx writes of a request with its largest headers.
	longestLine = 64 << 10
)

// counter counts the lines of nginx's access log from when the door is read
// first. Counts never fall: while nobody reads the door nothing is counted.
type counter struct {
	open func(ctx context.Context) (io.ReadCloser, error)

	mu     sync.Mutex
	how    counting
	total  map[string]frontdoor.Count
	stop   context.CancelFunc // of who follows now, nil when nobody does
	lease  *time.Timer
	there  bool // the log is being followed
	err    error
	failed time.Time
}

// read gives the counts so far, nil before the log is followed, and why it
// cannot be.
func (c *counter) read(ctx context.Context, how counting, now time.Time) (map[string]frontdoor.Count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.how = how
	switch {
	case c.stop != nil:
		c.lease.Reset(followFor)
	case c.err == nil || now.Sub(c.failed) >= followAgain:
		c.follow(ctx, now)
	}
	if !c.there {
		return nil, c.err
	}
	out := make(map[string]frontdoor.Count, len(how.variants))
	for _, name := range how.variants {
		out[name] = c.total[name]
	}
	return out, nil
}

// follow begins to follow the log; it ends with its lease and not with ctx.
func (c *counter) follow(ctx context.Context, now time.Time) {
	ctx, c.stop = context.WithCancel(context.WithoutCancel(ctx))
	c.lease = time.AfterFunc(followFor, c.stop)
	go func() {
		err := c.run(ctx)
		c.mu.Lock()
		defer c.mu.Unlock()
		if ctx.Err() != nil {
			err = nil // it ended because it was to
		}
		c.lease.Stop()
		c.stop()
		c.stop, c.there, c.err, c.failed = nil, false, err, now
	}()
}

// close ends the following.
func (c *counter) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		c.stop()
	}
}

func (c *counter) run(ctx context.Context) error {
	log, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	c.mu.Lock()
	c.there, c.err = true, nil
	if c.total == nil {
		c.total = map[string]frontdoor.Count{}
	}
	c.mu.Unlock()
	return lines(log, c.add)
}

// add counts one line.
func (c *counter) add(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.how.format.answer(line, c.how.variable)
	name, known := c.how.variants[a.value]
	if !ok || !known {
		return
	}
	n := c.total[name]
	n.Requests++
	if a.failed {
		n.Errors++
	}
	c.total[name] = n
}

// lines gives every line to its end; what is longer than any request is left out.
func lines(r io.Reader, each func(line string)) error {
	in := bufio.NewReaderSize(r, longestLine)
	for long := false; ; {
		text, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case !long:
			each(strings.TrimRight(string(text), "\r\n"))
		}
		long = false
	}
}
