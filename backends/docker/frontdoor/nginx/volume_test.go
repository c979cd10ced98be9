package nginx

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
	"pitwall/backends/docker/internal/dockertest"
)

// startOnVolume runs nginx with its configuration in a volume, as that of
// another machine.
func (s *stand) startOnVolume(t *testing.T, name string, readOnly bool) (*Door, engine.Container) {
	t.Helper()
	text, err := Generate(Options{Deployment: "churn", Split: backends.Split{"A": 90, "B": 10}, Members: s.members, By: "test", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	volume, err := s.engine.CreateVolume(t.Context(), s.prefix+"-"+name, dockertest.Labels(s.prefix))
	if err != nil {
		t.Fatal(err)
	}
	mount := engine.Mount{Type: "volume", Name: volume.Name, Destination: "/etc/nginx"}
	filler, err := s.engine.Create(t.Context(), engine.Spec{Name: s.prefix + "-fill-" + name, Image: s.image, Mounts: []engine.Mount{mount}})
	if err == nil {
		err = s.engine.CopyInto(t.Context(), filler, "/etc/nginx", map[string]engine.File{"nginx.conf": {Data: text, Mode: 0o640, UID: 1000, GID: 1000}})
	}
	if err = errors.Join(err, s.engine.Remove(t.Context(), filler)); err != nil {
		t.Fatal(err)
	}
	mount.ReadOnly = readOnly
	id := dockertest.Run(t, s.engine, s.prefix, engine.Spec{
		Name: name, Image: s.image, Network: s.prefix, ReadOnly: true, CapDropAll: true, Tmpfs: map[string]string{"/tmp": "mode=1777"},
		Publish: []engine.Port{{Container: 8080, Protocol: "tcp", HostIP: "127.0.0.1"}}, Mounts: []engine.Mount{mount},
	})
	container := s.inspect(t, id)
	dockertest.Eventually(t, "nginx answers", func() bool {
		resp, err := http.Get("http://" + published(container) + ProofPath)
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	return New(s.engine, FilesOf(s.engine, false, container, "/etc/nginx/nginx.conf"), container, "/etc/nginx/nginx.conf"), container
}

// TestDoorOnVolume changes a split through the engine, back again, and not over
// the head of somebody who edits the file.
func TestDoorOnVolume(t *testing.T) {
	s := newStand(t)
	for name, readOnly := range map[string]bool{"read-only": true, "writable": false} {
		t.Run(name, func(t *testing.T) {
			door, container := s.startOnVolume(t, name, readOnly)
			load := doortest.Start(t, predictURL(published(container)), doortest.Clients{N: 1, Anew: true})
			for _, split := range []backends.Split{{"A": 50, "B": 50}, {"A": 100, "B": 0}, {"A": 90, "B": 10}} {
				c := read(t, door)
				want := frontdoor.Want{Split: split, Members: c.Members, By: "alice@laptop"}
				if err := errors.Join(door.Check(t.Context(), want), door.Set(t.Context(), want, c.Hash)); err != nil {
					t.Fatal(err)
				}
				if got := read(t, door).Split; !got.Equal(split) {
					t.Errorf("it reads %s, want %s", got, split)
				}
			}
			if n, lost := load.Stop(); n == 0 || len(lost) > 0 {
				t.Errorf("%d requests: %v", n, lost)
			}
			s.editedOnVolume(t, door, container)
		})
	}
}

func (s *stand) editedOnVolume(t *testing.T, door *Door, container engine.Container) {
	c := read(t, door)
	file, err := s.engine.File(t.Context(), container.ID, "/etc/nginx/nginx.conf")
	if err != nil || file.Mode != 0o640 || file.UID != 1000 || file.GID != 1000 {
		t.Fatalf("the file is %o of %d:%d, %v", file.Mode, file.UID, file.GID, err)
	}
	edited := strings.Replace(string(file.Data), "server_tokens off;", "server_tokens off; # by hand", 1)
	unlock, err := door.files.Lock(t.Context(), door.path)
	if err != nil {
		t.Fatal(err)
	}
	err = door.files.Write(t.Context(), door.path, door.path, edited)
	unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := door.Set(t.Context(), frontdoor.Want{Split: backends.Split{"A": 1, "B": 99}}, c.Hash); !errors.Is(err, frontdoor.ErrChanged) {
		t.Errorf("over a hand edit: %v", err)
	}
	if now, err := s.engine.File(t.Context(), container.ID, door.path); err != nil || string(now.Data) != edited {
		t.Errorf("the hand edit is gone, %v", err)
	}
	previous, err := s.engine.File(t.Context(), container.ID, "/etc/nginx/.nginx.conf.pitwall-previous")
	if err != nil || string(previous.Data) != string(file.Data) {
		t.Errorf("the previous file is not kept, %v", err)
	}
	names, err := s.engine.List(t.Context(), container.ID, "/etc/nginx")
	if want := []string{".nginx.conf.pitwall-previous", ".pitwall-check-nginx.conf", "mime.types", "nginx.conf"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("it left %q, %v", names, err)
	}
	var gone *engine.NotFoundError
	if _, err := s.engine.Container(t.Context(), "pitwall-writes-"+container.ID[:12]); !errors.As(err, &gone) {
		t.Errorf("what was written through is still there: %v", err)
	}
}
