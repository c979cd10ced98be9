package docker

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/compose"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// afterwards tells what the next `docker-compose up` does with the containers
// that a rollout makes, and what to write into the Compose file.
func (b *Backend) afterwards(ctx context.Context, s *scene, p desired.Plan) []backends.Effect {
	ro := p.Conf.Rollout
	if !p.Rolls || ro == nil || s.Found.Project == "" {
		return nil
	}
	var out []backends.Effect
	say := func(format string, args ...any) {
		out = append(out, backends.Effect{What: "docker-compose up", After: fmt.Sprintf(format, args...)})
	}
	service, ok := serviceOf(s.Found, ro.Variant)
	if !ok {
		if v, known := s.Found.Variant(ro.Variant); !known || len(v.Members) == 0 {
			say("the containers of %s are none of Compose's: up and down leave them alone", ro.Variant)
		}
		return out
	}
	said, err := service.Said()
	if err != nil {
		say("it is not known what it will do with service %s: %v", service.Name, err)
		return out
	}
	if rev := p.Conf.Revision(ro.To); rev != nil && "sha256:"+rev.Model.SHA256 != service.ImageID {
		b.afterImage(ctx, service, said, rev.Model, say)
	}
	if v := p.Conf.Variant(ro.Variant); v != nil && strconv.Itoa(v.Replicas) != said.Replicas {
		say("%s says %s replicas of service %s: set %d there, or the next up goes back to %s", said.File, said.Replicas, service.Name, v.Replicas, said.Replicas)
	}
	if retired, ok := serviceOf(s.Found, ro.Candidate); ok {
		say("the next up starts service %s again, without traffic: take it out of %s", retired.Name, said.File)
	}
	return out
}

// afterImage tells what comes of another image.
func (b *Backend) afterImage(ctx context.Context, service compose.Service, said compose.Said, m desired.Model, say func(string, ...any)) {
	_, err := b.composed(ctx, service, m.File, "sha256:"+m.SHA256)
	old := said.Image
	if old == "" {
		old = service.Image
	}
	switch {
	case errors.Is(err, compose.ErrDiffers):
		say("%s says something else of service %s than what runs: the next up makes its containers anew, all at once, from %s", said.File, service.Name, old)
	case err != nil:
		say("Compose cannot be asked (%v): while %s stays as it is, the next up keeps the containers of service %s; once it names %s, up makes them anew, all at once",
			err, said.File, service.Name, m.File)
	case said.Names(m.File):
		say("%s names %s for service %s as well: the next up keeps its containers", said.File, m.File, service.Name)
	default:
		say("%s still names image %s for service %s: set image %s there, or the next up brings %s back, all containers at once", said.File, old, service.Name, m.File, old)
	}
}

// serviceOf is the Compose service of a variant.
func serviceOf(d world.Deployment, variant string) (compose.Service, bool) {
	v, _ := d.Variant(variant)
	for _, m := range append(v.Members[:len(v.Members):len(v.Members)], v.Kept...) {
		if service, ok := compose.ServiceOf(m.Container); ok {
			return service, true
		}
	}
	return compose.Service{}, false
}

// errElsewhere says that Compose and its file are another machine's.
var errElsewhere = errors.New("the engine is on another machine")

// composed are the labels by which Compose takes a container of that image for
// its service's own.
func (b *Backend) composed(ctx context.Context, service compose.Service, image, id string) (map[string]string, error) {
	if !b.engine.Local() {
		return nil, errElsewhere
	}
	return b.compose.Labels(ctx, service, image, id)
}

// containers is the engine for a rollout.
type containers struct {
	*engine.Client
	backend *Backend
}

// Clone implements rollout.Containers. An image that is named by its id gets a
// name that it has, for people; a container of a Compose service gets the
// labels by which Compose takes it for its own, where Compose can tell them.
func (c containers) Clone(ctx context.Context, from string, spec engine.CloneSpec) (string, error) {
	image, err := c.Image(ctx, spec.Image)
	if err == nil {
		spec.Image = image.Called(spec.Called)
	}
	model, err := c.Container(ctx, from)
	if err != nil {
		return "", err
	}
	if service, ok := compose.ServiceOf(model); ok && !spec.Uncomposed && image.ID != "" {
		// Without an answer its labels stay as they are: the plan said so.
		labels, _ := c.backend.composed(ctx, service, spec.Image, image.ID)
		for key, value := range labels {
			spec.Labels[key] = value
		}
	}
	return c.Client.Clone(ctx, from, spec)
}
