package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// fakeAsked answers what a reader asks of an engine; what it has not is not there.
type fakeAsked struct {
	images map[string]engine.Image // by ID
	sizes  map[string]int64        // of files
	texts  map[string]string       // of files
	fails  error                   // instead of every answer
	calls  []string
}

func (f *fakeAsked) answer(call, kind string, there bool) error {
	f.calls = append(f.calls, call)
	if f.fails == nil && !there {
		return &engine.NotFoundError{Kind: kind, Name: call}
	}
	return f.fails
}

func (f *fakeAsked) Image(_ context.Context, ref string) (engine.Image, error) {
	image, there := f.images[ref]
	return image, f.answer("image "+ref, "image", there)
}

func (f *fakeAsked) FileSize(_ context.Context, id, name string) (int64, error) {
	size, there := f.sizes[name]
	return size, f.answer("size "+id+name, "file", there)
}

func (f *fakeAsked) ReadFile(_ context.Context, id, name string) ([]byte, error) {
	text, there := f.texts[name]
	return []byte(text), f.answer("read "+id+name, "file", there)
}

// configured is testScene with what a checklist asks of its containers, and an
// engine that has their images.
func configured() (scene, *fakeAsked) {
	s := testScene()
	for i := range s.Found.Variants {
		c := &s.Found.Variants[i].Members[0].Container
		c.Command, c.User, c.LogDriver, c.MemoryLimit = []string{"/pitwall", "serve", "/m/x.onnx"}, "1000", "json-file", 64<<20
		s.Found.Variants[i].Members[0].Ready = "/ready"
	}
	return s, &fakeAsked{images: map[string]engine.Image{"sha256:img1": {ID: "sha256:img1"}, "sha256:img2": {ID: "sha256:img2"}}, sizes: map[string]int64{"/m/x.onnx": 42},
		texts: map[string]string{"/etc/passwd": "app:x:1000:1000::/:/x\n"}}
}

// setupOf reads a scene on an engine of this machine.
func setupOf(t *testing.T, s scene, f *fakeAsked) (backends.Setup, backends.VariantSetup) {
	t.Helper()
	got := (&reader{asked: f, local: true, images: map[string]foundImage{}}).setup(t.Context(), s)
	a, ok := got.Variant("A")
	if !ok {
		t.Fatalf("A has no setup: %+v", got)
	}
	return got, a
}

func TestSetup(t *testing.T) {
	s, f := configured()
	got, a := setupOf(t, s, f)
	if len(got.Variants) != 2 || got.Variants[1].Variant != "B" {
		t.Fatalf("variants %+v", got.Variants)
	}
	if c := a.Containers.Value; len(c) != 1 || c[0].Name != "m-a-1" || c[0].Digest != "sha256:img1" || c[0].User.Value.UID != 1000 || c[0].Readiness != "GET :8080/ready" || c[0].MemoryLimit != 64<<20 {
		t.Errorf("containers %+v", a.Containers)
	}
	if a.ModelBytes.Value != 42 || a.ModelBytes.From != "HEAD /containers/m-a-1/archive?path=/m/x.onnx" || a.Logging.Value != "json-file" || a.Autoscaler.None == "" {
		t.Errorf("model %+v, logging %+v, autoscaler %+v", a.ModelBytes, a.Logging, a.Autoscaler)
	}
	want := backends.Replacing{Strategy: "front door", StartsFirst: true, Unavailable: "0", Gated: true, Drains: true, Grace: rollout.DefaultGrace, Deadline: rollout.DefaultStart}
	if a.Replacing.Value != want || a.Replacing.From != "front door m-door (nginx)" {
		t.Errorf("replacing %+v", a.Replacing)
	}
	door := got.Balancer.Value
	ends := []backends.Endpoint{{Variant: "A", Name: "m-a-1", Address: "10.0.0.1:8080", Ready: true}, {Variant: "B", Name: "m-b-1", Address: "10.0.0.2:8080", Ready: true}}
	if door.Kind != "nginx" || door.Address != "http://127.0.0.1:7580" || !slices.Equal(door.Endpoints, ends) {
		t.Errorf("balancer %+v", got.Balancer)
	}
}

func TestSetupOfReplicasThatDiffer(t *testing.T) {
	s, f := configured()
	v := &s.Found.Variants[0]
	same, other, rolled := v.Members[0], v.Members[0], v.Members[0]
	same.Container.Name, other.Container.Name, rolled.Container.Name = "m-a-2", "m-a-3", "m-a-r2-1"
	other.Container.MemoryLimit, rolled.Container.ImageID = 0, "sha256:img2"
	v.Members = append([]world.Member{rolled}, v.Members[0], same, other)
	_, a := setupOf(t, s, f)
	var names []string
	for _, c := range a.Containers.Value {
		names = append(names, c.Name+" "+c.Digest)
	}
	if got := strings.Join(names, ", "); got != "m-a-1 sha256:img1, m-a-3 sha256:img1, m-a-r2-1 sha256:img2" {
		t.Errorf("containers %s", got)
	}
}

func TestSetupOfANamedUser(t *testing.T) {
	for name, test := range map[string]struct {
		user  string
		given func(*fakeAsked)
		uid   int
		err   string
	}{
		"in the file":          {"app", func(*fakeAsked) {}, 1000, ""},
		"not in the file":      {"who", func(*fakeAsked) {}, -1, ""},
		"without a file":       {"app", func(f *fakeAsked) { f.texts = nil }, -1, ""},
		"a number asks nobody": {"7", func(f *fakeAsked) { f.texts = nil }, 7, ""},
	} {
		s, f := configured()
		s.Found.Variants[0].Members[0].Container.User = test.user
		test.given(f)
		_, a := setupOf(t, s, f)
		if u := a.Containers.Value[0].User; u.Err != nil || u.Value.UID != test.uid {
			t.Errorf("%s: %+v", name, u)
		}
	}
	s, f := configured()
	m := s.Found.Variants[0].Members[0]
	f.fails = errors.New("the engine is busy")
	u := (&reader{asked: f}).resolved(t.Context(), m, backends.Known(backends.User{UID: -1, Name: "app"}, "x"))
	if u.Err == nil || u.Err.Error() != `find the UID of user "app": the engine is busy` {
		t.Errorf("a file that cannot be read: %+v", u)
	}
}

func TestSetupOfWhatIsNotThere(t *testing.T) {
	s, f := configured()
	s.Found.Variants[0].Members = nil
	_, a := setupOf(t, s, f)
	for _, err := range []error{a.Containers.Err, a.ModelBytes.Err, a.Logging.Err} {
		if err == nil || !strings.Contains(err.Error(), "A has no container now") {
			t.Errorf("a variant without containers: %v", err)
		}
	}
	if a.Replacing.Err != nil || a.Replacing.Value.Grace != rollout.DefaultGrace {
		t.Errorf("which would be replaced by %+v", a.Replacing)
	}

	s, f = configured()
	f.images, f.sizes = nil, nil
	s.Found.Variants[0].Members[0].Container.LogDriver = ""
	_, a = setupOf(t, s, f)
	if c := a.Containers; c.Err != nil || c.Value[0].Digest != "sha256:img1" {
		t.Errorf("an image that was removed: %+v", c)
	}
	if a.ModelBytes.Err == nil || a.Logging.Err == nil {
		t.Errorf("a file and a log driver that are not there: %+v, %+v", a.ModelBytes, a.Logging)
	}
	s.Found.Variants[0].Members[0].Container.Command = []string{"/server"}
	if _, a = setupOf(t, s, f); a.ModelBytes.Err == nil || !strings.Contains(a.ModelBytes.Err.Error(), "label its container com.pitwall.model") {
		t.Errorf("a command that names no model: %+v", a.ModelBytes)
	}

	f.fails = errors.New("the engine is away")
	_, a = setupOf(t, s, f)
	if !errors.Is(a.Containers.Err, f.fails) || a.Containers.From != "GET /images/sha256:img1/json" {
		t.Errorf("an engine that fails: %+v", a.Containers)
	}
}

func TestSetupOfReplacing(t *testing.T) {
	away := errors.New("no answer")
	for name, test := range map[string]struct {
		given func(*scene)
		local bool
		want  backends.Replacing
		err   error
	}{
		"no front door": {func(s *scene) { s.Found.Door = nil }, true, backends.Replacing{Strategy: "Recreate", Unavailable: "100%", Grace: 10 * time.Second}, nil},
		"unreadable":    {func(s *scene) { s.doorErr = away }, true, backends.Replacing{}, away},
		"no front door, and a grace of its own": {func(s *scene) { s.Found.Door, s.Found.Variants[0].Members[0].Container.StopTimeout = nil, time.Minute }, true,
			backends.Replacing{Strategy: "Recreate", Unavailable: "100%", Grace: time.Minute}, nil},
		"the path is asked, and the grace is the container's": {func(s *scene) { s.Found.Variants[0].Members[0].Container.StopTimeout = time.Minute }, true,
			backends.Replacing{Strategy: "front door", StartsFirst: true, Unavailable: "0", Gated: true, Drains: true, Grace: time.Minute, Deadline: rollout.DefaultStart}, nil},
		"nobody asks": {func(*scene) {}, false,
			backends.Replacing{Strategy: "front door", StartsFirst: true, Unavailable: "0", Drains: true, Grace: 10 * time.Second, Deadline: rollout.DefaultStart}, nil},
		"the engine asks": {func(s *scene) { s.Found.Variants[0].Members[0].Container.Health.Status = "healthy" }, false,
			backends.Replacing{Strategy: "front door", StartsFirst: true, Unavailable: "0", Gated: true, Drains: true, Grace: 10 * time.Second, Deadline: rollout.DefaultStart}, nil},
	} {
		s, _ := configured()
		test.given(&s)
		got := s.replacing(s.Found.Variants[0].Members, test.local)
		if got.Value != test.want || !errors.Is(got.Err, test.err) || got.From == "" {
			t.Errorf("%s: %+v, want %+v, %v", name, got, test.want, test.err)
		}
	}
}

func TestSetupOfEarlierRevisions(t *testing.T) {
	s, f := configured()
	conf := &s.Entry.Conf
	current := conf.AddRevision(desired.Revision{Variant: "A", Model: desired.Model{File: "r.example/m:3", SHA256: "img3"}})
	conf.AddRevision(desired.Revision{Variant: "A", Model: desired.Model{File: "m:4", SHA256: "img4"}})
	for i := range conf.Revisions {
		if conf.Revisions[i].Number == conf.Variant("A").Revision {
			conf.Revisions[i].Model = desired.Model{File: "r.example/m:1", SHA256: "img1"}
		}
	}
	first := conf.Variant("A").Revision
	conf.Variant("A").Revision = current
	f.images["sha256:img1"] = engine.Image{ID: "sha256:img1", Digests: []string{"r.example/m@sha256:d1"}}
	_, a := setupOf(t, s, f)
	if want := []backends.EarlierImage{{Revision: first, Image: "r.example/m:1", Digest: "sha256:d1", There: true}}; !slices.Equal(a.Earlier.Value, want) {
		t.Errorf("earlier %+v, want %+v", a.Earlier, want)
	}
	delete(f.images, "sha256:img1")
	if _, a = setupOf(t, s, f); len(a.Earlier.Value) != 1 || a.Earlier.Value[0].There || a.Earlier.Value[0].Digest != "sha256:img1" {
		t.Errorf("of an image that was removed: %+v", a.Earlier)
	}
	s.ledger = errors.New("damaged")
	if _, a = setupOf(t, s, f); !errors.Is(a.Earlier.Err, s.ledger) {
		t.Errorf("of a ledger that cannot be read: %+v", a.Earlier)
	}
}

func TestSetupOfTheBalancer(t *testing.T) {
	for name, test := range map[string]struct {
		given func(*scene)
		want  string // endpoints of A
	}{
		"no front door": {func(s *scene) { s.Found.Door = nil }, ""},
		"one drains":    {func(s *scene) { s.Door.Members["A"][0].Draining = true }, "m-a-1 10.0.0.1:8080 false"},
		"one is gone": {func(s *scene) {
			s.Door.Members["A"] = append(s.Door.Members["A"], frontdoor.Member{Name: "m-a-0", Host: "m-a-0", Port: 8080})
		}, "m-a-1 10.0.0.1:8080 true, m-a-0 m-a-0:8080 false"},
		"its own probe fails": {func(s *scene) { s.Door.Unready = map[string]bool{"m-a-1": true} }, "m-a-1 10.0.0.1:8080 false"},
		"one is not told of":  {func(s *scene) { s.Door.Members["A"] = nil }, ""},
		"a name that two share": {func(s *scene) {
			second := member("m-a-2", "A", "1", "10.0.0.3")
			s.Found.Variants[0].Members = append(s.Found.Variants[0].Members, second)
			for i := range s.Found.Variants[0].Members {
				s.Found.Variants[0].Members[i].Container.Aliases = map[string][]string{"net": {"m-a"}}
			}
			s.Door.Members["A"] = []frontdoor.Member{{Name: "m-a", Host: "m-a", Port: 8080}}
		}, "m-a-1 m-a:8080 true, m-a-2 m-a:8080 true"},
	} {
		s, f := configured()
		test.given(&s)
		got, _ := setupOf(t, s, f)
		var ends []string
		for _, e := range got.Balancer.Value.Endpoints {
			if e.Variant == "A" {
				ends = append(ends, fmt.Sprint(e.Name, " ", e.Address, " ", e.Ready))
			}
		}
		if text := strings.Join(ends, ", "); text != test.want || got.Balancer.From == "" || got.Balancer.Err != nil {
			t.Errorf("%s: %s, want %s; %+v", name, text, test.want, got.Balancer)
		}
	}
	s, f := configured()
	s.doorErr = errors.New("no answer")
	if got, _ := setupOf(t, s, f); !errors.Is(got.Balancer.Err, s.doorErr) {
		t.Errorf("a front door that does not answer: %+v", got.Balancer)
	}
}
