package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/owner"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
	"pitwall/backends/pods"
)

// Options are what Attach needs.
type Options struct {
	Client *api.Client
	World  world.Options    // which workloads serve models
	Now    func() time.Time // nil is time.Now
}

// Backend reads the deployments of a cluster. It is safe for concurrent use.
// The first call begins to watch; Close ends it. While the API server is away
// calls return an *api.DownError, and the watch goes on where it was; where it
// cannot they return an *api.BehindError until everything is listed anew.
type Backend struct {
	client  *api.Client
	store   *store.Store
	options Options

	begin sync.Once
	stop  context.CancelFunc
	spawn func(func(context.Context)) // runs what ends with the watches
	ended sync.WaitGroup

	errands errands
	nowhere nowhere

	mu     sync.Mutex
	spaces map[string]*space     // by namespace
	since  map[string]entered    // when a deployment came into its state
	news   chan struct{}         // closed when a listing would differ, and made anew
	turn   uint64                // grows with every grouping
	steady []backends.Deployment // the listing, while time alone does not change it; nil when it may
}

// space is what was made of a namespace when it changed last.
type space struct {
	objects   *objects.Space
	found     []world.Deployment
	hidden    []string                              // names of workloads that are no model deployments
	workloads []pods.Workload                       // what their pods serve
	well      []atomic.Pointer[backends.Deployment] // as found, once it is shown and nothing of it changes with time
}

// entered remembers since when a state holds.
type entered struct {
	state backends.State
	at    time.Time
}

var (
	_ backends.Lister  = (*Backend)(nil)
	_ backends.Watcher = (*Backend)(nil)
)

// Attach makes a backend that can only read.
func Attach(o Options) *Backend {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.World.Everything = !o.Client.All()
	customs := split.Resources()
	return &Backend{client: o.Client, options: o, store: store.New(o.Client, store.Options{Customs: customs, Asked: []schema.GroupVersionResource{owner.Applications}, Now: o.Now}),
		spaces: make(map[string]*space), since: make(map[string]entered), news: make(chan struct{}),
		errands: errands{runs: make(map[string]bool), ended: make(map[string]string)}}
}

// Close ends the watches.
func (b *Backend) Close() {
	b.begin.Do(func() {}) // it never began
	if b.stop != nil {
		b.stop()
	}
	b.ended.Wait()
	b.client.Close()
}

// start begins to watch, once.
func (b *Backend) start() {
	b.begin.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		b.stop = cancel
		b.spawn = func(f func(context.Context)) { b.ended.Go(func() { f(ctx) }) }
		b.ended.Go(func() { b.store.Run(ctx) })
		b.ended.Go(func() { b.announce(ctx) })
	})
}

// announce wakes those that wait for a change.
func (b *Backend) announce(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.store.Changed():
			b.wake()
		}
	}
}

// wake tells those that wait that a listing would differ.
func (b *Backend) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.news)
	b.news = make(chan struct{})
}

// changed is closed with the next change.
func (b *Backend) changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.news
}

// firstSight bounds how long a caller waits until a cluster was seen whole.
const firstSight = 20 * time.Second

// settle waits until every kind was listed, or is known not to be seen.
func (b *Backend) settle(ctx context.Context) error {
	b.start()
	limit, cancel := context.WithTimeout(ctx, firstSight)
	defer cancel()
	for {
		news := b.changed()
		if err := b.trouble(); err != nil || b.store.Settled() {
			return err
		}
		select {
		case <-news:
		case <-limit.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &api.DownError{Server: b.client.Server, Err: fmt.Errorf("after %v there is no answer yet for %s", firstSight, b.missing())}
		}
	}
}

// missing names the kinds of which nothing is known.
func (b *Backend) missing() string {
	var out []string
	for _, s := range b.store.Sights() {
		if !s.Synced {
			out = append(out, s.Resource.Resource)
		}
	}
	return strings.Join(out, ", ")
}

// trouble is why the cluster as a whole is not seen now, nil when it is.
// Without Deployments there is nothing to show; other kinds may be missing.
func (b *Backend) trouble() error {
	var refused error
	seen := false
	for _, s := range b.store.Sights() {
		if away(s.Err) {
			return s.Err
		}
		if s.Resource == store.Deployments {
			seen, refused = seen || s.Err == nil, cmp.Or(refused, s.Err)
		}
	}
	if seen {
		return nil
	}
	return refused
}

// away reports whether an error means that nothing can be told of the cluster
// as it is now.
func away(err error) bool {
	var (
		credentials *api.CredentialError
		plugin      *api.PluginError
	)
	return errors.As(err, &credentials) || errors.As(err, &plugin) || passing(err)
}

// passing reports whether an error ends by itself.
func passing(err error) bool {
	var (
		down   *api.DownError
		behind *api.BehindError
	)
	return errors.As(err, &down) || errors.As(err, &behind)
}

// blindness is what cannot be seen and why, one sentence each, by namespace; ""
// is what cannot be seen in any.
type blindness map[string][]string

func (b blindness) in(namespace string) []string { return slices.Concat(b[""], b[namespace]) }

func (b *Backend) blind() blindness {
	out := blindness{}
	for _, s := range b.store.Sights() {
		if s.Err == nil || !matters[s.Resource.GroupResource()] {
			continue
		}
		out[s.Namespace] = append(out[s.Namespace], fmt.Sprintf("%s cannot be seen: %v", s.Resource.Resource, s.Err))
	}
	return out
}

// matters are the kinds without which a state cannot be told; a route of a kind
// that may not be read is one more.
var matters = func() map[schema.GroupResource]bool {
	out := map[schema.GroupResource]bool{store.Pods.GroupResource(): true, store.ReplicaSets.GroupResource(): true,
		store.Services.GroupResource(): true, store.Slices.GroupResource(): true}
	for _, r := range split.Resources() {
		out[r.GroupResource()] = true
	}
	return out
}()
