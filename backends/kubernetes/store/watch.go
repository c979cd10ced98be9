package store

import (
	"context"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"pitwall/backends/internal/flow"
	"pitwall/backends/kubernetes/api"
)

// Sight is how well one kind is seen.
type Sight struct {
	Resource  schema.GroupVersionResource
	Namespace string // "" for all
	Synced    bool   // it was listed whole at least once
	Err       error  // why it is not seen now, nil when it is; a type of package api where one fits
	Since     time.Time
}

// sighting is one watch and its health.
type sighting struct {
	resource  schema.GroupVersionResource
	namespace string
	shelf     *shelf
	now       func() time.Time
	told      func() // something about the health changed

	mu     sync.Mutex
	synced bool
	err    error
	denied int // how often in a row it was forbidden or absent
	since  time.Time
	news   chan struct{} // closed when one of them changes, and made anew
}

// Times of a watch that fails. What is forbidden or absent is asked for rarely
// in the end; an API server that starts forbids everything for a moment.
const (
	longestDenied = time.Minute
	firstRetry    = 300 * time.Millisecond
	longestWait   = 3 * time.Second
	retries       = 1 << 20 // of the back-off's growth; it stays at longestWait
)

// run watches until ctx ends.
func (s *sighting) run(ctx context.Context, lw *cache.ListWatch, example runtime.Object, client any) {
	told := &cache.ListWatch{ListWithContextFunc: s.list(lw), WatchFuncWithContext: s.watch(lw)}
	quiet := klog.Logger{}
	r := cache.NewReflectorWithOptions(cache.ToListWatcherWithWatchListSemantics(told, client), example, s.shelf, cache.ReflectorOptions{
		Name: s.resource.Resource, Logger: &quiet,
		Backoff: &wait.Backoff{Duration: firstRetry, Cap: longestWait, Factor: 2, Jitter: 0.5, Steps: retries}})
	r.RunWithContext(klog.NewContext(ctx, quiet))
}

func (s *sighting) list(lw *cache.ListWatch) cache.ListWithContextFunc {
	return func(ctx context.Context, o meta.ListOptions) (runtime.Object, error) {
		s.patience(ctx)
		list, err := lw.ListWithContextFunc(ctx, o)
		s.saw(ctx, err)
		return list, err
	}
}

func (s *sighting) watch(lw *cache.ListWatch) cache.WatchFuncWithContext {
	return func(ctx context.Context, o meta.ListOptions) (watch.Interface, error) {
		s.patience(ctx)
		w, err := lw.WatchFuncWithContext(ctx, o)
		if err != nil {
			s.saw(ctx, err)
			return nil, err
		}
		if o.SendInitialEvents == nil || !*o.SendInitialEvents { // else what is known is old until they have filled the shelf
			s.saw(ctx, nil)
		}
		return s.listen(ctx, w), nil
	}
}

// listen passes on what a watch sends, and notes the error that ends it: the
// reflector may wait for seconds before it asks again, and what is known is
// old then.
func (s *sighting) listen(ctx context.Context, w watch.Interface) watch.Interface {
	out := make(chan watch.Event)
	heard := watch.NewProxyWatcher(out)
	go func() {
		defer close(out)
		defer w.Stop()
		for {
			select {
			case <-heard.StopChan():
				return
			case event, open := <-w.ResultChan():
				if !open {
					return
				}
				if event.Type == watch.Error {
					s.saw(ctx, apierrors.FromObject(event.Object))
				}
				select {
				case out <- event:
				case <-heard.StopChan():
					return
				}
			}
		}
	}()
	return heard
}

// patience waits before it asks again for what is forbidden or absent.
func (s *sighting) patience(ctx context.Context) {
	s.mu.Lock()
	rest := min(longestDenied, firstRetry<<min(s.denied, 10))
	again := s.denied > 0
	s.mu.Unlock()
	if again {
		flow.Sleep(ctx, rest)
	}
}

func isDenied(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsNotFound(err) || apierrors.IsUnauthorized(err)
}

// saw notes how a request went.
func (s *sighting) saw(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	changed := s.note(err)
	s.mu.Unlock()
	if changed {
		s.told()
	}
}

// note reports whether the health changed. It is called with the lock.
func (s *sighting) note(err error) bool {
	changed := (err == nil) != (s.err == nil) || err != nil && s.err.Error() != err.Error()
	if changed {
		s.since = s.now()
	}
	s.err = err
	if s.denied++; !isDenied(err) {
		s.denied = 0
	}
	if changed {
		s.announce()
	}
	return changed
}

// announce wakes those that wait. It is called with the lock.
func (s *sighting) announce() {
	close(s.news)
	s.news = make(chan struct{})
}

func (s *sighting) filled() {
	s.mu.Lock()
	s.note(nil)
	s.synced = true
	s.announce()
	s.mu.Unlock()
	s.told() // an empty kind changes nothing else, and somebody may wait for the last one
}

// await returns when the kind is seen, or why it is not.
func (s *sighting) await(ctx context.Context) error {
	for {
		s.mu.Lock()
		synced, err, news := s.synced, s.err, s.news
		s.mu.Unlock()
		switch {
		case err != nil:
			return api.Explain(err)
		case synced:
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *sighting) sight() Sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Sight{s.resource, s.namespace, s.synced, api.Explain(s.err), s.since}
}
