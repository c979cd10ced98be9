package supervisor

import (
	"context"
	"fmt"
	"path/filepath"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/serve/fault"
)

// dryRun plans a change and does nothing.
func (s *Supervisor) dryRun(c backends.Change) ([]backends.Effect, error) {
	d, err := s.deployment(c.Deployment)
	if err != nil {
		return nil, err
	}
	model, data, err := s.modelFile(d, &c)
	if err != nil {
		return nil, err
	}
	p, err := d.plan(c, model)
	if err != nil {
		return nil, err
	}
	return p.Effects, s.fits(d, c, data)
}

// apply accepts a change.
func (s *Supervisor) apply(ctx context.Context, c backends.Change) error {
	d, err := s.deployment(c.Deployment)
	if err != nil {
		return err
	}
	model, data, err := s.modelFile(d, &c)
	if err != nil {
		return err
	}
	if c.Op == backends.OpDeploy { // before the file is taken over
		if _, err := d.plan(c, model); err != nil {
			return err
		}
		if err := s.fits(d, c, data); err != nil {
			return err
		}
	}
	if model != nil {
		s.storing.Lock()
		stored, note, err := s.library.Store(d.name, *model, data)
		s.storing.Unlock()
		if err != nil {
			return &backends.UnsupportedError{Op: c.Op, Reason: err.Error()} // nothing was changed
		}
		if note != nil {
			d.say("note", backends.Warn, c.Variant, "", c.By, note.Error())
		}
		model = &stored
	}
	return d.apply(ctx, c, model)
}

// modelFile reads the file that a deploy names, if it names one. The name of a
// file that the stack has, with its version, is no path.
func (s *Supervisor) modelFile(d *deployment, c *backends.Change) (*desired.Model, []byte, error) {
	if c.Op != backends.OpDeploy || c.Image == "" {
		return nil, nil, nil
	}
	if !filepath.IsAbs(c.Image) {
		for _, m := range d.config().Models {
			if m.File == c.Image && (c.Version == "" || c.Version == m.Version) {
				c.Version = m.Version
				return nil, nil, nil
			}
		}
		return nil, nil, &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf("there is no model file %s: give the path of one", c.Image)}
	}
	model, data, err := s.library.Read(c.Image, c.Version)
	if err != nil {
		return nil, nil, &backends.UnsupportedError{Op: c.Op, Reason: err.Error()}
	}
	return &model, data, nil
}

func (s *Supervisor) faults(deployment string, r *replica, rank int) []fault.Fault {
	return s.practice.faults(deployment, r, rank)
}
