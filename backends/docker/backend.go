package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// Options are what Attach needs.
type Options struct {
	Engine *engine.Client
	World  world.Options    // what the configuration says of containers that do not tell
	Stack  string           // look only at the containers of one stack of `pitwall up`; "" at all
	Now    func() time.Time // nil is time.Now
}

// Backend reads the deployments of a Docker Engine. It is safe for concurrent
// use, and also works while the engine is away: its calls then return an
// *engine.DownError.
type Backend struct {
	engine *engine.Client
	ledger *ledger.Ledger
	world  world.Options
	stack  string
	now    func() time.Time
	probes *http.Client

	doors doors

	mu    sync.Mutex
	since map[string]entered   // when a deployment came into its state
	names map[string]bool      // of the containers, as read last
	ooms  map[string]time.Time // when a container, by ID, came to its memory limit last
}

// entered remembers since when a state holds.
type entered struct {
	state backends.State
	at    time.Time
}

var (
	_ backends.Lister       = (*Backend)(nil)
	_ backends.Watcher      = (*Backend)(nil)
	_ backends.Reviser      = (*Backend)(nil)
	_ backends.Versioner    = (*Backend)(nil)
	_ backends.LogStreamer  = (*Backend)(nil)
	_ backends.Eventer      = (*Backend)(nil)
	_ backends.SignalSource = (*Backend)(nil)
	_ backends.Measurer     = (*Backend)(nil)
	_ backends.Inspector    = (*Backend)(nil)
)

// Attach makes a backend that can only read. It connects with the first call.
func Attach(o Options) *Backend {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Backend{engine: o.Engine, ledger: ledger.New(o.Engine), world: o.World, stack: o.Stack, now: o.Now,
		probes: newProber(),
		doors:  doors{open: make(map[string]kept)}, since: make(map[string]entered)}
}

// Close ends the connections.
func (b *Backend) Close() {
	b.probes.CloseIdleConnections()
	b.engine.Close()
}

// ours are the labels one of which a container has that concerns pitwall.
var ours = []string{world.LabelDeployment, world.LabelRole, world.ComposeProject}

// find reads the containers and groups them.
func (b *Backend) find(ctx context.Context) (found []world.Deployment, containers []engine.Container, err error) {
	if containers, err = b.engine.Containers(ctx, ours...); err != nil {
		return nil, nil, fmt.Errorf("list containers: %w", err)
	}
	if b.stack != "" {
		containers = slices.DeleteFunc(containers, func(c engine.Container) bool { return c.Labels[world.LabelStack] != b.stack })
	}
	names := make(map[string]bool, len(containers))
	for _, c := range containers {
		names[c.Name] = true
	}
	found = world.Group(containers, b.world)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.names = names
	b.markOOM(found)
	return found, containers, nil
}

// oomWindow is how far apart the engine may tell that a container came to its
// memory limit and that it ended.
const oomWindow = 5 * time.Second

// markOOM marks the members that ended at their memory limit: the engine's own
// flag is gone once a container is started again.
func (b *Backend) markOOM(found []world.Deployment) {
	for _, d := range found {
		for _, v := range d.Variants {
			for i := range v.Members {
				c := v.Members[i].Container
				at, told := b.ooms[c.ID]
				v.Members[i].OOM = told && c.FinishedAt.Sub(at).Abs() < oomWindow
			}
		}
	}
}

// heard notes what an event of the engine tells that no inspection does.
func (b *Backend) heard(e engine.Event) {
	if e.Action == "oom" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.ooms[e.ID] = e.At
	}
}

// scene is everything that is known of one deployment at one moment.
type scene struct {
	rollout.Scene
	containers []engine.Container // all that concern pitwall
	doorErr    error              // why Door is not known
	ledger     error              // why Entry is not known
	at         time.Time
}

// scenes reads every deployment, the front doors at the same time.
func (b *Backend) scenes(ctx context.Context) ([]scene, error) {
	found, containers, err := b.find(ctx)
	if err != nil {
		return nil, err
	}
	entries, ledgerErr := b.ledger.Load(ctx)
	out := make([]scene, len(found))
	var wg sync.WaitGroup
	for i, d := range found {
		wg.Go(func() { out[i] = b.complete(ctx, d, containers, entries[keyOf(d)], ledgerErr) })
	}
	wg.Wait()
	return out, ctx.Err()
}

// doorTimeout bounds the reading of a front door that hangs.
const doorTimeout = 4 * time.Second

func (b *Backend) complete(ctx context.Context, d world.Deployment, containers []engine.Container, e ledger.Entry, ledgerErr error) scene {
	s := scene{Scene: rollout.Scene{Found: d, Entry: e}, containers: containers, at: b.now(), ledger: ledgerErr}
	s.Entry.Stack, s.Entry.Scope = cmp.Or(e.Stack, d.Stack), scopeOf(d)
	ctx, cancel := context.WithTimeout(ctx, doorTimeout)
	defer cancel()
	door, err := b.door(d, e.Conf)
	if err == nil {
		s.Door, err = door.Read(ctx)
	}
	s.doorErr = err
	s.Entry.Conf = reconcile(s)
	return s
}

func scopeOf(d world.Deployment) string { return cmp.Or(d.Project, d.Stack) }

// keyOf names a deployment's entry in the ledger.
func keyOf(d world.Deployment) string { return ledger.Key(scopeOf(d), d.Name) }

// scene reads one deployment.
func (b *Backend) scene(ctx context.Context, name string) (scene, error) {
	found, containers, err := b.find(ctx)
	if err != nil {
		return scene{}, err
	}
	d, err := pick(found, name)
	if err != nil {
		return scene{}, err
	}
	entries, ledgerErr := b.ledger.Load(ctx)
	if down := (*engine.DownError)(nil); errors.As(ledgerErr, &down) {
		return scene{}, ledgerErr
	}
	s := b.complete(ctx, d, containers, entries[keyOf(d)], ledgerErr)
	if down := (*engine.DownError)(nil); errors.As(s.doorErr, &down) {
		return scene{}, s.doorErr
	}
	return s, nil
}

// Deployments implements backends.Lister.
func (b *Backend) Deployments(ctx context.Context) ([]backends.Deployment, error) {
	scenes, err := b.scenes(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]backends.Deployment, 0, len(scenes))
	for _, s := range scenes {
		out = append(out, b.shown(s))
	}
	return out, nil
}

// shown is a deployment as a listing shows it.
func (b *Backend) shown(s scene) backends.Deployment {
	d := join(s)
	b.mu.Lock()
	defer b.mu.Unlock()
	if was, known := b.since[d.Name]; !known || was.state != d.State {
		b.since[d.Name] = entered{d.State, s.at}
	}
	d.Since = b.since[d.Name].at
	return d
}

// frontDoorOf is the kind of the door for people.
func frontDoorOf(d world.Deployment) string {
	if d.Door == nil {
		return "no front door"
	}
	return fmt.Sprintf("front door %s (%s)", d.Door.Name, cmp.Or(d.DoorKind, "of a kind that pitwall does not know"))
}
