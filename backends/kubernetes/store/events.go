package store

import (
	"context"
	"slices"
	"sync"
	"time"

	"pitwall/backends/kubernetes/objects"
)

// unwatched is how long the events of a namespace are followed after somebody
// asked for them last.
const unwatched = 2 * time.Minute

// events are the watches of events, by namespace. A cluster has more events
// than anything else, so they are followed only while somebody looks.
type events struct {
	wanted chan string // namespaces to follow

	mu       sync.Mutex
	followed map[string]*followed
}

type followed struct {
	sighting *sighting
	asked    chan struct{} // somebody asked again
}

func newEvents() events {
	return events{wanted: make(chan string), followed: make(map[string]*followed)}
}

// Events are the events of a namespace, of all with "", oldest first. The first call begins to
// watch them and waits for them; they are followed until nobody has asked for
// two minutes. It needs Run.
func (s *Store) Events(ctx context.Context, namespace string) ([]*objects.Event, error) {
	w, err := s.eventsOf(ctx, namespace)
	if err != nil {
		return nil, err
	}
	if err := w.await(ctx); err != nil {
		return nil, err
	}
	var out []*objects.Event
	namespaces := []string{namespace}
	if namespace == "" {
		namespaces = w.shelf.namespaces()
	}
	for _, n := range namespaces {
		w.shelf.each(n, func(o trimmed) {
			if e, ok := o.(*objects.Event); ok {
				out = append(out, e)
			}
		})
	}
	slices.SortFunc(out, func(a, b *objects.Event) int { return a.Last.Compare(b.Last) })
	return out, nil
}

// eventsOf is the watch of a namespace's events.
func (s *Store) eventsOf(ctx context.Context, namespace string) (*sighting, error) {
	for {
		s.events.mu.Lock()
		f := s.events.followed[namespace]
		s.events.mu.Unlock()
		if f != nil {
			select {
			case f.asked <- struct{}{}:
			default: // it was asked for a moment ago
			}
			return f.sighting, nil
		}
		select {
		case s.events.wanted <- namespace:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// followEvents runs the watches that are asked for until ctx ends.
func (s *Store) followEvents(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case namespace := <-s.events.wanted:
			s.events.mu.Lock()
			_, runs := s.events.followed[namespace]
			s.events.mu.Unlock()
			if !runs {
				s.follow(ctx, namespace, &running)
			}
		}
	}
}

// follow watches the events of a namespace until nobody asks any more.
func (s *Store) follow(ctx context.Context, namespace string, running *sync.WaitGroup) {
	ctx, stop := context.WithCancel(ctx)
	w := s.sighting(Events, namespace)
	f := &followed{sighting: w, asked: make(chan struct{}, 1)}
	s.events.mu.Lock()
	s.events.followed[namespace] = f
	s.events.mu.Unlock()
	k := builtin[slices.IndexFunc(builtin, func(k kind) bool { return k.resource == Events })]
	running.Go(func() { w.run(ctx, s.typed(k, namespace), k.object, s.client) })
	running.Go(func() {
		defer stop()
		for asked := true; asked; {
			t := time.NewTimer(unwatched)
			select {
			case <-f.asked:
			case <-t.C:
				asked = false
			case <-ctx.Done():
				asked = false
			}
			t.Stop()
		}
		s.events.mu.Lock()
		delete(s.events.followed, namespace)
		s.events.mu.Unlock()
		s.drop(w)
	})
}

// drop forgets a watch that has ended.
func (s *Store) drop(w *sighting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = slices.DeleteFunc(s.seen, func(o *sighting) bool { return o == w })
}
