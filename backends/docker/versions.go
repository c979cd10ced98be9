package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// Revisions implements backends.Reviser.
func (b *Backend) Revisions(ctx context.Context, deployment string) ([]backends.Revision, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return nil, err
	}
	accrue(&s.Entry.Conf, s)
	return s.Entry.Conf.History(func(m desired.Model) []backends.Setting {
		return []backends.Setting{{Name: "image id", Value: world.ShortID(m.SHA256)}}
	}), nil
}

// Versions implements backends.Versioner: the images that carry the name of the
// deployment, and those that it ran before.
func (b *Backend) Versions(ctx context.Context, deployment string) ([]backends.Version, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return nil, err
	}
	if _, err := b.addImages(ctx, &s); err != nil {
		return nil, err
	}
	return s.Entry.Conf.Versions(), nil
}

// addImages makes the models of a scene those whose image the engine has, and
// gives the ones that are remembered and whose image is gone.
func (b *Backend) addImages(ctx context.Context, s *scene) (gone []desired.Model, err error) {
	images, err := b.engine.Images(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	s.Entry.Conf.Models, gone = named(s.Entry.Conf, images)
	return gone, nil
}

// named are the models that a deployment can run from the images of the engine,
// those that are remembered first. A version that was built anew under its tag
// takes the place of the one whose image is gone.
func named(conf desired.Deployment, images []engine.Image) (models, gone []desired.Model) {
	repositories := map[string]bool{}
	for _, r := range conf.Revisions {
		repositories[world.Repository(r.Model.File)] = true
	}
	there := make(map[string]bool, len(images))
	for _, image := range images {
		there[modelOf(image, "").SHA256] = true
	}
	for _, m := range conf.Models {
		if there[m.SHA256] {
			models = append(models, m)
		} else {
			gone = append(gone, m)
		}
	}
	has := func(version string) bool {
		return slices.ContainsFunc(models, func(m desired.Model) bool { return m.Version == version })
	}
	for _, image := range images {
		for _, tag := range image.Tags {
			if image.Labels[world.LabelDeployment] != conf.Name && !repositories[world.Repository(tag)] {
				continue
			}
			if m := modelOf(image, tag); !has(m.Version) {
				models = append(models, m)
			}
		}
	}
	return models, slices.DeleteFunc(gone, func(m desired.Model) bool { return has(m.Version) })
}

// makeable refuses a rollout that has to make containers from an image that the
// engine has no longer.
func (b *Backend) makeable(ctx context.Context, s scene, p desired.Plan, c backends.Change) error {
	model, makes := s.makes(p)
	if !makes {
		return nil
	}
	_, err := b.engine.Image(ctx, rollout.ImageOf(model))
	if missing := (*engine.NotFoundError)(nil); errors.As(err, &missing) {
		return &backends.UnsupportedError{Op: c.Op, Reason: fmt.Sprintf("the image %s of version %s (sha256 %s) is not on the engine: `docker pull %[1]s`, or build it there again and deploy it",
			model.File, model.Version, world.ShortID(model.SHA256))}
	}
	return err
}

// makes is what a rollout makes containers of, false when those that are there
// or were kept are enough.
func (s scene) makes(p desired.Plan) (desired.Model, bool) {
	ro := p.Conf.Active()
	if ro == nil || !p.Rolls {
		return desired.Model{}, false
	}
	rev, want := p.Conf.Revision(ro.To), p.Conf.Variant(ro.Variant)
	if rev == nil || want == nil || rev.Model.SHA256 == "" && rev.Model.File == "" {
		return desired.Model{}, false
	}
	found, _ := s.Found.Variant(ro.Variant)
	same := func(members []world.Member) (n int) {
		for _, m := range members {
			if !m.Compose && sameModel(memberModel(m), rev.Model) {
				n++
			}
		}
		return n
	}
	have := 0
	switch ro.Operation { // a deploy and a restart want new ones
	case backends.OpRollback:
		have = same(found.Kept)
	case backends.OpScale:
		have = same(found.Kept) + len(found.Members)
	}
	return rev.Model, have < want.Replicas
}

// lostReplicas are how many containers each variant lacks of those that are
// wanted: the engine makes none anew.
func (s scene) lostReplicas() map[string]int {
	lost := make(map[string]int)
	for _, v := range s.Entry.Conf.Variants {
		found, _ := s.Found.Variant(v.Name)
		lost[v.Name] = max(0, v.Replicas-len(found.Members))
	}
	return lost
}

// modelOf is what an image runs. Its version is what its label says, else its tag.
func modelOf(image engine.Image, ref string) desired.Model {
	return desired.Model{Version: cmp.Or(image.Labels[world.LabelVersion], world.Tag(ref), world.ShortID(image.ID)),
		File: ref, SHA256: strings.TrimPrefix(image.ID, "sha256:"), AddedAt: image.Created}
}
