// Package logs keeps what the replicas write: the newest lines in memory, to
// be streamed merged by time, and all of them in one file a replica, which is
// rotated.
package logs

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"pitwall/backends"
)

const (
	keepLines   = 2000 // in memory, a replica
	firstLines  = 500  // of a stream without a start time
	keepBooks   = 32   // replicas in memory; the one that was silent longest goes first
	followQueue = 1024 // lines that a slow follower may lag behind
)

// Store holds the lines of all replicas. Its methods may be called from any
// goroutine.
type Store struct {
	dir string

	mu        sync.Mutex
	seq       uint64
	books     map[string]*book // by replica
	followers map[*follower]struct{}
}

// book holds the lines of one replica.
type book struct {
	ring []line // the newest keepLines, in a circle
	next int
	file file
	last uint64 // seq of the newest line
}

// line is a line with its place in the order of all lines.
type line struct {
	seq uint64
	backends.LogLine
}

type follower struct {
	query   backends.LogQuery
	lines   chan backends.LogLine
	skipped int
}

// New keeps its files in dir, which is made when the first line comes.
func New(dir string) *Store {
	return &Store{dir: dir, books: make(map[string]*book), followers: make(map[*follower]struct{})}
}

// Add keeps a line, which must name its replica. Lines reach their followers in
// the order of the calls.
func (s *Store) Add(text backends.LogLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	b := s.book(text.Replica)
	b.last = s.seq
	l := line{s.seq, text}
	if len(b.ring) < keepLines {
		b.ring = append(b.ring, l)
	} else {
		b.ring[b.next] = l
		b.next = (b.next + 1) % keepLines
	}
	b.file.write(text.At, text.Text)
	for f := range s.followers {
		if matches(f.query, text) {
			f.send(text)
		}
	}
}

// book finds the book of a replica. A replica whose book was given up because
// it was silent gets a new one with its next line.
func (s *Store) book(replica string) *book {
	if b, ok := s.books[replica]; ok {
		return b
	}
	if len(s.books) >= keepBooks {
		silent := slices.MinFunc(slices.Collect(maps.Keys(s.books)), func(a, b string) int { return cmp.Compare(s.books[a].last, s.books[b].last) })
		s.books[silent].file.close()
		delete(s.books, silent)
	}
	b := &book{file: file{path: s.path(replica)}}
	s.books[replica] = b
	return b
}

// send never blocks: a follower that lags loses lines and is told how many.
func (f *follower) send(l backends.LogLine) {
	if f.skipped > 0 {
		note := l
		note.Text = fmt.Sprintf("(%d lines were skipped: they came faster than they could be sent)", f.skipped)
		select {
		case f.lines <- note:
			f.skipped = 0
		default:
		}
	}
	select {
	case f.lines <- l:
	default:
		f.skipped++
	}
}

func matches(q backends.LogQuery, l backends.LogLine) bool {
	return (q.Deployment == "" || q.Deployment == l.Deployment) &&
		(q.Variant == "" || q.Variant == l.Variant) &&
		(q.Replica == "" || q.Replica == l.Replica) &&
		(q.Since.IsZero() || !l.At.Before(q.Since))
}

// Stream gives the lines that match, in the order in which they came, and with
// Follow those to come until ctx ends. The channel is closed at the end.
func (s *Store) Stream(ctx context.Context, q backends.LogQuery) <-chan backends.LogLine {
	s.mu.Lock()
	past := s.past(q)
	f := &follower{query: q, lines: make(chan backends.LogLine, followQueue)}
	if q.Follow {
		s.followers[f] = struct{}{}
	}
	s.mu.Unlock()
	out := make(chan backends.LogLine)
	go func() {
		defer close(out)
		defer s.unfollow(f)
		for _, l := range past {
			if !deliver(ctx, out, l.LogLine) {
				return
			}
		}
		for q.Follow {
			select {
			case l := <-f.lines:
				if !deliver(ctx, out, l) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func deliver(ctx context.Context, out chan<- backends.LogLine, l backends.LogLine) bool {
	select {
	case out <- l:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Store) past(q backends.LogQuery) []line {
	var past []line
	for _, b := range s.books {
		for _, l := range b.ring {
			if matches(q, l.LogLine) {
				past = append(past, l)
			}
		}
	}
	slices.SortFunc(past, func(a, b line) int { return cmp.Compare(a.seq, b.seq) })
	if q.Since.IsZero() && len(past) > firstLines {
		past = past[len(past)-firstLines:]
	}
	return past
}

func (s *Store) unfollow(f *follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.followers, f)
}

// Close closes the files.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.books {
		b.file.close()
	}
}
