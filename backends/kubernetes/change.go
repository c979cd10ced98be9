package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/split"
)

// MutableBackend is a Backend that can also change deployments.
type MutableBackend struct {
	*Backend
	writer   *api.Writer
	applying sync.Mutex // one change of this process at a time
}

var _ backends.Changer = (*MutableBackend)(nil)

// Mutable gives the backend with the capabilities that change deployments.
func (b *Backend) Mutable() *MutableBackend {
	return &MutableBackend{Backend: b, writer: b.client.Writer()}
}

// DryRun implements backends.Changer: this user's rights are asked for, and the
// API server runs every patch without keeping it, so that validation and
// webhooks speak first. Patches that wait for an earlier one are only checked
// for their right.
func (m *MutableBackend) DryRun(ctx context.Context, c backends.Change) (effects []backends.Effect, err error) {
	err = steady(ctx, c, func() error {
		effects, err = m.rehearse(ctx, c)
		return err
	})
	return effects, err
}

// rehearse is one dry run.
func (m *MutableBackend) rehearse(ctx context.Context, c backends.Change) ([]backends.Effect, error) {
	s, p, err := m.plan(ctx, c)
	if err != nil {
		return nil, err
	}
	for i, w := range p.writes {
		if err := m.permitted(ctx, c.Op, w.Patch); err != nil {
			return nil, err
		}
		if i > 0 && w.Await != nil {
			continue
		}
		if _, err := m.writer.Patch(ctx, w.Patch, true); err != nil {
			return nil, m.explain(ctx, s, c, err)
		}
	}
	for _, w := range p.later {
		if err := m.permitted(ctx, c.Op, w.Patch); err != nil {
			return nil, err
		}
	}
	effects := slices.Clone(p.effects)
	for _, note := range p.notes {
		effects = append(effects, backends.Effect{What: "note", After: note})
	}
	return effects, nil
}

// Apply implements backends.Changer. It returns when the watch has shown what
// was written.
func (m *MutableBackend) Apply(ctx context.Context, c backends.Change) error {
	m.applying.Lock()
	defer m.applying.Unlock()
	return steady(ctx, c, func() error { return m.carryOut(ctx, c) })
}

// A patch that meets a change of a status is made anew so often, so far apart.
const (
	maxMoves = 20
	moveWait = 50 * time.Millisecond
)

// steady does again what was refused because an object has changed, while the
// state that the change was planned from still holds: then only a status moved,
// which changes the resource version too. Every attempt plans from what is there
// then, and is a lost race when that is no longer the state.
func steady(ctx context.Context, c backends.Change, do func() error) error {
	for attempt := 0; ; attempt++ {
		err := do()
		var lost *backends.ConflictError
		if !errors.As(err, &lost) || lost.Now.Token != c.Token || attempt == maxMoves || !flow.Sleep(ctx, moveWait) {
			return err
		}
	}
}

// carryOut plans a change and writes it.
func (m *MutableBackend) carryOut(ctx context.Context, c backends.Change) error {
	s, p, err := m.plan(ctx, c)
	if err != nil {
		return unsent(err)
	}
	if err := m.send(ctx, s, c, p); err != nil {
		return err
	}
	m.tell(ctx, s, c, p)
	if _, begun := promoting(s.found); p.note.Promoted != nil || begun && c.Op == backends.OpResume {
		m.follow(c.Deployment)
	}
	return nil
}

// send makes the writes of a plan, in order, and returns when the watch has
// shown them.
func (m *MutableBackend) send(ctx context.Context, s scene, c backends.Change, p plan) error {
	for i, w := range p.writes {
		if w.Await != nil {
			if err := m.awaitLamp(ctx, s.found.Namespace, w.Await); err != nil {
				return fmt.Errorf("%s was begun (%d of %d steps) and not finished: %w", c.Op, i, len(p.writes), err)
			}
		}
		after, err := m.writer.Patch(ctx, w.Patch, false)
		if err != nil {
			if i > 0 {
				return fmt.Errorf("%s was begun (%d of %d steps) and not finished: %w", c.Op, i, len(p.writes), err)
			}
			return m.explain(ctx, s, c, err)
		}
		if err := m.store.Await(ctx, w.Resource.GroupResource(), w.Namespace, w.Name, after.GetResourceVersion()); err != nil {
			return fmt.Errorf("%s was accepted, and the watch has not shown it: %w", c.Op, err)
		}
	}
	return nil
}

// explain gives an error of the API server the type that a caller decides on.
func (m *MutableBackend) explain(ctx context.Context, s scene, c backends.Change, err error) error {
	var (
		race   *api.RaceError
		denied *api.RightError
		down   *api.DownError
	)
	switch {
	case errors.As(err, &race):
		now := s.shown
		if again, readErr := m.scene(ctx, c.Deployment); readErr == nil {
			now = again.shown
		}
		return &backends.ConflictError{Deployment: c.Deployment, Now: now}
	case errors.As(err, &denied):
		return &backends.UnsupportedError{Op: c.Op, Reason: denied.Error()}
	case errors.As(err, &down) && down.Unsent():
		return unsent(err)
	}
	return err
}

// unsent marks an error of a change of which nothing was sent, if that is all
// that can be said of it.
func unsent(err error) error {
	if away(err) {
		return &backends.UnsentError{Err: err}
	}
	return err
}

// permitted refuses a patch that this user may not send, with the right that
// is missing.
func (m *MutableBackend) permitted(ctx context.Context, op backends.Op, p api.Patch) error {
	right := api.NeededFor(p)
	may, why, err := m.client.May(ctx, right)
	if err != nil {
		return err
	}
	if may {
		return nil
	}
	text := fmt.Sprintf("this user may not %s", right)
	if why != "" {
		text += ": " + why
	}
	return &backends.UnsupportedError{Op: op, Reason: text}
}

// patience bounds how long a patch waits for what has to hold before it.
const patience = 5 * time.Minute

// awaitLamp waits until a condition on a namespace holds.
func (m *MutableBackend) awaitLamp(ctx context.Context, namespace string, holds func(*objects.Space) split.Lamp) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		news := m.changed()
		lamp := holds(m.store.Space(namespace))
		switch lamp.State {
		case backends.OK:
			return nil
		case backends.Fail:
			return errors.New(lamp.Text)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", lamp.Text, ctx.Err())
		}
	}
}

// tell writes what was done as an Event about the front door or the workload,
// for everybody who looks at the cluster. That it could not be written changes
// nothing of what was done.
func (m *MutableBackend) tell(ctx context.Context, s scene, c backends.Change, p plan) {
	now := m.options.Now()
	object := map[string]any{
		"apiVersion": "v1", "kind": "Event", "type": "Normal", "reason": "Pitwall" + strings.ToUpper(string(c.Op[:1])) + string(c.Op[1:]), "message": p.text,
		"metadata":       map[string]any{"generateName": "pitwall-", "namespace": s.found.Namespace, "annotations": map[string]any{operationNote: p.note.String()}},
		"involvedObject": map[string]any{"apiVersion": p.about.Resource.GroupVersion().String(), "kind": p.about.Kind, "namespace": p.about.Namespace, "name": p.about.Name, "uid": string(p.about.UID)},
		"source":         map[string]any{"component": api.Manager}, "count": int64(1),
		"firstTimestamp": now.UTC().Format(time.RFC3339), "lastTimestamp": now.UTC().Format(time.RFC3339),
	}
	_ = m.writer.Create(ctx, eventRef(s.found.Namespace), object, false)
}
