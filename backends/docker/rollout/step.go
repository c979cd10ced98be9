package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/containerd/errdefs"

	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
	"pitwall/backends/internal/flow"
)

// introduce starts a container of a variant and returns when the front door
// sends to it.
func (r *Roller) introduce(ctx context.Context, s Scene, variant string, t target, strict bool) error {
	name, err := r.launch(ctx, s, variant, t, maxJams)
	if err == nil {
		err = r.putIn(ctx, variant, name)
	}
	return r.bear(ctx, err, strict)
}

// admit puts a container into the front door that was made and is not there yet.
func (r *Roller) admit(ctx context.Context, variant string, m world.Member, strict bool) error {
	var err error
	if !m.Container.Running() {
		err = r.start(ctx, m.Container.ID)
	}
	if err == nil {
		err = r.putIn(ctx, variant, m.Container.Name)
	}
	return r.bear(ctx, err, strict)
}

// putIn waits until a container is ready and puts it into the front door.
func (r *Roller) putIn(ctx context.Context, variant, name string) error {
	if err := r.ready(ctx, variant, name); err != nil {
		return err
	}
	return r.tell(ctx, &name, nil)
}

// bear passes a failure on when strict: whoever goes back stops the container.
// Otherwise it is tried again, a little later.
func (r *Roller) bear(ctx context.Context, err error, strict bool) error {
	var failed *FailedError
	if err == nil || strict || !errors.As(err, &failed) {
		return err
	}
	if !flow.Sleep(ctx, r.Start/10) {
		return ctx.Err()
	}
	return nil
}

// maxJams bounds how many containers are given up that the engine cannot start
// any more because it died while it did.
const maxJams = 3

// launch starts a kept container of the model, or makes a new one. One that the
// engine can never start again goes, and another is launched.
func (r *Roller) launch(ctx context.Context, s Scene, variant string, t target, jams int) (name string, err error) {
	name, id, err := r.chosen(ctx, s, variant, t)
	if err != nil {
		return name, err
	}
	err = r.patiently(ctx, func() error { return r.Containers.Start(ctx, id) })
	if stuck, ok := errors.AsType[*engine.StartError](err); !ok || stuck.Cause != engine.CauseJammed || jams == 0 {
		return name, r.failed(ctx, err)
	}
	if err := r.patiently(ctx, func() error { return r.Containers.Remove(ctx, id) }); err != nil {
		return name, r.failed(ctx, fmt.Errorf("remove %s: %w", name, err))
	}
	if s, err = r.look(ctx); err != nil {
		return name, err
	}
	return r.launch(ctx, s, variant, t, jams-1)
}

// chosen is a kept container of the model, or a new one. It is not started yet.
func (r *Roller) chosen(ctx context.Context, s Scene, variant string, t target) (name, id string, err error) {
	if kept, ok := keptMember(s, variant, t); ok {
		return kept.Container.Name, kept.Container.ID, r.fresh(ctx, kept.Container.Name)
	}
	template, ok := template(s, variant, t)
	if !ok {
		return "", "", &FailedError{"there is no container of " + s.Found.Name + " to make another one like"}
	}
	number := freeNumber(s, variant, t, template)
	base := fmt.Sprintf("%s-r%d-%d", baseName(template, variant), t.revision, number)
	for attempt := 1; ; attempt++ {
		name = freeName(s, base, attempt)
		if err := r.fresh(ctx, name); err != nil {
			return "", "", err
		}
		id, err = r.clone(ctx, s, template, variant, name, number, t)
		if errdefs.IsConflict(err) && attempt < maxNames {
			continue // a container of somebody else has the name
		}
		if err != nil {
			return name, "", r.failed(ctx, fmt.Errorf("make %s: %w", name, err))
		}
		return name, id, nil
	}
}

// maxNames bounds the names that are tried for a container.
const maxNames = 20

// clone makes a container like the template.
func (r *Roller) clone(ctx context.Context, s Scene, template world.Member, variant, name string, number int, t target) (id string, err error) {
	spec := engine.CloneSpec{Name: name, Image: ImageOf(t.model), Called: t.model.File, Unpublish: true, Labels: map[string]string{
		world.LabelDeployment: deploymentLabel(s, template), world.LabelVariant: variant, world.LabelVersion: t.model.Version,
		world.LabelRevision: strconv.Itoa(t.revision), world.LabelReplica: strconv.Itoa(number), world.LabelRole: world.RoleReplica,
	}}
	if template.Variant != variant {
		spec.Alias, spec.Uncomposed = aliasOf(template.Variant, variant), true
	} else if template.Compose { // which makes and names its own by the number
		spec.Labels[world.ComposeNumber] = strconv.Itoa(number)
	}
	err = r.patiently(ctx, func() (err error) {
		id, err = r.Containers.Clone(ctx, template.Container.ID, spec)
		return err
	})
	return id, err
}

// deploymentLabel is the name that the containers of a deployment carry: the
// one that it is shown by has its project in it when two have one name.
func deploymentLabel(s Scene, template world.Member) string {
	if name := template.Container.Labels[world.LabelDeployment]; name != "" {
		return name
	}
	name, _, _ := strings.Cut(s.Found.Name, "@")
	return name
}

// aliasOf gives a container that is made like one of another variant the names
// of its own: "churn-a" becomes "churn-c". Another name of the other variant is
// left out, for requests to it belong to that.
func aliasOf(from, to string) func(string) string {
	from, to = strings.ToLower(from), strings.ToLower(to)
	return func(alias string) string {
		for _, dash := range []string{"-", "_"} {
			if base, ok := strings.CutSuffix(alias, dash+from); ok {
				return base + dash + to
			}
		}
		return ""
	}
}

func (r *Roller) start(ctx context.Context, id string) error {
	return r.failed(ctx, r.patiently(ctx, func() error { return r.Containers.Start(ctx, id) }))
}

// failed makes an error of the engine the end of the rollout, unless ctx ended.
func (r *Roller) failed(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || errors.Is(err, ErrSuperseded) {
		return err
	}
	return &FailedError{err.Error()}
}

// ready waits until a container can serve. One that ended or whose engine gave
// it up is not waited for.
func (r *Roller) ready(ctx context.Context, variant, name string) error {
	deadline, last := r.Now().Add(r.Start), r.Now()
	why := "it does not run"
	for restarts := -1; ; {
		s, err := r.look(ctx)
		if err != nil {
			return err
		}
		m, found := memberNamed(s, variant, name)
		c := m.Container
		if restarts < 0 {
			restarts = c.Restarts
		}
		switch {
		case !found:
			why = "it is not there"
		case c.Status == "exited" || c.Status == "dead" || c.Restarts > restarts:
			return &FailedError{name + " ended " + r.ending(ctx, m)}
		case c.Running():
			if err := r.Probe(ctx, m); err == nil {
				return nil
			} else {
				why = err.Error()
			}
		}
		if r.Now().After(deadline) {
			return &FailedError{fmt.Sprintf("%s was not ready within %v: %s%s", name, r.Start, why, r.quote(ctx, c.ID))}
		}
		if err := r.beat(ctx, &last); err != nil {
			return err
		}
		if !flow.Sleep(ctx, pollEvery) {
			return ctx.Err()
		}
	}
}

// ending tells how a container ended.
func (r *Roller) ending(ctx context.Context, m world.Member) string {
	c := m.Container
	text := fmt.Sprintf("with status %d", c.ExitCode)
	if c.OOMKilled {
		text = fmt.Sprintf("because it used more memory than its limit of %d MiB", c.MemoryLimit>>20)
	}
	if c.Error != "" {
		text += ": " + c.Error
	}
	return text + r.quote(ctx, c.ID)
}

// quote is the last line of a container's log, as the end of a sentence.
func (r *Roller) quote(ctx context.Context, id string) string {
	if line := r.LastLine(ctx, id); id != "" && line != "" {
		return fmt.Sprintf("; its last line: %q", line)
	}
	return ""
}

// retire takes a container out of the front door, lets its requests end, stops
// it and keeps it for a rollback. One that had ended by itself goes, and so does
// one of Compose, which would take it for one too many and might remove the
// wrong one.
func (r *Roller) retire(ctx context.Context, s Scene, m world.Member) error {
	name := m.Container.Name
	if Serves(s, m) {
		if err := r.tell(ctx, nil, &name); err != nil {
			return err
		}
	}
	// Also one that is out already: whoever took it out may have ended just then.
	if m.Container.Running() && !flow.Sleep(ctx, r.Drain) {
		return ctx.Err()
	}
	err := r.patiently(ctx, func() error { return r.stop(ctx, m.Container) })
	if err != nil {
		return r.failed(ctx, fmt.Errorf("stop %s: %w", name, err))
	}
	if m.Compose || !m.Container.Running() || !keepable(s, m) {
		return r.patiently(ctx, func() error { return r.Containers.Remove(ctx, m.Container.ID) })
	}
	for _, old := range surplus(s, m) {
		// One that cannot be removed now is one too many the next time, too.
		if err := r.Containers.Remove(ctx, old.Container.ID); err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// surplus are the kept containers of pitwall's that no rollback could want any
// more once another one of the same model is kept: those that ended first.
func surplus(s Scene, kept world.Member) []world.Member {
	t := target{model: desired.Model{Version: kept.Version, SHA256: strings.TrimPrefix(kept.Container.ImageID, "sha256:")}}
	most := 1
	if v := s.Entry.Conf.Variant(kept.Variant); v != nil {
		most = max(most, v.Replicas)
	}
	for _, rev := range s.Entry.Conf.Revisions {
		if rev.Variant == kept.Variant && (target{model: rev.Model}).same(kept) {
			most = max(most, rev.Replicas)
		}
	}
	var others []world.Member
	for _, v := range s.Found.Variants {
		for _, m := range v.Kept {
			if v.Name == kept.Variant && m.Revision > 0 && !m.Compose && t.same(m) && m.Container.Name != kept.Container.Name {
				others = append(others, m)
			}
		}
	}
	slices.SortFunc(others, func(a, b world.Member) int { return b.Container.FinishedAt.Compare(a.Container.FinishedAt) })
	return others[min(most-1, len(others)):]
}

// keepable reports whether a rollback could want a container: one that served
// as a revision, not one whose rollout failed.
func keepable(s Scene, m world.Member) bool {
	return slices.ContainsFunc(s.Entry.Conf.Revisions, func(rev revision) bool {
		ro := s.Entry.Conf.Rollout
		failed := ro != nil && ro.Failed && rev.Number == ro.To
		return rev.Variant == m.Variant && !failed && target{model: rev.Model}.same(m)
	})
}
