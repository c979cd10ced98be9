package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// Options say what is kept.
type Options struct {
	Customs []schema.GroupVersionResource // kinds that are watched where the cluster has them, the preferred version first
	Asked   []schema.GroupVersionResource // kinds of which only is to be known whether the cluster has them
	Now     func() time.Time
}

// Store keeps what a cluster has now. It is safe for concurrent use.
type Store struct {
	client  *api.Client
	options Options
	changed chan struct{} // holds one token when something changed

	mu         sync.Mutex
	seen       []*sighting
	dirty      map[string]bool               // namespaces that changed since they were taken
	discovered bool                          // which custom kinds there are is known
	installed  map[schema.GroupResource]bool // those that there are, of Customs and Asked

	events events
}

// New makes a store that is empty until Run.
func New(c *api.Client, o Options) *Store {
	return &Store{client: c, options: o, changed: make(chan struct{}, 1), dirty: make(map[string]bool), events: newEvents()}
}

// Run watches until ctx ends, and returns when every watch has ended.
func (s *Store) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, k := range builtin {
		if k.resource == Events {
			continue // followed while somebody looks
		}
		for _, namespace := range s.namespaces(k.namespaced) {
			running.Go(func() { s.start(k, namespace)(ctx) })
		}
	}
	running.Go(func() { s.discover(ctx, &running) })
	running.Go(func() { s.followEvents(ctx) })
	running.Wait()
}

// namespaces are those that a kind is watched in.
func (s *Store) namespaces(namespaced bool) []string {
	if !namespaced || s.client.All() {
		return []string{""}
	}
	return s.client.Namespaces
}

// start makes the watch of a built-in kind; what it gives runs it.
func (s *Store) start(k kind, namespace string) func(context.Context) {
	w := s.sighting(k.resource, namespace)
	return func(ctx context.Context) { w.run(ctx, s.typed(k, namespace), k.object, s.client) }
}

func (s *Store) typed(k kind, namespace string) *cache.ListWatch {
	return s.client.Typed(k.resource, namespace, func() runtime.Object { return k.list.DeepCopyObject() })
}

// startCustom makes the watch of another kind.
func (s *Store) startCustom(r schema.GroupVersionResource, namespace string) func(context.Context) {
	w := s.sighting(r, namespace)
	return func(ctx context.Context) {
		w.run(ctx, s.client.Custom(r, namespace), &unstructured.Unstructured{}, s.client.Dynamic())
	}
}

func (s *Store) sighting(r schema.GroupVersionResource, namespace string) *sighting {
	w := &sighting{resource: r, namespace: namespace, now: s.options.Now, told: s.tell, since: s.options.Now(), news: make(chan struct{})}
	changed := s.mark
	if r == Events { // which are no part of a Space: nothing is to be grouped anew
		changed = func(...string) {}
	}
	w.shelf = newShelf(changed, w.filled)
	s.mu.Lock()
	s.seen = append(s.seen, w)
	s.mu.Unlock()
	return w
}

// mark notes namespaces as changed.
func (s *Store) mark(namespaces ...string) {
	s.mu.Lock()
	for _, n := range namespaces {
		s.dirty[n] = true
	}
	s.mu.Unlock()
	s.tell()
}

// tell says that something changed.
func (s *Store) tell() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Changed gives a token whenever something changed since the last one. There
// is one taker.
func (s *Store) Changed() <-chan struct{} { return s.changed }

// Take gives the namespaces that changed since the last Take, in name order,
// "" among them when a node did.
func (s *Store) Take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Sorted(maps.Keys(s.dirty))
	clear(s.dirty)
	return out
}

// Sights tell how well every kind is seen, by resource.
func (s *Store) Sights() []Sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Sight, 0, len(s.seen))
	for _, w := range s.seen {
		out = append(out, w.sight())
	}
	slices.SortStableFunc(out, func(a, b Sight) int {
		return cmp.Or(cmp.Compare(a.Resource.String(), b.Resource.String()), cmp.Compare(a.Namespace, b.Namespace))
	})
	return out
}

// Settled reports whether every kind was listed once, or cannot be. Events are
// none of them: they come and go with those who look at them.
func (s *Store) Settled() bool {
	s.mu.Lock()
	discovered := s.discovered
	s.mu.Unlock()
	return discovered && !slices.ContainsFunc(s.Sights(), func(w Sight) bool { return w.Resource != Events && !w.Synced && w.Err == nil })
}

// Nodes are the machines of the cluster by name, nil where they cannot be seen.
func (s *Store) Nodes() map[string]*objects.Node {
	var out map[string]*objects.Node
	for _, w := range s.watches(Nodes.GroupResource()) {
		w.shelf.each("", func(o trimmed) {
			if n, ok := o.(*objects.Node); ok {
				if out == nil {
					out = make(map[string]*objects.Node)
				}
				out[n.Name] = n
			}
		})
	}
	return out
}

// watches are those of a kind, one a namespace.
func (s *Store) watches(r schema.GroupResource) []*sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*sighting
	for _, w := range s.seen {
		if w.resource.GroupResource() == r {
			out = append(out, w)
		}
	}
	return out
}

// Sees reports whether a kind is watched.
func (s *Store) Sees(r schema.GroupResource) bool { return len(s.watches(r)) > 0 }
