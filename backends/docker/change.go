package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
)

// maxReplicas bounds the containers of one variant: it is one machine.
const maxReplicas = 32

// plan plans a change from a scene, if that still is the state which the change
// was made for.
func (b *Backend) plan(ctx context.Context, s *scene, c *backends.Change) (desired.Plan, error) {
	shown := join(*s)
	if s.moved(c.Token) {
		return desired.Plan{}, &backends.ConflictError{Deployment: c.Deployment, Now: b.shown(ctx, *s)}
	}
	if err := s.changeable(*c); err != nil {
		return desired.Plan{}, err
	}
	model, err := b.image(ctx, s, c)
	if err != nil {
		return desired.Plan{}, err
	}
	f := desired.Facts{Conf: s.Entry.Conf, Ready: ready(shown), Lost: s.lostReplicas(), Model: model, Now: s.at, MaxReplicas: maxReplicas, Artifact: "image"}
	if ro := f.Conf.Active(); ro != nil && shown.Rollout != nil && shown.Rollout.Paused {
		ro.Paused = true // held by a person, or because nobody carries it out
	}
	accrue(&f.Conf, *s)
	if c.Op == backends.OpResume && f.Conf.Active() == nil && shown.Rollout != nil && shown.Rollout.Paused {
		return takeOver(f, *c), nil
	}
	p, err := desired.Make(f, *c)
	if err == nil {
		err = b.makeable(ctx, *s, p, *c)
	}
	if err != nil {
		return p, err
	}
	if model != nil && !slices.ContainsFunc(p.Conf.Models, func(m desired.Model) bool { return m.Version == model.Version }) {
		p.Conf.Models = append(p.Conf.Models, *model)
	}
	p.Effects = append(append(p.Effects, s.notes(p)...), b.afterwards(ctx, s, p)...)
	return p, nil
}

// takeOver goes on with the way back that another process began.
func takeOver(f desired.Facts, c backends.Change) desired.Plan {
	text := "going back is taken up again"
	return desired.Plan{Conf: f.Conf.Clone(), Interrupts: true,
		Effects: []backends.Effect{{What: "going back", Before: "left half done", After: "going on"}},
		Event:   backends.Event{Kind: "note", State: backends.OK, By: c.By, Text: text}}
}

// changeable refuses what cannot work whatever the plan is.
func (s scene) changeable(c backends.Change) error {
	refuse := func(text string) error { return &backends.UnsupportedError{Op: c.Op, Reason: text} }
	var unreadable *frontdoor.UnreadableError
	switch {
	case s.ledger != nil:
		return refuse("what is wanted cannot be read: " + s.ledger.Error())
	case s.Found.Door == nil:
		return refuse("it has no front door that pitwall could tell: label its container com.pitwall.role=frontdoor")
	case s.Found.Door.Status == "paused":
		return refuse("its front door " + s.Found.Door.Name + " is paused: `docker unpause " + s.Found.Door.Name + "` first")
	case !s.Found.Door.Running():
		return refuse("its front door " + s.Found.Door.Name + " does not run: `docker start " + s.Found.Door.Name + "` first")
	case errors.As(s.doorErr, &unreadable):
		return refuse(unreadable.Error())
	case s.doorErr != nil:
		return refuse("its " + frontDoorOf(s.Found) + " cannot be read: " + s.doorErr.Error())
	case s.Entry.Work != nil && !s.Entry.Work.Stalled(s.at) && s.Entry.Conf.Active() == nil && !returns(c.Op):
		return refuse(s.Entry.Work.Text + " by " + s.Entry.Work.By + " is in progress: wait a moment")
	}
	return nil
}

// returns reports whether an operation may meet the way back from a rollout.
func returns(op backends.Op) bool { return op == backends.OpSplit || op == backends.OpAbort }

// image finds what a deploy brings along.
func (b *Backend) image(ctx context.Context, s *scene, c *backends.Change) (*desired.Model, error) {
	if c.Op != backends.OpDeploy {
		return nil, nil
	}
	gone, err := b.addImages(ctx, s)
	if err != nil {
		return nil, err
	}
	s.Entry.Conf.Models = append(s.Entry.Conf.Models, gone...) // for makeable to say what is missing
	if c.Image == "" {
		return nil, nil
	}
	image, err := b.engine.Image(ctx, c.Image)
	var missing *engine.NotFoundError
	if errors.As(err, &missing) {
		return nil, &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf("the image %s is not on the engine: `docker pull %s` or build it there first", c.Image, c.Image)}
	}
	if err != nil {
		return nil, err
	}
	m := modelOf(image, c.Image)
	if c.Version != "" {
		m.Version = c.Version
	}
	c.Version = m.Version
	return &m, nil
}

// DryRun implements backends.Changer.
func (m *MutableBackend) DryRun(ctx context.Context, c backends.Change) ([]backends.Effect, error) {
	s, err := m.scene(ctx, c.Deployment)
	if err != nil {
		return nil, err
	}
	p, err := m.plan(ctx, &s, &c)
	if err != nil {
		return nil, err
	}
	if splitOf(p.Conf).Equal(s.Door.Split) {
		return p.Effects, nil
	}
	door, err := m.door(s.Found, p.Conf)
	if err != nil {
		return nil, err
	}
	planned := s.Scene
	planned.Entry.Conf = p.Conf
	err = door.Check(ctx, rollout.Want(planned, nil, nil))
	var rejected *frontdoor.RejectedError
	if errors.As(err, &rejected) {
		return nil, &backends.UnsupportedError{Op: c.Op, Reason: rejected.Error()}
	}
	return p.Effects, err
}

// Apply implements backends.Changer. A new split serves when it returns; a
// rollout has begun, and goes on for as long as this process lives.
func (m *MutableBackend) Apply(ctx context.Context, c backends.Change) error {
	m.applying.Lock()
	defer m.applying.Unlock()
	defer m.atWork.Store(false)
	for attempt := 0; ; attempt++ {
		s, err := m.scene(ctx, c.Deployment)
		if err != nil {
			return err
		}
		planned := c
		p, err := m.plan(ctx, &s, &planned)
		if err != nil {
			return err
		}
		m.atWork.Store(true)
		entry, err := m.intend(ctx, s, p, planned)
		if errors.Is(err, ledger.ErrLost) && attempt < maxPlans {
			continue // a rollout noted its progress, or somebody else was faster: the token tells which
		}
		if err != nil {
			return err
		}
		return m.carryOut(ctx, s, p, planned, entry)
	}
}

// maxPlans bounds how often a change is planned anew because the ledger moved.
const maxPlans = 10

// carryOut does what is intended.
func (m *MutableBackend) carryOut(ctx context.Context, s scene, p desired.Plan, c backends.Change, entry ledger.Entry) error {
	if p.Interrupts {
		m.interrupt(c.Deployment)
	}
	if !splitOf(p.Conf).Equal(s.Door.Split) {
		if err := m.weigh(ctx, s, entry); err != nil {
			return m.takeBack(ctx, s, c, entry, err)
		}
	}
	if p.Rolls || p.Interrupts || s.takesOver(c) {
		m.begin(s)
		return nil
	}
	return m.site(s).Commit(ctx, func(e *ledger.Entry) error {
		if e.Work != nil && e.Work.Owner == m.owner && !e.Work.Rolls {
			e.Work = nil
		}
		return nil
	})
}

// takesOver reports whether a change takes up a rollout that nobody carries
// out any more.
func (s scene) takesOver(c backends.Change) bool {
	return c.Op == backends.OpResume && (s.Entry.Work == nil || s.Entry.Work.Stalled(s.at))
}

// intend writes what is wanted into the ledger, before anything is done.
func (m *MutableBackend) intend(ctx context.Context, s scene, p desired.Plan, c backends.Change) (ledger.Entry, error) {
	e := s.Entry.Clone()
	e.Conf = p.Conf
	e.Conf.Generation++
	rolls := p.Rolls || p.Interrupts || s.takesOver(c)
	if rolls || e.Work == nil || e.Work.Stalled(s.at) && !e.Work.Rolls {
		var fresh []string
		if e.Work != nil && c.Op == backends.OpResume {
			fresh = e.Work.Fresh
		}
		e.Work = &ledger.Work{Text: workText(c), By: c.By, Owner: m.owner, Since: s.at, Beat: s.at, Rolls: rolls, Fresh: fresh}
	}
	if p.Event.Text != "" {
		p.Event.At = s.at
		e.Say(p.Event)
	}
	e, err := m.ledger.Swap(ctx, e)
	if err != nil {
		return e, fmt.Errorf("record what is wanted of %s, nothing else was done: %w", c.Deployment, err)
	}
	return e, nil
}

func workText(c backends.Change) string {
	text := string(c.Op)
	if c.Op == backends.OpSplit {
		text += " " + c.Split.String()
	}
	if c.Variant != "" {
		text += " of " + c.Variant
	}
	return text
}

// weigh tells the front door the weights of an entry.
func (m *MutableBackend) weigh(ctx context.Context, s scene, e ledger.Entry) error {
	door, err := m.door(s.Found, e.Conf)
	if err != nil {
		return err
	}
	s.Entry = e
	want := rollout.Want(s.Scene, nil, nil)
	err = door.Set(ctx, want, s.Door.Hash)
	if errors.Is(err, frontdoor.ErrChanged) && s.Entry.Work != nil && s.Entry.Work.Rolls {
		// The rollout's own process changed the members meanwhile: look again.
		return m.site(s).Tell(ctx, func(now rollout.Scene) (frontdoor.Want, error) { return rollout.Want(now, nil, nil), nil })
	}
	return err
}

// takeBack puts the ledger right after the front door did not take a change.
// Where it is not known what the door does, the intent stays and says so.
func (m *MutableBackend) takeBack(ctx context.Context, s scene, c backends.Change, intended ledger.Entry, cause error) error {
	ctx, cancel := backends.Within(context.WithoutCancel(ctx), doorTimeout)
	defer cancel()
	var rejected *frontdoor.RejectedError
	refused := errors.As(cause, &rejected)
	if !refused && !errors.Is(cause, frontdoor.ErrChanged) {
		_ = m.site(s).Commit(ctx, func(e *ledger.Entry) error { // else its silence tells, a little later
			if e.Work == nil || e.Work.Owner != m.owner || e.Work.Rolls {
				return errSaid
			}
			e.Work.Beat = time.Time{}
			e.Say(backends.Event{At: m.now(), Kind: "note", State: backends.Warn, By: e.Work.By,
				Text: "it is not known whether the front door took " + e.Work.Text + ": " + cause.Error()})
			return nil
		})
		return fmt.Errorf("tell the %s: %w", "front door of "+c.Deployment, cause)
	}
	before := s.Entry
	err := m.site(s).Commit(ctx, func(e *ledger.Entry) error {
		generation := e.Conf.Generation
		e.Conf, e.Work = before.Conf.Clone(), before.Work
		e.Conf.Generation = generation + 1
		said := intended.Events[min(len(before.Events), len(intended.Events)):]
		e.Events = slices.DeleteFunc(e.Events, func(x backends.Event) bool { return slices.Contains(said, x) })
		return nil
	})
	if err != nil {
		return errors.Join(cause, err)
	}
	if refused {
		return &backends.UnsupportedError{Op: c.Op, Reason: strings.TrimSpace(cause.Error())}
	}
	now, err := m.scene(ctx, c.Deployment)
	if err != nil {
		return errors.Join(cause, err)
	}
	return &backends.ConflictError{Deployment: c.Deployment, Now: m.shown(ctx, now)}
}
