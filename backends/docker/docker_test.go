package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/backendtest"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/internal/ownengine"
	"pitwall/backends/docker/stack"
	"pitwall/testdata"
)

func TestMain(m *testing.M) {
	ownengine.Main()
	dockertest.Main(m)
}

// place is a stack of a test's own with the backend that looks at it.
type place struct {
	engine  *engine.Client
	backend *docker.MutableBackend
	name    string // of the stack
	url     string // of model-api's front door
	models  string // deployment whose front door that is
	options stack.Options
}

// open makes a stack with a kind of front door.
func open(t testing.TB, door string) *place {
	t.Helper()
	c := dockertest.Engine(t)
	binary := dockertest.Binary(t)
	name := dockertest.Name(t)
	image := ""
	if door != frontdoor.Gateway {
		image = doorImage(t, c, door, name, binary)
	}
	o := stack.Options{Name: name, Binary: binary, Version: "test", Models: testdata.Models, Local: true,
		StateDir: t.TempDir(), Door: door, DoorImage: image, Labels: dockertest.Labels(name), Say: func(s string) { t.Log(s) }}
	s, err := stack.Up(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	b := docker.Attach(docker.Options{Engine: c, Stack: name}).Mutable()
	t.Cleanup(func() {
		if _, err := stack.Down(context.Background(), c, stack.Options{Name: name}); err != nil {
			t.Errorf("remove the stack: %v", err)
		}
		b.Close()
	})
	p := &place{engine: c, backend: b, name: name, url: s.Doors[0].URL, models: "model-api", options: o}
	p.await(t, "everything is well", func(d backends.Deployment) bool { return d.State == backends.OK })
	return p
}

// another is a second console of the same engine.
func (p *place) another(t testing.TB) *place {
	t.Helper()
	b := docker.Attach(docker.Options{Engine: dockertest.Engine(t), Stack: p.name}).Mutable()
	t.Cleanup(b.Close)
	return &place{engine: p.engine, backend: b, name: p.name, url: p.url, models: p.models}
}

// read gives the deployment as it is now.
func (p *place) read(t testing.TB) backends.Deployment {
	t.Helper()
	list, err := p.backend.Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Name == p.models {
			return d
		}
	}
	t.Fatalf("no deployment %s in %+v", p.models, list)
	return backends.Deployment{}
}

// settling is how long a rollout may take where every start of a container takes
// ten seconds and more: two tests at once on two slow cores.
const settling = 5 * time.Minute

// lookEvery is how long a test waits between two looks: each runs a command in
// every front door, which costs the engine a tenth of a second of a core.
const lookEvery = 400 * time.Millisecond

// await polls the deployment until a condition holds.
func (p *place) await(t testing.TB, what string, holds func(backends.Deployment) bool) backends.Deployment {
	t.Helper()
	for end := time.Now().Add(settling); ; time.Sleep(lookEvery) {
		list, err := p.backend.Deployments(t.Context())
		for _, d := range list {
			if d.Name == p.models && holds(d) {
				return d
			}
		}
		if time.Now().After(end) {
			t.Fatalf("it did not happen in %v: %s; it is %+v, %v", settling, what, list, err)
		}
	}
}

// apply makes a change from what is there now.
func (p *place) apply(t testing.TB, c backends.Change) {
	t.Helper()
	d := p.read(t)
	c.Deployment, c.Token, c.By = d.Name, d.Token, "alice@laptop"
	if err := p.backend.Apply(t.Context(), c); err != nil {
		t.Fatalf("%s: %v", c.Op, err)
	}
}

// settled waits until a rollout is over.
func (p *place) settled(t testing.TB) backends.Deployment {
	t.Helper()
	return p.await(t, "nothing rolls and all is well", func(d backends.Deployment) bool {
		return d.Rollout == nil && d.SplitKnown() && d.State.Severity() <= backends.Warn.Severity() && d.Variants[0].Ready == d.Variants[0].Desired
	})
}

// doorImage makes an image of a front door out of Debian's package.
func doorImage(t testing.TB, c *engine.Client, door, name, binary string) string {
	t.Helper()
	tag := "pitwall-test/" + door + ":" + name
	args := []string{"../../testdata/docker/" + door + "/image.sh", tag, binary}
	for key, value := range dockertest.Labels(name) {
		args = append(args, key+"="+value)
	}
	if out, err := exec.Command("bash", args...).CombinedOutput(); err != nil {
		t.Fatalf("make the image of %s: %v: %s", door, err, out)
	}
	t.Cleanup(func() { _ = c.RemoveImage(context.Background(), tag) })
	return tag
}

// pause is between two requests of a client while something else is done: what
// they cost is the cores' that the containers start on.
const pause = 10 * time.Millisecond

// sender sends POST requests of many users over connections that are kept.
type sender struct {
	url    string
	rows   []json.RawMessage
	client *http.Client
	n      atomic.Int64
}

func newSender(t testing.TB, url string) *sender {
	t.Helper()
	text, err := testdata.Models.ReadFile("models/bc.json")
	if err != nil {
		t.Fatal(err)
	}
	var data struct{ X []json.RawMessage }
	if err := json.Unmarshal(text, &data); err != nil {
		t.Fatal(err)
	}
	s := &sender{url: url + "/predict", rows: data.X, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: 20 * time.Second}}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// anew makes the sender connect anew for every request.
func (s *sender) anew() { s.client.Transport.(*http.Transport).DisableKeepAlives = true }

// send sends one request and fails unless it was answered 200. A POST with a
// body of unknown replay is never sent again by net/http.
func (s *sender) send(ctx context.Context) error {
	_, err := s.answer(ctx)
	return err
}

// steadily is send after a pause.
func (s *sender) steadily(ctx context.Context) error {
	time.Sleep(pause)
	return s.send(ctx)
}

// answer is send that gives what was answered.
func (s *sender) answer(ctx context.Context) ([]byte, error) {
	n := int(s.n.Add(1))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(fmt.Appendf(nil, `{"features":%s}`, s.rows[n%len(s.rows)])))
	if err != nil {
		return nil, err
	}
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-User-Id", "user-"+strconv.Itoa(n))
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.200s", resp.StatusCode, answer)
	}
	return answer, err
}

// TestDockerConformance holds the Docker backend against the same suite as the
// local one.
func TestDockerConformance(t *testing.T) {
	t.Parallel()
	for _, door := range []string{frontdoor.Gateway, frontdoor.HAProxy, frontdoor.NGINX} {
		t.Run(door, func(t *testing.T) {
			t.Parallel()
			p := open(t, door)
			s := newSender(t, p.url)
			if door == frontdoor.NGINX {
				s.anew() // its reload closes idle connections: what that costs is measured elsewhere
			}
			backendtest.Run(t, func(t *testing.T) backendtest.World {
				return backendtest.World{Backend: p.backend, Deployment: p.models, Version: "1.2.0",
					Broken: backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "9.9.9", Image: brokenImage(t, p)},
					Send:   s.steadily, Settle: settling, Every: lookEvery}
			})
		})
	}
}

// brokenImage makes an image whose containers end at once.
func brokenImage(t *testing.T, p *place) string {
	t.Helper()
	tag := "pitwall-test/broken:" + p.name
	files := map[string]engine.File{"Dockerfile": {Mode: 0o644, Data: []byte("FROM scratch\nCOPY nothing /nothing\nENTRYPOINT [\"/nothing\"]\n")}, "nothing": {Mode: 0o755, Data: []byte("no program")}}
	if _, err := p.engine.Build(t.Context(), tag, files, dockertest.Labels(p.name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.engine.RemoveImage(context.Background(), tag) })
	return tag
}
