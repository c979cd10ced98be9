package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/errdefs"

	"pitwall/backends/docker/engine"
)

// shared is an engine on which somebody else made containers from images of the
// stack.
type shared struct {
	Engine
	users   map[string][]string // by image
	removed []string
}

func (s *shared) Containers(context.Context, ...string) ([]engine.Container, error) {
	return []engine.Container{{ID: "1", Name: "model-api-a"}}, nil
}
func (s *shared) Remove(_ context.Context, id string) error { return s.gone("container " + id) }
func (s *shared) Networks(context.Context, string) ([]engine.Network, error) {
	return []engine.Network{{ID: "n", Name: "pitwall"}}, nil
}
func (s *shared) RemoveNetwork(_ context.Context, id string) error { return s.gone("network " + id) }
func (s *shared) Volumes(context.Context, string) ([]engine.Volume, error) {
	return []engine.Volume{{Name: "v"}}, nil
}
func (s *shared) RemoveVolume(_ context.Context, name string) error { return s.gone("volume " + name) }
func (s *shared) Images(context.Context, string) ([]engine.Image, error) {
	return []engine.Image{{ID: "i1", Tags: []string{"pitwall/model-api:1"}}, {ID: "i2", Tags: []string{"pitwall/serve:1"}}, {ID: "i3", Tags: []string{"pitwall/wine-api:1"}}}, nil
}
func (s *shared) UsersOf(_ context.Context, ref string) ([]string, error) { return s.users[ref], nil }
func (s *shared) RemoveImage(_ context.Context, ref string) error {
	if by, used := s.users[ref]; used {
		return fmt.Errorf("remove image %s: %w: it is used (%d)", ref, errdefs.ErrConflict, len(by))
	}
	return s.gone("image " + ref)
}

func (s *shared) gone(what string) error {
	s.removed = append(s.removed, what)
	return nil
}

func TestDownTellsWhoUsesAnImageAndRemovesTheRest(t *testing.T) {
	e := &shared{users: map[string][]string{"pitwall/model-api:1": {"theirs", "theirs-too"}, "pitwall/serve:1": nil}}
	done, err := Down(t.Context(), e, Options{})
	var used *InUseError
	if !errors.As(err, &used) || used.Image != "pitwall/model-api:1" || !slices.Equal(used.By, []string{"theirs", "theirs-too"}) {
		t.Fatalf("down says %v", err)
	}
	for _, want := range []string{"image pitwall/model-api:1 stays, containers theirs, theirs-too use it", "`docker rm -f theirs theirs-too`", "it is used (0)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("down does not say %q: %v", want, err)
		}
	}
	if want := []string{"container 1", "network n", "volume v", "image pitwall/wine-api:1"}; !slices.Equal(e.removed, want) || !slices.Equal(done.Images, []string{"pitwall/wine-api:1"}) {
		t.Errorf("removed %v (%v), want %v", e.removed, done.Images, want)
	}
}
