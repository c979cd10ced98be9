package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// planWorkload plans a change of the workload of one variant.
func (m *MutableBackend) planWorkload(ctx context.Context, s scene, c backends.Change) (plan, error) {
	v, err := s.variant(c.Variant)
	if err != nil {
		return plan{}, err
	}
	w := v.Workload
	switch {
	case w == nil:
		return plan{}, refuse(c.Op, "no workload of %s was found", v.Name)
	case w.Kind == objects.ReplicaSet && argo(s.found) == nil:
		return plan{}, refuse(c.Op, "the %s %s makes the pods of %s: change it there", strings.ToLower(w.Owner.Kind), w.Owner.Name, v.Name)
	case !s.replaceable(c.Op):
		return plan{}, refuse(c.Op, "the %s of %s is in progress: let it end, or abort it", s.shown.Rollout.Operation, s.shown.Rollout.Variant)
	}
	if door := argo(s.found); door != nil {
		return m.planArgo(ctx, s, door, v, c)
	}
	p, err := m.planOf(ctx, s, v, c)
	if err != nil {
		return plan{}, withOp(err, c.Op)
	}
	return s.fromRollout(c, v, p), nil
}

// replaceable reports whether an operation may change the workload that is
// rolled out now, if one is: to go back, and where waiting leads nowhere.
func (s scene) replaceable(op backends.Op) bool {
	r := s.shown.Rollout
	return r == nil || op == backends.OpRollback || r.Stuck || r.Message != "" || r.First() && (op == backends.OpDeploy || op == backends.OpScale)
}

// deadOnArrival reports whether a variant is rolled out for the first time and
// nothing of it answers: without replicas it answers no less.
func (s scene) deadOnArrival(v world.Variant) bool {
	r := s.shown.Rollout
	shown, _ := s.shown.Variant(v.Name)
	return r != nil && r.First() && r.Variant == v.Name && shown.Ready == 0
}

func (m *MutableBackend) planOf(ctx context.Context, s scene, v world.Variant, c backends.Change) (rollout.Plan, error) {
	switch w := v.Workload; c.Op {
	case backends.OpScale:
		if c.Replicas == 0 && v.Weight > 0 && !s.deadOnArrival(v) {
			return rollout.Plan{}, refuse(c.Op, "%s has %s of the requests: give it no weight first", v.Name, percent(v.Weight))
		}
		return rollout.Scale(w, c.Replicas, s.space.Scalers)
	case backends.OpRestart:
		return rollout.Restart(w, m.options.Now(), cause(c))
	case backends.OpDeploy:
		image, err := m.image(ctx, s, v, c)
		if err != nil {
			return rollout.Plan{}, err
		}
		container, _ := world.Container(w)
		p, err := rollout.SetImage(w, container.Name, image, deployedLabel(w, image, c.Version), cause(c))
		p.Notes = append(p.Notes, stays)
		return p, err
	default:
		p, err := m.undo(ctx, v, int64(c.Revision), c)
		p.Notes = append(p.Notes, weightsStay)
		return p, err
	}
}

// deployedLabel is the label of the version that a deploy needs, nil for none:
// the version that is named, else the tag or the digest of the image, since a
// label that is there tells what ran before.
func deployedLabel(w *objects.Workload, image, version string) map[string]string {
	container, _ := world.Container(w)
	full, err := rollout.Image(container.Image, image)
	if err != nil {
		return nil // which the plan of the image says
	}
	if _, fixed := w.Selector[world.LabelVersion]; version == "" && !fixed {
		version = world.ImageVersion(full)
	}
	if version == "" {
		return nil
	}
	return versionLabel(w, version, full)
}

// stays is what people used to backends that go back by themselves have to know.
const stays = "Kubernetes takes nothing back by itself: what does not get ready stays half rolled out until somebody rolls back"

// image is what a deploy runs: the image that is named, else the one that ran
// as that version before.
func (m *MutableBackend) image(ctx context.Context, s scene, v world.Variant, c backends.Change) (string, error) {
	if c.Image != "" {
		return c.Image, nil
	}
	known, err := m.Versions(ctx, s.shown.Name)
	if err != nil {
		return "", err
	}
	have := make([]string, 0, len(known))
	for _, k := range known {
		if k.Version == c.Version {
			return k.Image, nil
		}
		have = append(have, k.Version)
	}
	return "", &backends.NotFoundError{Kind: "version", Name: c.Version, Have: have}
}

func (s scene) fromRollout(c backends.Change, v world.Variant, p rollout.Plan) plan {
	out := plan{writes: []split.Write{{Patch: p.Patch}}, effects: p.Effects, notes: p.Notes, about: rollout.Ref(v.Workload), note: note{Images: p.Images, Doubts: s.doubts(c, v, p.Images)}}
	for _, step := range p.Then {
		out.notes = append(out.notes, step.Text)
	}
	out.text = fmt.Sprintf("%s of %s by %s", c.Op, v.Name, c.By)
	out.text += listed(p.Effects)
	return out
}

// listed writes effects behind the line that tells of a change.
func listed(effects []backends.Effect) string {
	text := ""
	for _, e := range effects {
		text += fmt.Sprintf("; %s: %s -> %s", e.What, e.Before, e.After)
	}
	return text
}

// planHold pauses or resumes: at the controller above the front door when it
// can, else the workload that is rolled out.
func (s scene) planHold(c backends.Change, now time.Time) (plan, error) {
	if s.controls(c.Op) {
		return s.planAct(c)
	}
	if p, ok := promoting(s.found); ok && c.Op == backends.OpResume && !p.a.Workload.Paused {
		return s.planCarryOn(c, p, now)
	}
	v, err := s.rolled(c.Op)
	if err != nil {
		return plan{}, err
	}
	if v.Workload == nil {
		return plan{}, refuse(c.Op, "no workload of %s was found", v.Name)
	}
	hold := rollout.Pause
	if c.Op == backends.OpResume {
		hold = rollout.Resume
	}
	p, err := hold(v.Workload)
	if err != nil {
		return plan{}, withOp(err, c.Op)
	}
	return s.fromRollout(c, v, p), nil
}

// rolled is the variant that is rolled out; to be resumed, where nothing is, one
// that somebody paused.
func (s scene) rolled(op backends.Op) (world.Variant, error) {
	if r := s.shown.Rollout; r != nil {
		return s.variant(r.Variant)
	}
	i := slices.IndexFunc(s.shown.Variants, func(v backends.Variant) bool { return v.Held })
	if i < 0 || op != backends.OpResume {
		return world.Variant{}, refuse(op, "no rollout is in progress")
	}
	return s.found.Variants[i], nil
}

// controls reports whether a controller above the front door is who is asked for
// an operation: one that goes through steps is, also for what it refuses now.
func (s scene) controls(op backends.Op) bool {
	door := s.found.Door
	return door != nil && (door.Rollout != nil || slices.Contains(door.Verbs, op))
}

// planAbort gives stable all requests, and takes back the rollout in progress.
func (m *MutableBackend) planAbort(ctx context.Context, s scene, c backends.Change) (plan, error) {
	if s.controls(backends.OpAbort) {
		return s.planAct(c)
	}
	var out plan
	want := s.all(backends.Stable)
	if s.found.Door != nil && !s.shown.Split().Equal(want) {
		p, err := s.planSplit(c, want)
		if err != nil {
			return plan{}, err
		}
		out = p
	}
	if r := s.shown.Rollout; r != nil {
		v, err := s.variant(r.Variant)
		if err != nil {
			return plan{}, err
		}
		if r.First() {
			return s.leave(c, v, out)
		}
		p, err := m.undo(ctx, v, 0, c)
		if err != nil {
			return plan{}, withOp(err, c.Op)
		}
		back := s.fromRollout(c, v, p)
		if len(out.writes) == 0 {
			back.notes = append(back.notes, weightsStay)
		}
		back.writes, back.effects, back.notes = append(out.writes, back.writes...), append(out.effects, back.effects...), append(out.notes, back.notes...)
		back.note.Split = out.note.Split
		out = back
	}
	if len(out.writes) == 0 {
		return plan{}, refuse(c.Op, "A has all requests already, and nothing rolls")
	}
	return out, nil
}

// leave is what an abort does of a first deploy: nothing. Its objects are
// people's own; only requests that it gets are taken from it.
func (s scene) leave(c backends.Change, v world.Variant, moved plan) (plan, error) {
	w := v.Workload
	left := fmt.Sprintf("nothing ran before the %s: deploy another image, scale %s to 0, or remove it (kubectl delete %s %s -n %s)",
		s.shown.Rollout.Title(), v.Name, strings.ToLower(w.Kind), w.Name, w.Namespace)
	if len(moved.writes) == 0 {
		return plan{}, refuse(c.Op, "%s", left)
	}
	moved.notes = append(moved.notes, left)
	return moved, nil
}
