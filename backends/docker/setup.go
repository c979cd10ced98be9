package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/setup"
	"pitwall/backends/docker/world"
)

// Setup implements backends.Configurer.
func (b *Backend) Setup(ctx context.Context, deployment string) (backends.Setup, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return backends.Setup{}, err
	}
	r := &reader{asked: b.engine, local: b.engine.Local(), images: make(map[string]foundImage)}
	return r.setup(ctx, s), nil
}

// asked is what a reader asks the engine; *engine.Client has it.
type asked interface {
	Image(ctx context.Context, ref string) (engine.Image, error)
	FileSize(ctx context.Context, id, name string) (int64, error)
	ReadFile(ctx context.Context, id, name string) ([]byte, error)
}

// reader reads how one deployment is set up, once.
type reader struct {
	asked
	local  bool // the engine is on this machine
	images map[string]foundImage
}

// foundImage is what the engine said of an image.
type foundImage struct {
	engine.Image
	there bool
	err   error // why it is not known
}

func (r *reader) setup(ctx context.Context, s scene) backends.Setup {
	listed := join(s)
	out := backends.Setup{Balancer: s.balancer(listed)}
	for _, v := range listed.Variants {
		found, _ := s.Found.Variant(v.Name)
		members := foremost(found.Members, v.Digest)
		out.Variants = append(out.Variants, backends.VariantSetup{
			Variant: v.Name, Containers: r.containers(ctx, v.Name, members), Replacing: s.replacing(members, r.local), Earlier: r.earlier(ctx, s, v),
			Autoscaler: backends.NotHere[backends.Autoscaler]("plain Docker scales nothing by itself"),
			ModelBytes: r.modelBytes(ctx, v.Name, members), Logging: logging(v.Name, members)})
	}
	return out
}

// foremost puts the members first that run what the listing shows: while a
// rollout goes on there are others.
func foremost(members []world.Member, digest string) []world.Member {
	behind := func(m world.Member) int {
		if m.Container.ImageID == digest {
			return 0
		}
		return 1
	}
	members = slices.Clone(members)
	slices.SortStableFunc(members, func(a, b world.Member) int { return behind(a) - behind(b) })
	return members
}

// containersPath is what the engine was asked for when it has no container to ask about.
const containersPath = "GET /containers/json"

// without is why nothing is known of a variant that has no container.
func without[T any](variant string) backends.Fact[T] {
	return backends.NotKnown[T](containersPath, fmt.Errorf("%s has no container now: start one, then look again", variant))
}

// containers are those of a variant that differ in how they are set up, one of
// each: somebody may have changed a limit of one of them.
func (r *reader) containers(ctx context.Context, variant string, members []world.Member) backends.Fact[[]backends.Container] {
	if len(members) == 0 {
		return without[[]backends.Container](variant)
	}
	var out []backends.Container
	seen := make(map[string]bool)
	for _, m := range members {
		image := r.image(ctx, m.Container.ImageID)
		if image.err != nil {
			return backends.NotKnown[[]backends.Container](imagePath(m.Container.ImageID), image.err)
		}
		c := setup.Container(m, image.Image, asksPath(m, r.local))
		c.User = r.resolved(ctx, m, c.User)
		if text := unnamed(c); !seen[text] {
			seen[text] = true
			out = append(out, c)
		}
	}
	return backends.Known(out, setup.Inspected(members[0].Container.Name))
}

// unnamed is a container as a text without what every one has of its own.
func unnamed(c backends.Container) string {
	c.Name, c.User.From = "", ""
	return fmt.Sprintf("%+v", c)
}

// asksPath reports whether pitwall itself asks a member's readiness path, as
// Backend.probe does.
func asksPath(m world.Member, local bool) bool {
	return local && (m.Container.Address("") != "" || !m.Container.Running())
}

// resolved finds the UID of a user who is given by name.
func (r *reader) resolved(ctx context.Context, m world.Member, u backends.Fact[backends.User]) backends.Fact[backends.User] {
	if u.Value.UID >= 0 {
		return u
	}
	const passwd = "/etc/passwd"
	text, err := r.ReadFile(ctx, m.Container.ID, passwd)
	if gone := (*engine.NotFoundError)(nil); errors.As(err, &gone) {
		return u
	}
	if err != nil {
		return backends.NotKnown[backends.User](u.From, fmt.Errorf("find the UID of user %q: %w", u.Value.Name, err))
	}
	if uid, found := setup.UID(text, u.Value.Name); found {
		u.Value.UID, u.From = uid, u.From+" and "+passwd+" in "+m.Container.Name
	}
	return u
}

func imagePath(ref string) string { return "GET /images/" + ref + "/json" }

// image asks for an image once. One that is not there is no error.
func (r *reader) image(ctx context.Context, ref string) foundImage {
	if known, ok := r.images[ref]; ok {
		return known
	}
	image, err := r.Image(ctx, ref)
	found := foundImage{Image: image, there: err == nil, err: err}
	if gone := (*engine.NotFoundError)(nil); errors.As(err, &gone) {
		found.err = nil
	}
	r.images[ref] = found
	return found
}

// replacing is how pitwall replaces replicas, with a grace of its own. Without a
// front door it replaces none, and whoever else does stops the old ones first, as
// `docker-compose up`, and gives them as long as they ask for.
func (s scene) replacing(members []world.Member, local bool) backends.Fact[backends.Replacing] {
	longest := time.Duration(0)
	for _, m := range members {
		longest = max(longest, m.Container.StopTimeout)
	}
	if s.Found.Door == nil {
		return backends.Known(backends.Replacing{Strategy: "Recreate", Unavailable: "100%", Grace: cmp.Or(longest, engineGrace)}, containersPath)
	}
	if s.doorErr != nil {
		return backends.NotKnown[backends.Replacing](frontDoorOf(s.Found), s.doorErr)
	}
	blind := func(m world.Member) bool { return !asksPath(m, local) && m.Container.Health.Status == "" }
	return backends.Known(backends.Replacing{Strategy: "front door", StartsFirst: true, Unavailable: "0", Grace: max(rollout.DefaultGrace, longest),
		Gated: !slices.ContainsFunc(members, blind), Drains: true, Deadline: rollout.DefaultStart}, frontDoorOf(s.Found))
}

// engineGrace is how long the engine gives a container that says nothing.
const engineGrace = 10 * time.Second

// earlier tells which revisions before the one that runs could run again.
func (r *reader) earlier(ctx context.Context, s scene, v backends.Variant) backends.Fact[[]backends.EarlierImage] {
	const from = "the ledger and the images of the engine"
	if s.ledger != nil {
		return backends.NotKnown[[]backends.EarlierImage](from, s.ledger)
	}
	out := []backends.EarlierImage{}
	for _, rev := range slices.Backward(s.Entry.Conf.Revisions) {
		if rev.Variant != v.Name || rev.Number >= v.Revision {
			continue
		}
		ref := rollout.ImageOf(rev.Model)
		image := r.image(ctx, ref)
		if image.err != nil {
			return backends.NotKnown[[]backends.EarlierImage](from, image.err)
		}
		e := backends.EarlierImage{Revision: rev.Number, Image: rev.Model.File, There: image.there}
		if rev.Model.SHA256 != "" {
			e.Digest = ref
		}
		if image.there {
			e.Digest = setup.Digest(image.Image, rev.Model.File)
		}
		out = append(out, e)
	}
	return backends.Known(out, from)
}

// modelBytes is the size of the model file of the first member.
func (r *reader) modelBytes(ctx context.Context, variant string, members []world.Member) backends.Fact[int64] {
	if len(members) == 0 {
		return without[int64](variant)
	}
	m := members[0]
	path := setup.ModelPath(m)
	if path == "" {
		return backends.NotKnown[int64](setup.Inspected(m.Container.Name),
			fmt.Errorf("the command of %s names no model file: label its container %s with the path", m.Container.Name, world.LabelModel))
	}
	from := fmt.Sprintf("HEAD /containers/%s/archive?path=%s", m.Container.Name, path)
	size, err := r.FileSize(ctx, m.Container.ID, path)
	if err != nil {
		return backends.NotKnown[int64](from, err)
	}
	return backends.Known(size, from)
}

// logging is the engine's log driver of the first member.
func logging(variant string, members []world.Member) backends.Fact[string] {
	if len(members) == 0 {
		return without[string](variant)
	}
	c := members[0].Container
	if c.LogDriver == "" {
		return backends.NotKnown[string](setup.Inspected(c.Name), fmt.Errorf("the engine does not tell the log driver of %s", c.Name))
	}
	return backends.Known(c.LogDriver, setup.Inspected(c.Name))
}
