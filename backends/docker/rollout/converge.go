package rollout

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/world"
	"pitwall/backends/internal/flow"
)

// target is what is wanted of a variant's containers.
type target struct {
	model    desired.Model
	revision int
	replicas int
	renew    bool // only containers that this rollout introduced count
}

// targetOf reads what is wanted of a variant. A variant that is not wanted at
// all has no replicas.
func targetOf(s Scene, variant string) target {
	v := s.Entry.Conf.Variant(variant)
	if v == nil {
		return target{}
	}
	t := target{revision: v.Revision, replicas: v.Replicas}
	if ro := s.Entry.Conf.Active(); ro != nil && ro.Variant == variant {
		t.revision = ro.To
		t.renew = ro.Operation != backends.OpScale
	}
	if rev := s.Entry.Conf.Revision(t.revision); rev != nil {
		t.model = rev.Model
	}
	return t
}

// fits reports whether a container is what is wanted.
func (t target) fits(s Scene, m world.Member) bool {
	if t.replicas == 0 || !t.same(m) {
		return false
	}
	return !t.renew || s.Entry.Work != nil && slices.Contains(s.Entry.Work.Fresh, m.Container.Name)
}

// same reports whether a container runs the model that is wanted.
func (t target) same(m world.Member) bool {
	return m.Version == t.model.Version && strings.TrimPrefix(m.Container.ImageID, "sha256:") == t.model.SHA256
}

// Running are the members of a variant that run or should, fresh ones apart
// from stale ones.
func (t target) running(s Scene, variant string) (stale, fresh []world.Member) {
	for _, v := range s.Found.Variants {
		if v.Name != variant {
			continue
		}
		for _, m := range v.Members {
			if t.fits(s, m) {
				fresh = append(fresh, m)
			} else {
				stale = append(stale, m)
			}
		}
	}
	return stale, fresh
}

// Done counts the replicas of a variant that are what is wanted: the front door
// sends to them, and no longer to one of before in their place. A new one beside
// the one that it is to replace has replaced nothing yet.
func Done(s Scene, variant string) int {
	t := targetOf(s, variant)
	stale, fresh := t.running(s, variant)
	serving := func(members []world.Member) (n int) {
		for _, m := range members {
			if Serves(s, m) {
				n++
			}
		}
		return n
	}
	return max(0, min(serving(fresh), t.replicas-serving(stale)))
}

// converge makes the containers of a variant those that are wanted. When
// strict, one that does not become ready ends it with a *FailedError.
func (r *Roller) converge(ctx context.Context, variant string, strict bool) error {
	admitted := make(map[string]bool)
	for {
		s, err := r.whileHeld(ctx)
		if err != nil {
			return err
		}
		t := targetOf(s, variant)
		stale, fresh := t.running(s, variant)
		waiting, waits := outside(s, fresh, admitted)
		switch {
		case waits: // whoever began this ended before it was put into the front door
			admitted[waiting.Container.Name] = true
			err = r.admit(ctx, variant, waiting, strict)
		case len(stale) > 0 && len(stale)+len(fresh) > t.replicas:
			err = r.retire(ctx, s, leastUseful(s, stale))
		case len(fresh) < t.replicas:
			err = r.introduce(ctx, s, variant, t, strict)
		case len(fresh) > t.replicas:
			err = r.retire(ctx, s, leastUseful(s, fresh))
		default:
			return r.tell(ctx, nil, nil)
		}
		if err != nil {
			return err
		}
	}
}

// outside finds a wanted container that the front door does not send to.
func outside(s Scene, fresh []world.Member, admitted map[string]bool) (world.Member, bool) {
	for _, m := range fresh {
		if !Serves(s, m) && !admitted[m.Container.Name] {
			return m, true
		}
	}
	return world.Member{}, false
}

// leastUseful is a member that gets no requests or does not run, else the one
// with the highest number.
func leastUseful(s Scene, members []world.Member) world.Member {
	useful := func(m world.Member) int {
		if !m.Container.Running() || !Serves(s, m) {
			return 0
		}
		return 1
	}
	return slices.MinFunc(members, func(a, b world.Member) int {
		return cmp.Or(cmp.Compare(useful(a), useful(b)), cmp.Compare(b.Number, a.Number), cmp.Compare(b.Container.Name, a.Container.Name))
	})
}

// Serves reports whether the front door sends requests to a member.
func Serves(s Scene, m world.Member) bool {
	return slices.ContainsFunc(s.Door.Members[m.Variant], func(d doorMember) bool {
		return !d.Draining && isMember(s, d, m)
	})
}

// whileHeld returns what is there when the rollout is not held.
func (r *Roller) whileHeld(ctx context.Context) (Scene, error) {
	last := r.Now()
	for {
		s, err := r.look(ctx)
		if err != nil {
			return s, err
		}
		if ro := s.Entry.Conf.Active(); ro == nil || !ro.Paused {
			return s, ctx.Err()
		}
		if err := r.beat(ctx, &last); err != nil {
			return s, err
		}
		if !flow.Sleep(ctx, pollEvery) {
			return s, ctx.Err()
		}
	}
}

// fresh records that a container was introduced by this rollout, before it is
// made: whoever goes on knows it by its name.
func (r *Roller) fresh(ctx context.Context, name string) error {
	return r.commit(ctx, func(e *ledger.Entry) error {
		if !slices.Contains(e.Work.Fresh, name) {
			e.Work.Fresh = append(e.Work.Fresh, name)
		}
		return nil
	})
}
