package kubernetes

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/mask"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
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
// Deployments keep. Numbers count up per workload.
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
		if v.Workload != nil && v.Workload.Kind == objects.Deployment {
			out = append(out, revisionsOf(s.space, v, b.options.Now())...)
		}
	}
	slices.SortStableFunc(out, func(a, b backends.Revision) int { return cmp.Compare(b.Number, a.Number) })
	return out, nil
}

// revisionsOf are the revisions of one variant, newest first.
func revisionsOf(s *objects.Space, v world.Variant, now time.Time) []backends.Revision {
	history := rollout.Watched(v.Workload, s.Sets)
	out := make([]backends.Revision, 0, len(history.Revisions))
	until := now
	for _, r := range history.Revisions {
		set := s.Workload(objects.ReplicaSet, r.Name)
		if set == nil {
			continue
		}
		kept := revision(set, v, int(r.Number), r.Current, until)
		kept.Reason = cmp.Or(kept.Reason, mask.Text(r.Cause))
		until = r.Created
		out = append(out, kept)
	}
	return out
}

// revision is what a ReplicaSet keeps, which was the newest until then.
func revision(set *objects.Workload, v world.Variant, number int, current bool, until time.Time) backends.Revision {
	kept := backends.Revision{Number: number, Variant: v.Name, Version: world.Version(set), CreatedAt: set.Created, Current: current, GoodFor: until.Sub(set.Created)}
	if v.Workload != nil {
		kept.Replicas = v.Workload.Desired
	}
	if c, ok := world.Container(set); ok {
		kept.Image = c.Image
		for _, e := range c.Env {
			kept.Settings = append(kept.Settings, backends.Setting{Name: e.Name, Value: mask.Value(e.Name, e.Value)})
		}
	}
	if n, ok := readNote(set.Meta, operationNote); ok {
		kept.By, kept.Reason = n.By, n.Reason
	}
	if current {
		for _, p := range v.Pods {
			if p.Owner.UID == set.UID {
				kept.Digest = cmp.Or(kept.Digest, world.Digest(p, ""))
			}
		}
		if set.Ready == 0 && set.Desired > 0 {
			kept.GoodFor = 0 // a template that crashes does not get better by being the newest
		}
	}
	kept.Good = kept.GoodFor >= goodAfter
	return kept
}

// Versions implements backends.Versioner: what ran in any variant, newest
// first.
func (b *Backend) Versions(ctx context.Context, deployment string) ([]backends.Version, error) {
	revisions, err := b.Revisions(ctx, deployment)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(revisions, func(a, b backends.Revision) int { return b.CreatedAt.Compare(a.CreatedAt) })
	out := []backends.Version{}
	for _, r := range revisions {
		if r.Image == "" || slices.ContainsFunc(out, func(v backends.Version) bool { return v.Image == r.Image }) {
			continue
		}
		version := backends.Version{Version: r.Version, Image: r.Image, Digest: r.Digest, Note: "ran as " + r.Variant}
		if r.Current {
			version.Note = "runs as " + r.Variant
		}
		if _, digest, ok := strings.Cut(r.Image, "@"); ok {
			version.Digest = digest
		}
		out = append(out, version)
	}
	return out, nil
}
