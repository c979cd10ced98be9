package kubernetes

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	apps "k8s.io/api/apps/v1"

	"pitwall/backends"
	"pitwall/backends/internal/mask"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

var (
	_ backends.Reviser   = (*Backend)(nil)
	_ backends.Versioner = (*Backend)(nil)
)

// goodAfter is how long a revision has to have been the newest to count as
// known-good: Kubernetes keeps no record of how it did.
const goodAfter = time.Hour

// Revisions implements backends.Reviser: what the ReplicaSets of the variants'
// Deployments and the ControllerRevisions of their StatefulSets and DaemonSets
// keep. Numbers count up per workload.
func (b *Backend) Revisions(ctx context.Context, deployment string) ([]backends.Revision, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return nil, err
	}
	out := []backends.Revision{}
	if door := argo(s.found); door != nil {
		return argoRevisions(s, door, b.options.Now()), nil
	}
	for _, v := range s.found.Variants {
		list, err := b.revisionsOf(ctx, s, v)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortStableFunc(out, func(a, b backends.Revision) int { return cmp.Compare(b.Number, a.Number) })
	return out, nil
}

// revisionsOf are the revisions of one variant, newest first.
func (b *Backend) revisionsOf(ctx context.Context, s scene, v world.Variant) ([]backends.Revision, error) {
	if v.Workload == nil {
		return nil, nil
	}
	switch v.Workload.Kind {
	case objects.Deployment:
		return setsOf(s.space, v, b.options.Now()), nil
	case objects.StatefulSet, objects.DaemonSet:
		history, err := b.ordered(ctx, v.Workload)
		if err != nil {
			return nil, fmt.Errorf("read the revisions of the %s: %w", rollout.Ref(v.Workload), err)
		}
		was := func(r rollout.Revision) *objects.Workload { return r.Of(v.Workload) }
		return revisions(history, was, v, b.options.Now()), nil
	}
	return nil, nil
}

// ordered is the history of a StatefulSet or DaemonSet, which nothing watches:
// it is read when somebody asks.
func (b *Backend) ordered(ctx context.Context, w *objects.Workload) (rollout.History, error) {
	kept, err := b.controllerRevisions(ctx, w)
	if err != nil {
		return rollout.History{}, denied(err, "list", revisionsResource, w.Namespace)
	}
	if w.Kind == objects.StatefulSet {
		var s apps.StatefulSet
		if err := b.client.Get(ctx, store.StatefulSets, w.Namespace, w.Name, &s); err != nil {
			return rollout.History{}, denied(err, "get", store.StatefulSets, w.Namespace)
		}
		return rollout.StatefulSetHistory(&s, kept)
	}
	var d apps.DaemonSet
	if err := b.client.Get(ctx, store.DaemonSets, w.Namespace, w.Name, &d); err != nil {
		return rollout.History{}, denied(err, "get", store.DaemonSets, w.Namespace)
	}
	return rollout.DaemonSetHistory(&d, kept)
}

// setsOf are the revisions that ReplicaSets keep, newest first.
func setsOf(s *objects.Space, v world.Variant, now time.Time) []backends.Revision {
	was := func(r rollout.Revision) *objects.Workload { return s.Workload(objects.ReplicaSet, r.Name) }
	return revisions(rollout.Watched(v.Workload, s.Sets), was, v, now)
}

// revisions are those of a history, newest first; was is the workload as it was
// in one, nil where that is not seen.
func revisions(history rollout.History, was func(rollout.Revision) *objects.Workload, v world.Variant, now time.Time) []backends.Revision {
	out := make([]backends.Revision, 0, len(history.Revisions))
	last, _ := readNote(v.Workload.Meta, operationNote)
	var seen []*objects.Workload
	var turns turns
	for _, r := range history.Revisions {
		w := was(r)
		if w == nil {
			continue
		}
		kept := revision(w, v, int(r.Number), r.Current)
		kept.Reason = cmp.Or(kept.Reason, causeOf(w))
		turns.add(w, kept.CreatedAt)
		seen, out = append(seen, w), append(out, kept)
	}
	for i, w := range seen {
		judged(&out[i], w, turns.newest(w, out[i].Current, now), last.Doubts)
	}
	return out
}

// turn is that a template became the newest.
type turn struct {
	at   time.Time
	name string // of what keeps it
}

// turns are all that are known: that a template was taken again only pitwall's
// note tells, and only the last time.
type turns []turn

// add adds those of a template that was taken the last time at last.
func (t *turns) add(w *objects.Workload, last time.Time) {
	*t = append(*t, turn{w.Created, w.Name})
	if !last.Equal(w.Created) {
		*t = append(*t, turn{last, w.Name})
	}
}

// newest is for how long a template was the newest, until another took its turn;
// what has no known end counts for the current one only.
func (t turns) newest(w *objects.Workload, current bool, now time.Time) time.Duration {
	total := time.Duration(0)
	for _, own := range t {
		if own.name != w.Name {
			continue
		}
		end := time.Time{}
		for _, other := range t {
			if other.at.After(own.at) && (end.IsZero() || other.at.Before(end)) {
				end = other.at
			}
		}
		if end.IsZero() && current {
			end = now
		}
		total += max(0, end.Sub(own.at))
	}
	return total
}

// judged tells how good a revision is that a template keeps and that was the
// newest for a time.
func judged(r *backends.Revision, w *objects.Workload, newest time.Duration, doubts map[string]doubted) {
	why, broken := doubt(w, r.Current, doubts)
	if r.Doubt = why; !broken { // a template that crashes does not get better by being the newest
		r.GoodFor = newest
	}
	r.Good = why == "" && r.GoodFor >= goodAfter
}

// revision is what was kept of a workload.
func revision(set *objects.Workload, v world.Variant, number int, current bool) backends.Revision {
	kept := backends.Revision{Number: number, Variant: v.Name, Version: world.Version(set), CreatedAt: set.Created, Current: current, Unrecorded: true}
	if v.Workload != nil {
		kept.Replicas = v.Workload.Desired
	}
	if c, ok := world.Container(set); ok {
		kept.Image = c.Image
		for _, e := range c.Env {
			kept.Settings = append(kept.Settings, backends.Setting{Name: e.Name, Value: mask.Value(e.Name, e.Value)})
		}
	}
	if n, ok := madeBy(set); ok {
		kept.By, kept.Reason = n.By, n.Reason
		if n.At.Sub(set.Created) > sameChange { // a way back took it again
			kept.CreatedAt = n.At
		}
	}
	if current {
		for _, p := range v.Pods {
			if of := p.Labels[rollout.RevisionLabel]; p.Owner.UID == set.UID && (of == "" || of == set.Name) {
				kept.Digest = cmp.Or(kept.Digest, world.Digest(p, ""))
			}
		}
	}
	return kept
}

// Versions implements backends.Versioner: what ran in any variant, newest
// first, and behind it what something speaks against.
func (b *Backend) Versions(ctx context.Context, deployment string) ([]backends.Version, error) {
	revisions, err := b.Revisions(ctx, deployment)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(revisions, func(a, b backends.Revision) int {
		switch { // what is doubtful comes last: nobody takes it by mistake
		case a.Doubt == "" && b.Doubt != "":
			return -1
		case a.Doubt != "" && b.Doubt == "":
			return 1
		}
		return b.CreatedAt.Compare(a.CreatedAt)
	})
	out := []backends.Version{}
	for _, r := range revisions {
		if r.Image == "" || slices.ContainsFunc(out, func(v backends.Version) bool { return v.Image == r.Image }) {
			continue
		}
		version := backends.Version{Version: r.Version, Image: r.Image, Digest: r.Digest, Note: "ran as " + r.Variant}
		if r.Current {
			version.Note = "runs as " + r.Variant
		}
		if r.Doubt != "" {
			version.Note = "asked for as " + r.Variant + ": " + r.Doubt
		}
		if _, digest, ok := strings.Cut(r.Image, "@"); ok {
			version.Digest = digest
		}
		out = append(out, version)
	}
	return out, nil
}
