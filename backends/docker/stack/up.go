package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
)

// parallel bounds the containers that are made at the same time.
const parallel = 4

// readyTimeout bounds the wait for one process to be ready, with a model to load.
const readyTimeout = time.Minute

// upper makes one stack.
type upper struct {
	report
	engine  Engine
	o       Options
	entries map[string]ledger.Entry // what pitwall did to the deployments since
}

// Up makes the stack, or what is missing of it, and returns when its front
// doors answer. What is there stays as it is; of a deployment that was operated
// on, what those operations left is started again, and nothing is made.
//
// Errors: *BinaryError, *TakenError and *engine.DownError when nothing was
// made; *IncompleteError when something may have been.
func Up(ctx context.Context, e Engine, o Options) (Stack, error) {
	began := time.Now()
	o, err := o.withDefaults()
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return Stack{}, err
	}
	info, err := e.Ping(ctx)
	if err != nil {
		return Stack{}, err
	}
	b, err := readBinary(o.Binary, info)
	if err != nil {
		return Stack{}, err
	}
	images, err := o.images(b)
	if err != nil {
		return Stack{}, err
	}
	p := o.plan(b)
	grafana, err := grafanaTag(ctx, e)
	if err != nil {
		return Stack{}, err
	}
	if grafana != "" {
		shown := o.grafanaImage(grafana)
		images, p.others = append(images, shown), append(p.others, o.grafana(shown.tag))
	}
	if err := errors.Join(checkDoorImage(ctx, e, o), checkNames(ctx, e, o, p, images)); err != nil {
		return Stack{}, err
	}
	u := &upper{report: report{say: o.Say, stack: Stack{Name: o.Name}}, engine: e, o: o}
	if grafana == "" {
		u.note("Grafana is left out: the engine has no image grafana/grafana")
	}
	if err := u.run(ctx, p, images); err != nil {
		return Stack{}, u.failed(err)
	}
	return u.done(time.Since(began)), nil
}

// checkNames refuses a stack whose names somebody else has.
func checkNames(ctx context.Context, e Engine, o Options, p plan, images []image) error {
	taken, err := foreignImages(ctx, e, o, images)
	if err != nil {
		return err
	}
	for _, it := range p.all() {
		c, err := e.Container(ctx, it.spec.Name)
		if gone := (*engine.NotFoundError)(nil); errors.As(err, &gone) {
			continue
		}
		if err != nil {
			return err
		}
		if c.Labels[world.LabelStack] != o.Name {
			taken = append(taken, "container "+it.spec.Name)
		}
	}
	if len(taken) > 0 {
		return &TakenError{Stack: o.Name, What: taken}
	}
	return nil
}

func (u *upper) run(ctx context.Context, p plan, images []image) error {
	if err := u.network(ctx); err != nil {
		return err
	}
	if err := u.volumes(ctx, p); err != nil {
		return err
	}
	if err := u.build(ctx, images); err != nil {
		return err
	}
	entries, err := ledger.New(u.engine).Load(ctx)
	if err != nil {
		return err
	}
	u.entries = entries
	u.sweep(ctx)
	if err := u.each(ctx, p.replicas, u.startReplica); err != nil {
		return err
	}
	if err := u.revive(ctx); err != nil {
		return err
	}
	if err := u.prepareDoors(ctx); err != nil {
		return err
	}
	if err := u.each(ctx, p.doors, u.startDoor); err != nil {
		return err
	}
	if err := u.each(ctx, p.others, u.startOther); err != nil {
		return err
	}
	return u.addresses(ctx, p)
}

// each does something with several parts at the same time.
func (u *upper) each(ctx context.Context, parts []part, do func(context.Context, part) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, p := range parts {
		g.Go(func() error { return do(ctx, p) })
	}
	return g.Wait()
}

// network makes the stack's own bridge. One of that name that is not the
// stack's would let foreign containers in.
func (u *upper) network(ctx context.Context) error {
	find := func() (bool, error) {
		networks, err := u.engine.Networks(ctx, u.o.selector())
		for _, n := range networks {
			if n.Name == u.o.Name {
				return true, nil
			}
		}
		return false, err
	}
	ours, err := find()
	if err != nil || ours {
		u.there("network " + u.o.Name)
		return err
	}
	began := time.Now()
	if err := u.engine.EnsureNetwork(ctx, u.o.Name, u.o.labels()); err != nil {
		return err
	}
	if ours, err = find(); err == nil && !ours {
		return &TakenError{Stack: u.o.Name, What: []string{"network " + u.o.Name}}
	}
	u.made("network "+u.o.Name, time.Since(began))
	return err
}

// volumes makes the volumes that the parts mount: the monitor's samples, and
// what the front doors remember over a restart.
func (u *upper) volumes(ctx context.Context, p plan) error {
	there, err := u.engine.Volumes(ctx, u.o.selector())
	if err != nil {
		return err
	}
	for _, it := range p.all() {
		for _, m := range it.spec.Mounts {
			known := slices.ContainsFunc(there, func(v engine.Volume) bool { return v.Name == m.Name })
			if m.Type != "volume" {
				continue
			}
			if known {
				u.there("volume " + m.Name)
				continue
			}
			if err := u.volume(ctx, m.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *upper) volume(ctx context.Context, name string) error {
	began := time.Now()
	v, err := u.engine.CreateVolume(ctx, name, u.o.labels())
	if err != nil {
		return err
	}
	if v.Labels[world.LabelStack] != u.o.Name {
		return &TakenError{Stack: u.o.Name, What: []string{"volume " + name}}
	}
	u.made("volume "+name, time.Since(began))
	return nil
}

// addresses reads where everything is published.
func (u *upper) addresses(ctx context.Context, p plan) error {
	if !u.o.Local {
		u.note("the addresses are those of the engine's machine: reach them there, or over ssh -L")
	}
	for _, d := range p.doors {
		url, err := u.published(ctx, d)
		if err != nil {
			return err
		}
		u.stack.Doors = append(u.stack.Doors, Address{d.deployment, url})
	}
	var err error
	for _, it := range p.others {
		switch it.spec.Name {
		case u.o.monitorName():
			u.stack.Prometheus, err = u.published(ctx, it)
		case u.o.grafanaName():
			u.stack.Grafana, err = u.published(ctx, it)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// published is the URL of a container's published port, and a note when it is
// not the one that was preferred.
func (u *upper) published(ctx context.Context, p part) (string, error) {
	c, err := u.engine.Container(ctx, p.spec.Name)
	if err != nil {
		return "", err
	}
	want := p.spec.Publish[0]
	for _, port := range c.Ports {
		if port.Container != want.Container || port.Host == 0 {
			continue
		}
		if port.Host != want.Host {
			u.note("port %d was taken when %s was made: it is published on %d", want.Host, c.Name, port.Host)
		}
		return fmt.Sprintf("http://127.0.0.1:%d", port.Host), nil
	}
	return "", nil
}
