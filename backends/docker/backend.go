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
	"pitwall/backends/desired"
	"pitwall/backends/docker/compose"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
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
	engine  *engine.Client
	ledger  *ledger.Ledger
	world   world.Options
	stack   string
	now     func() time.Time
	probes  *http.Client
	compose *compose.Asker

	doors   doors
	carries func(deployment, owner string) (waits string, carries bool) // whether this process carries out that owner's work; nil for never

	idle func(owner string) bool // whether that owner is this process, which applies nothing now; nil for never

	mu    sync.Mutex
	since map[string]entered // when a deployment came into its state
	turns map[trace]turn     // what the engine told of troubles that containers do not tell the beginning of
	names map[string]bool    // of the containers, as read last

	learning sync.Mutex     // apart from mu: it is held while the engine is asked
	ends     map[string]end // of the containers, by ID
	pauses   map[string]pause
}

// entered remembers since when a state holds.
type entered struct {
	state backends.State
	at    time.Time // zero while nobody knows
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
	_ backends.Configurer   = (*Backend)(nil)
)

// Attach makes a backend that can only read. It connects with the first call.
func Attach(o Options) *Backend {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Backend{engine: o.Engine, ledger: ledger.New(o.Engine), world: o.World, stack: o.Stack, now: o.Now,
		probes: newProber(), compose: compose.NewAsker(o.Engine.Host()),
		doors: doors{open: make(map[string]kept)}, since: make(map[string]entered), turns: make(map[trace]turn), ends: make(map[string]end)}
}

// Close ends the connections and what follows logs.
func (b *Backend) Close() {
	b.doors.close()
	b.probes.CloseIdleConnections()
	b.engine.Close()
}

// ours are the labels one of which a container has that concerns pitwall.
var ours = []string{world.LabelDeployment, world.LabelRole, world.ComposeProject}

// find reads the containers and groups them.
func (b *Backend) find(ctx context.Context) (found []world.Deployment, containers []engine.Container, err error) {
	if containers, err = b.engine.Containers(ctx, ours...); err != nil {
		return nil, nil, err
	}
	if b.stack != "" {
		containers = slices.DeleteFunc(containers, func(c engine.Container) bool { return c.Labels[world.LabelStack] != b.stack })
	}
	b.mu.Lock()
	b.names = namesOf(containers)
	b.mu.Unlock()
	return world.Group(containers, b.learn(ctx, containers)), containers, nil
}

func namesOf(containers []engine.Container) map[string]bool {
	names := make(map[string]bool, len(containers))
	for _, c := range containers {
		names[c.Name] = true
	}
	return names
}

// scene is everything that is known of one deployment at one moment.
type scene struct {
	rollout.Scene
	containers []engine.Container // all that concern pitwall
	doorErr    error              // why Door is not known
	ledger     error              // why Entry is not known
	recorded   desired.Deployment // what the ledger has, before it is put right by what is there
	at         time.Time
	ours       bool   // this process carries out the work that the entry tells of
	waits      string // and this is what it waits for
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
		wg.Go(func() {
			out[i] = b.complete(ctx, d, containers, func() (ledger.Entry, error) { return entries[keyOf(d)], ledgerErr })
		})
	}
	wg.Wait()
	return out, ctx.Err()
}

// doorTimeout bounds the reading of a front door that hangs. Some are asked by a
// program inside of their container, whose start takes seconds on a busy host.
const doorTimeout = 12 * time.Second

// complete reads the front door, and then what the ledger has: whoever writes to
// a door from a scene does it with the door's hash, so the ledger may be newer
// than the door, and never older.
func (b *Backend) complete(ctx context.Context, d world.Deployment, containers []engine.Container, recorded func() (ledger.Entry, error)) scene {
	s := scene{Scene: rollout.Scene{Found: d, Names: namesOf(containers)}, containers: containers}
	s.Door, s.doorErr = b.readDoor(ctx, d)
	e, err := recorded()
	if e.Work != nil && !e.Work.Rolls && b.idle != nil && b.idle(e.Work.Owner) {
		e = e.Clone()
		e.Work.Beat = time.Time{} // its end could not be written down
	}
	s.Entry, s.ledger, s.recorded, s.at = e, err, e.Conf, b.now()
	if e.Work != nil && b.carries != nil {
		s.waits, s.ours = b.carries(d.Name, e.Work.Owner)
	}
	s.Entry.Stack, s.Entry.Scope = cmp.Or(e.Stack, d.Stack), scopeOf(d)
	s.Entry.Conf = reconcile(s)
	return s
}

// readDoor reads a front door, for which it is not needed what is wanted of it.
func (b *Backend) readDoor(ctx context.Context, d world.Deployment) (frontdoor.Config, error) {
	ctx, cancel := backends.Within(ctx, doorTimeout)
	defer cancel()
	door, err := b.door(d, desired.Deployment{})
	if err != nil {
		return frontdoor.Config{}, err
	}
	return door.Read(ctx)
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
	s := b.complete(ctx, d, containers, func() (ledger.Entry, error) {
		entries, err := b.ledger.Load(ctx)
		return entries[keyOf(d)], err
	})
	if down := (*engine.DownError)(nil); errors.As(s.ledger, &down) {
		return scene{}, s.ledger
	}
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
		out = append(out, b.shown(ctx, s))
	}
	return out, nil
}

// frontDoorOf is the kind of the door for people.
func frontDoorOf(d world.Deployment) string {
	if d.Door == nil {
		return "no front door"
	}
	return fmt.Sprintf("front door %s (%s)", d.Door.Name, cmp.Or(d.DoorKind, "of a kind that pitwall does not know"))
}
