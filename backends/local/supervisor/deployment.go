package supervisor

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/internal/flow"
	"pitwall/serve/fault"
	"pitwall/serve/gateway"
)

// world is what a deployment needs from the supervisor.
type world interface {
	startReplica(deployment string, r *replica, m desired.Model) (instance, error)
	// faults are what practice gives a replica now, the rank-th of its variant.
	faults(deployment string, r *replica, rank int) []fault.Fault
	put(desired.Deployment) error // remembers a configuration
	event(backends.Event)
	changed() // something that a listing shows
}

// target is what is wanted of a variant's replicas.
type target struct {
	revision int
	replicas int
	epoch    int // replicas of another epoch are stale
}

// deployment runs one deployment.
type deployment struct {
	name  string
	id    string // of the state directory, part of the tokens
	world world
	log   *slog.Logger
	now   func() time.Time
	probe func(context.Context, string) error
	gate  *gate
	kick  chan struct{} // the front door may have to be told

	ctx         context.Context // of the replicas: ends when they have to stop
	endReplicas func()
	endDoor     func()

	operating sync.Mutex // held while a change is accepted
	open      bool       // guarded by operating: changes are accepted
	writing   sync.Mutex // held from reading conf to writing it

	mu       sync.Mutex // guards what follows, never held while waiting
	conf     desired.Deployment
	targets  map[string]target
	replicas []*replica
	epoch    int
	running  *rollout // the goroutine that converges, nil when there is none
	state    backends.State
	since    time.Time

	wg sync.WaitGroup
}

// rollout is the goroutine of a staged change.
type rollout struct {
	cancel context.CancelFunc
	done   chan struct{}
	revert string // what is put back, for the screen; "" for a real rollout
}

// config gives a copy of the configuration.
func (d *deployment) config() desired.Deployment {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.conf.Clone()
}

// commit changes the configuration: on disk first, then in memory. Counting
// health is no change of configuration and keeps the token.
func (d *deployment) commit(change func(*desired.Deployment) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	next := d.config()
	if err := change(&next); err != nil {
		return err
	}
	next.Generation++
	return d.write(next)
}

func (d *deployment) write(next desired.Deployment) error {
	if err := d.world.put(next); err != nil {
		return fmt.Errorf("remember the change of %s: %w", d.name, err)
	}
	d.mu.Lock()
	d.conf = next
	d.mu.Unlock()
	d.world.changed()
	return nil
}

// token names the configuration.
func (d *deployment) token(conf desired.Deployment) string {
	return fmt.Sprintf("%s-%d", d.id, conf.Generation)
}

func (d *deployment) say(kind string, s backends.State, variant, replica, by, text string) {
	d.world.event(backends.Event{Deployment: d.name, Variant: variant, Replica: replica,
		Kind: kind, State: s, Text: text, By: by})
}

// launch starts a new replica of a variant as its target wants it. One on trial
// is not started again when its first start fails.
func (d *deployment) launch(variant string, trial bool) *replica {
	d.mu.Lock()
	want := d.targets[variant]
	revision := *d.conf.Revision(want.revision)
	r := &replica{
		name: d.freeName(variant), variant: variant, revision: want.revision, epoch: want.epoch, trial: trial,
		version: revision.Model.Version, probe: d.probe, now: d.now, changed: d.noteChange,
		first: make(chan error, 1), done: make(chan struct{}),
	}
	r.start = func() (instance, error) { return d.world.startReplica(d.name, r, revision.Model) }
	r.faults = func(r *replica) []fault.Fault { return d.world.faults(d.name, r, d.rank(r)) }
	r.event = func(kind string, s backends.State, text string) { d.say(kind, s, variant, r.name, "", text) }
	ctx, cancel := context.WithCancel(d.ctx)
	r.cancel = cancel
	d.replicas = append(d.replicas, r)
	d.mu.Unlock()
	d.wg.Go(func() { r.run(ctx) })
	return r
}

// freeName takes the lowest number that no replica of the variant has: names
// stay few, and with them the log files and the series.
func (d *deployment) freeName(variant string) string {
	for n := 1; ; n++ {
		name := replicaName(d.name, variant, n)
		if !slices.ContainsFunc(d.replicas, func(r *replica) bool { return r.name == name }) {
			return name
		}
	}
}

// noteChange is called whenever a replica or the gateway changed.
func (d *deployment) noteChange() {
	d.world.changed()
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// tellDoor keeps the front door told until ctx ends.
func (d *deployment) tellDoor(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.kick:
		}
		if d.gate.Status().up { // else the gateway's own start tells it
			d.tell(ctx)
		}
	}
}

// tell syncs the front door, again and again until it worked or no gateway
// runs, or ctx ends.
func (d *deployment) tell(ctx context.Context) {
	for {
		err := d.gate.Sync(ctx)
		if err == nil || err == errNoDoor {
			return
		}
		if ctx.Err() == nil {
			d.log.Warn("the front door could not be told", "deployment", d.name, "error", err.Error())
		}
		if !flow.Sleep(ctx, probeEvery) {
			return
		}
	}
}

// wanted is the state that the gateway has to have now.
func (d *deployment) wanted() gateway.State {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := gateway.State{Deployment: d.name, Salt: d.conf.Salt}
	for i, v := range d.conf.Variants {
		told := gateway.Variant{Name: v.Name, Weight: v.Weight, Version: d.conf.Revision(v.Revision).Model.Version}
		serving := false
		for _, r := range d.replicas {
			st := r.Status()
			if r.variant == v.Name && st.addr != "" && (st.phase == phaseReady || st.phase == phaseUnready) {
				told.Backends = append(told.Backends, gateway.Backend{Addr: st.addr, Name: r.name, Draining: st.draining})
				serving = serving || !st.draining
			}
		}
		if v.Weight > 0 && !serving {
			told.Backends = append(told.Backends, nowhere(i))
		}
		slices.SortFunc(told.Backends, func(a, b gateway.Backend) int { return cmp.Compare(a.Name, b.Name) })
		s.Variants = append(s.Variants, told)
	}
	return s
}

// nowhere stands in for the replicas of a variant that has weight and none
// that runs: the gateway wants an address, and its users get a 503 instead of
// another variant. Ports 1 to 5 refuse connections on any machine we know.
func nowhere(i int) gateway.Backend {
	return gateway.Backend{Addr: fmt.Sprintf("127.0.0.1:%d", i+1), Name: noReplica}
}

// noReplica is the name of what is no replica: those are called as replicaName says.
const noReplica = "none"

// ready counts the replicas of each variant that are ready to serve.
func (d *deployment) ready() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := make(map[string]int)
	for _, r := range d.replicas {
		if st := r.Status(); st.phase == phaseReady && !st.draining {
			n[r.variant]++
		}
	}
	return n
}
