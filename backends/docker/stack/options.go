package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/world"
	"pitwall/serve/traffic"
)

// Containers are what the stack does with containers; *engine.Client has it.
type Containers interface {
	Container(ctx context.Context, nameOrID string) (engine.Container, error)
	Containers(ctx context.Context, labels ...string) ([]engine.Container, error)
	Create(ctx context.Context, s engine.Spec) (string, error)
	Start(ctx context.Context, id string) error
	Remove(ctx context.Context, id string) error
	Exec(ctx context.Context, id string, cmd []string, stdin io.Reader) (engine.ExecResult, error)
}

// Images are what the stack does with images; *engine.Client has it.
type Images interface {
	Image(ctx context.Context, ref string) (engine.Image, error)
	Images(ctx context.Context, label string) ([]engine.Image, error)
	Build(ctx context.Context, tag string, files map[string]engine.File, labels map[string]string) (string, error)
	RemoveImage(ctx context.Context, ref string) error
	UsersOf(ctx context.Context, image string) ([]string, error)
}

// Places are the networks and volumes; *engine.Client has them.
type Places interface {
	EnsureNetwork(ctx context.Context, name string, labels map[string]string) error
	Networks(ctx context.Context, label string) ([]engine.Network, error)
	RemoveNetwork(ctx context.Context, name string) error
	CreateVolume(ctx context.Context, name string, labels map[string]string) (engine.Volume, error)
	Volumes(ctx context.Context, label string) ([]engine.Volume, error)
	RemoveVolume(ctx context.Context, name string) error
}

// Engine is the Docker Engine that a stack is made on.
type Engine interface {
	Ping(ctx context.Context) (engine.Info, error)
	Containers
	Images
	Places
}

// Options say what to make. Binary, Version and Models are required by Up;
// Down needs Name and StateDir.
type Options struct {
	Name    string // of the stack; DefaultName when ""
	Binary  string // pitwall as a static executable for the engine's machine
	Version string // of pitwall, for the tags of its images
	Models  fs.FS  // seed models and their data under models/

	Door      string // kind of the front doors, as package frontdoor spells them; its Gateway when ""
	DoorImage string // for nginx and HAProxy; DefaultName/nginx or DefaultName/haproxy when ""
	StateDir  string // holds the configuration of nginx and HAProxy, which is a bind mount
	Local     bool   // the engine's files are this machine's

	Rate   float64           // requests a second to each front door; 0 for none
	Labels map[string]string // on everything that is made, besides pitwall's own
	Say    func(string)      // is told of every step in one line; nil for nobody
	Now    func() time.Time  // nil is time.Now

	KeepImages bool // Down leaves the images
}

// DefaultName is the name of the stack unless another one is asked for. Only
// its containers are named without a prefix.
const DefaultName = "pitwall"

// labelImage names the stack that an image was built for; labelContent is a
// digest of what is in it.
const (
	labelImage   = "com.pitwall.image"
	labelContent = "com.pitwall.image.content"
)

var stackName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (o Options) withDefaults() (Options, error) {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if o.Door == "" {
		o.Door = frontdoor.Gateway
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if !stackName.MatchString(o.Name) || len(o.Name) > 60 {
		return o, fmt.Errorf("stack name %q: use small letters, digits and single hyphens, at most 60", o.Name)
	}
	return o, nil
}

// check refuses what Up cannot do.
func (o Options) check() error {
	if o.Binary == "" || o.Version == "" || o.Models == nil {
		return errors.New("stack: Binary, Version and Models are required")
	}
	if kinds := []string{frontdoor.Gateway, frontdoor.NGINX, frontdoor.HAProxy}; !slices.Contains(kinds, o.Door) {
		return fmt.Errorf("front door %q: choose %s", o.Door, strings.Join(kinds, ", "))
	}
	if o.Rate < 0 || o.Rate > traffic.MaxRate {
		return fmt.Errorf("a rate of %v requests/s is not possible: use 0 (no traffic) to %d", o.Rate, traffic.MaxRate)
	}
	if o.Door != frontdoor.Gateway && !o.Local {
		return fmt.Errorf("front door %s reads its configuration from a directory of this machine, and the engine runs on another: use --front-door gateway", o.Door)
	}
	if o.Door != frontdoor.Gateway && o.StateDir == "" {
		return fmt.Errorf("front door %s needs a state directory for its configuration", o.Door)
	}
	return nil
}

// prefix begins the names of containers: they are the engine's, not the stack's.
func (o Options) prefix() string {
	if o.Name == DefaultName {
		return ""
	}
	return o.Name + "-"
}

// selector finds everything of the stack but its images.
func (o Options) selector() string { return world.LabelStack + "=" + o.Name }

// labels are on everything but images: the stack, then pairs of key and value.
func (o Options) labels(more ...string) map[string]string {
	labels := map[string]string{world.LabelStack: o.Name}
	for k, v := range o.Labels {
		labels[k] = v
	}
	for i := 0; i+1 < len(more); i += 2 {
		labels[more[i]] = more[i+1]
	}
	return labels
}
