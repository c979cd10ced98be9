package supervisor

import (
	"context"
	"sync"

	"pitwall/backends"
	"pitwall/backends/desired"
)

// newDeployment prepares a deployment; nothing runs yet.
func (s *Supervisor) newDeployment(conf desired.Deployment) *deployment {
	d := &deployment{name: conf.Name, id: s.store.Stack().ID, world: s, log: s.log, now: s.now, probe: httpProbe(),
		kick: make(chan struct{}, 1), conf: conf, targets: make(map[string]target)}
	d.gate = &gate{
		start:   func(listen string) (instance, error) { return s.startGateway(d.name, listen) },
		dial:    func(admin string) (door, error) { return s.dial(d.name, admin) },
		listen:  func() string { return s.listen(d.name) },
		listens: func(addr string) { s.listens(d.name, addr) },
		wanted:  d.wanted,
		changed: s.changed,
		opened:  d.noteChange,
		event:   func(kind string, st backends.State, text string) { d.say(kind, st, "", "", "", text) },
		now:     s.now,
		done:    make(chan struct{}),
	}
	return d
}

// boot starts the front door and the replicas that the configuration asks for,
// and takes up the rollout that was in progress when the last run ended. It
// starts from what ran before that rollout. Everything runs until shut.
func (d *deployment) boot(ctx context.Context) {
	d.operating.Lock() // the control socket is open already
	defer d.operating.Unlock()
	d.open = true
	replicas, endReplicas := context.WithCancel(ctx)
	door, endDoor := context.WithCancel(ctx)
	d.ctx, d.endReplicas, d.endDoor = replicas, endReplicas, endDoor

	conf := d.config()
	ro := conf.Active()
	for _, v := range conf.Variants {
		n := v.Replicas
		if ro != nil && ro.Variant == v.Name {
			n = ro.FromReplicas
		}
		d.want(v.Name, v.Revision, n, true)
		for range n {
			d.launch(v.Name, false)
		}
	}
	go d.gate.run(door)
	d.wg.Go(func() { d.tellDoor(replicas) })
	if ro != nil {
		d.say(desired.EventKind(ro.Operation), backends.Progressing, ro.Variant, "", ro.By,
			"the "+string(ro.Operation)+" of "+ro.Variant+" was interrupted by the end of the last run and goes on")
		d.startRollout()
	}
}

// shut stops everything in good order: what rolls, the front door, which
// drains, and then the replicas.
func (d *deployment) shut() {
	d.operating.Lock() // a change that is being accepted comes first, none after
	defer d.operating.Unlock()
	d.open = false
	d.interrupt()
	d.endDoor()
	<-d.gate.done
	d.endReplicas()
	var wg sync.WaitGroup
	d.mu.Lock()
	for _, r := range d.replicas {
		wg.Go(func() { <-r.done })
	}
	d.mu.Unlock()
	wg.Wait()
	d.wg.Wait()
}
