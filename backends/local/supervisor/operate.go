package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/local/supervisor/state"
)

// plan plans a change from the configuration of this moment, if that still is
// the one which the change was made for.
func (d *deployment) plan(c backends.Change, model *state.Model) (plan, error) {
	f := facts{conf: d.config(), ready: d.ready(), model: model, now: d.now()}
	if c.Token != d.token(f.conf) {
		return plan{}, &backends.ConflictError{Deployment: d.name, Now: d.snapshot()}
	}
	return planChange(f, c)
}

// apply accepts a change and begins to carry it out. model is that of the file
// the change names, nil without one.
func (d *deployment) apply(ctx context.Context, c backends.Change, model *state.Model) error {
	d.operating.Lock()
	defer d.operating.Unlock()
	if !d.open {
		return refuse(c, "the local stack is starting or stopping: try again in a moment")
	}
	planned, err := d.plan(c, model)
	if err != nil {
		return err
	}
	if planned.interrupts {
		d.interrupt()
	}
	before, p, err := d.accept(c, model)
	if err == nil {
		err = d.inform(ctx, before, p)
	}
	if err != nil {
		if planned.interrupts {
			d.goOn()
		}
		return err
	}
	if p.event.Text != "" {
		d.world.event(p.event)
	}
	d.follow(p)
	return nil
}

// accept plans again, now that nothing else runs, and remembers the outcome.
func (d *deployment) accept(c backends.Change, model *state.Model) (before state.Deployment, p plan, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	before = d.config()
	if p, err = d.plan(c, model); err != nil {
		return before, p, err
	}
	if model != nil && !slices.ContainsFunc(p.conf.Models, func(m state.Model) bool { return m.Version == model.Version }) {
		p.conf.Models = append(p.conf.Models, *model)
	}
	p.conf.Generation++
	return before, p, d.write(p.conf)
}

// inform tells the front door new weights. When it refuses, the change is
// taken back; when no gateway runs, the next one starts with them.
func (d *deployment) inform(ctx context.Context, before state.Deployment, p plan) error {
	if slices.Equal(before.Variants, p.conf.Variants) {
		return nil
	}
	err := d.gate.Sync(ctx)
	if err == nil || errors.Is(err, errNoDoor) {
		return nil
	}
	back := d.commit(func(conf *state.Deployment) error {
		generation := conf.Generation
		*conf = before.Clone()
		conf.Generation = generation
		return nil
	})
	d.noteChange()
	return errors.Join(fmt.Errorf("tell the front door of %s: %w", d.name, err), back)
}

// follow begins what goes on after a change was accepted.
func (d *deployment) follow(p plan) {
	switch {
	case p.rolls:
		d.startRollout()
	case p.interrupts:
		d.begin("going back after the "+string(backends.OpAbort), d.goBack)
	}
}

// goOn takes up what was interrupted for nothing.
func (d *deployment) goOn() {
	if active(d.config()) != nil {
		d.startRollout()
		return
	}
	d.begin("going back to what the configuration asks for", d.goBack)
}
