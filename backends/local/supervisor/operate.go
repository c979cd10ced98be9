package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/desired"
)

// maxReplicas bounds the processes of one variant: it is one machine.
const maxReplicas = 16

// plan plans a change from the configuration of this moment, if that still is
// the one which the change was made for.
func (d *deployment) plan(c backends.Change, model *desired.Model) (desired.Plan, error) {
	f := desired.Facts{Conf: d.config(), Ready: d.ready(), Model: model, Now: d.now(), MaxReplicas: maxReplicas, Artifact: "model file"}
	if c.Token != d.token(f.Conf) {
		return desired.Plan{}, &backends.ConflictError{Deployment: d.name, Now: d.snapshot()}
	}
	return desired.Make(f, c)
}

// apply accepts a change and begins to carry it out. model is that of the file
// the change names, nil without one.
func (d *deployment) apply(ctx context.Context, c backends.Change, model *desired.Model) error {
	d.operating.Lock()
	defer d.operating.Unlock()
	if !d.open {
		return desired.Refuse(c, "the local stack is starting or stopping: try again in a moment")
	}
	planned, err := d.plan(c, model)
	if err != nil {
		return err
	}
	if planned.Interrupts {
		d.interrupt()
	}
	before, p, err := d.accept(c, model)
	if err == nil {
		err = d.inform(ctx, before, p)
	}
	if err != nil {
		if planned.Interrupts {
			d.goOn()
		}
		return err
	}
	if p.Event.Text != "" {
		d.world.event(p.Event)
	}
	d.follow(p)
	return nil
}

// accept plans again, now that nothing else runs, and remembers the outcome.
func (d *deployment) accept(c backends.Change, model *desired.Model) (before desired.Deployment, p desired.Plan, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	before = d.config()
	if p, err = d.plan(c, model); err != nil {
		return before, p, err
	}
	if model != nil && !slices.ContainsFunc(p.Conf.Models, func(m desired.Model) bool { return m.Version == model.Version }) {
		p.Conf.Models = append(p.Conf.Models, *model)
	}
	p.Conf.Generation++
	return before, p, d.write(p.Conf)
}

// inform tells the front door new weights. When it refuses, the change is
// taken back; when no gateway runs, the next one starts with them.
func (d *deployment) inform(ctx context.Context, before desired.Deployment, p desired.Plan) error {
	if slices.Equal(before.Variants, p.Conf.Variants) {
		return nil
	}
	err := d.gate.Sync(ctx)
	if err == nil || errors.Is(err, errNoDoor) {
		return nil
	}
	back := d.commit(func(conf *desired.Deployment) error {
		generation := conf.Generation
		*conf = before.Clone()
		conf.Generation = generation
		return nil
	})
	d.noteChange()
	return errors.Join(fmt.Errorf("tell the front door of %s: %w", d.name, err), back)
}

// follow begins what goes on after a change was accepted.
func (d *deployment) follow(p desired.Plan) {
	switch {
	case p.Rolls:
		d.startRollout()
	case p.Interrupts:
		d.begin("going back after the "+string(backends.OpAbort), d.goBack)
	}
}

// goOn takes up what was interrupted for nothing.
func (d *deployment) goOn() {
	if d.config().Active() != nil {
		d.startRollout()
		return
	}
	d.begin("going back to what the configuration asks for", d.goBack)
}
