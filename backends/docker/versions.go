package docker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
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
		return []backends.Setting{{Name: "image id", Value: short(m.SHA256)}}
	}), nil
}

// Versions implements backends.Versioner: the images that carry the name of the
// deployment, and those that it ran before.
func (b *Backend) Versions(ctx context.Context, deployment string) ([]backends.Version, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return nil, err
	}
	if err := b.addImages(ctx, &s); err != nil {
		return nil, err
	}
	return s.Entry.Conf.Versions(), nil
}

// addImages adds the images of the engine that deploy can name.
func (b *Backend) addImages(ctx context.Context, s *scene) error {
	images, err := b.engine.Images(ctx, "")
	if err != nil {
		return fmt.Errorf("list images: %w", err)
	}
	repositories := map[string]bool{}
	for _, r := range s.Entry.Conf.Revisions {
		repositories[repository(r.Model.File)] = true
	}
	models := s.Entry.Conf.Models
	for _, image := range images {
		for _, tag := range image.Tags {
			if image.Labels[world.LabelDeployment] != s.Found.Name && !repositories[repository(tag)] {
				continue
			}
			m := modelOf(image, tag)
			if !slices.ContainsFunc(models, func(o desired.Model) bool { return o.Version == m.Version }) {
				models = append(models, m)
			}
		}
	}
	s.Entry.Conf.Models = models
	return nil
}

// modelOf is what an image runs. Its version is what its label says, else its tag.
func modelOf(image engine.Image, ref string) desired.Model {
	return desired.Model{Version: cmp.Or(image.Labels[world.LabelVersion], tag(ref), short(strings.TrimPrefix(image.ID, "sha256:"))),
		File: ref, SHA256: strings.TrimPrefix(image.ID, "sha256:"), AddedAt: image.Created}
}

// repository is an image reference without its tag or digest.
func repository(ref string) string {
	ref, _, _ = strings.Cut(ref, "@")
	if i := strings.LastIndexByte(ref, ':'); i > strings.LastIndexByte(ref, '/') {
		return ref[:i]
	}
	return ref
}

func tag(ref string) string { return strings.TrimPrefix(strings.TrimPrefix(ref, repository(ref)), ":") }

// short cuts a digest for people.
func short(digest string) string { return digest[:min(12, len(digest))] }
