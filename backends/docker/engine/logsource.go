package engine

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"pitwall/backends/internal/flow"
	"pitwall/backends/internal/logmerge"
)

const (
	restartGrace = 10 * time.Second       // how long a followed container may stand still
	restartPoll  = 250 * time.Millisecond // between looks whether it runs again
)

// logSource reads the log of one container, and knows how far it came.
type logSource struct {
	client   *Client
	id, name string
	tty      bool
	place    logmerge.Place
}

// past streams the lines that are there.
func (s *logSource) past(ctx context.Context, q LogQuery) <-chan LogLine {
	lines := make(chan LogLine, 16)
	go func() {
		defer close(lines)
		err := s.read(ctx, client.ContainerLogsOptions{Since: sinceText(q.Since), Tail: tailText(q.Tail)}, lines)
		if err != nil && ctx.Err() == nil && !q.Follow {
			s.put(ctx, lines, LogLine{At: time.Now(), Stream: StreamNote, Text: "(" + s.explain(ctx, err).Error() + ")"})
		}
	}()
	return lines
}

// follow streams the lines that come after those that were read, over
// restarts of the container and of the engine.
func (s *logSource) follow(ctx context.Context, q LogQuery, lines chan<- LogLine) {
	wait := firstRetry
	for ctx.Err() == nil {
		since := q.Since
		before := s.place.At()
		if !before.IsZero() {
			since = before
		}
		err := s.read(ctx, client.ContainerLogsOptions{Since: sinceText(since), Follow: true}, lines)
		if ctx.Err() != nil || isMissing(s.explain(ctx, err)) {
			return
		}
		var down *DownError
		if err != nil && !errors.As(s.explain(ctx, err), &down) {
			s.put(ctx, lines, LogLine{At: time.Now(), Stream: StreamNote, Text: "(" + s.explain(ctx, err).Error() + ")"})
			return
		}
		if !s.awaitRunning(ctx) {
			return
		}
		if s.place.At().After(before) {
			wait = firstRetry
		}
		flow.Sleep(ctx, wait)
		wait = min(2*wait, maxRetry)
	}
}

// awaitRunning waits for the container to run, and for the engine to answer.
// It is false when the container is gone, or stood still for too long.
func (s *logSource) awaitRunning(ctx context.Context) bool {
	for still := time.Now(); ctx.Err() == nil; {
		got, err := s.client.Container(ctx, s.id)
		switch {
		case isMissing(err):
			return false
		case err != nil:
			still = time.Now() // nobody knows
		case got.Status == "running" || got.Status == "restarting" || got.Status == "paused":
			return true
		case time.Since(still) >= restartGrace:
			return false
		}
		flow.Sleep(ctx, restartPoll)
	}
	return false
}

// read streams one answer of the engine to its end.
func (s *logSource) read(ctx context.Context, o client.ContainerLogsOptions, lines chan<- LogLine) error {
	o.ShowStdout, o.ShowStderr, o.Timestamps = true, true, true
	body, err := s.client.api.ContainerLogs(ctx, s.id, o)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	again := s.place.Again()
	emit := func(stream string) func(time.Time, string) bool {
		return func(at time.Time, text string) bool {
			if again(at) {
				return true
			}
			s.place.Pass(at)
			return s.put(ctx, lines, LogLine{At: at, Stream: stream, Text: text})
		}
	}
	out, errs := logmerge.NewCutter(!s.tty, emit(StreamOut)), logmerge.NewCutter(!s.tty, emit(StreamErr))
	if s.tty {
		_, err = io.Copy(out, body)
	} else {
		_, err = stdcopy.StdCopy(out, errs, body)
	}
	out.Flush()
	errs.Flush()
	return err
}

func (s *logSource) put(ctx context.Context, lines chan<- LogLine, l LogLine) bool {
	l.ID, l.Name = s.id, s.name
	select {
	case lines <- l:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *logSource) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return s.client.missing(ctx, "read the log of container "+s.name, "container", s.name, err)
}

func lineTime(l LogLine) time.Time { return l.At }

// followAll merges what the sources follow.
func followAll(ctx context.Context, sources []*logSource, q LogQuery, out chan<- LogLine) {
	lines := make(chan LogLine)
	var all sync.WaitGroup
	for _, s := range sources {
		all.Go(func() { s.follow(ctx, q, lines) })
	}
	go func() {
		all.Wait()
		close(lines)
	}()
	logmerge.Window(ctx, lines, lineTime, out)
}

func sinceText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return unixNano(t)
}

func tailText(n int) string {
	if n <= 0 {
		return "all"
	}
	return strconv.Itoa(n)
}
