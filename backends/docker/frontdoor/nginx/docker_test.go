package nginx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
)

// stand is nginx in front of one replica of each of two variants.
type stand struct {
	engine  *engine.Client
	prefix  string
	image   string
	members map[string][]frontdoor.Member
}

func newStand(t *testing.T) *stand {
	t.Helper()
	c := dockertest.Engine(t)
	s := &stand{engine: c, prefix: dockertest.Name(t), members: map[string][]frontdoor.Member{}}
	s.image = s.prefix + "-nginx:1"
	buildImage(t, s.image, s.prefix)
	server := dockertest.Image(t, c)
	if err := c.EnsureNetwork(t.Context(), s.prefix, dockertest.Labels(s.prefix)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"A", "B"} {
		id := dockertest.Run(t, c, s.prefix, engine.Spec{Name: "model-" + strings.ToLower(name), Image: server, Network: s.prefix, Command: []string{"-latency", "2ms"}})
		s.members[name] = []frontdoor.Member{{Name: s.prefix + "-model-" + strings.ToLower(name), Host: s.inspect(t, id).Address(s.prefix), Port: 8080}}
	}
	return s
}

func (s *stand) inspect(t *testing.T, id string) engine.Container {
	t.Helper()
	container, err := s.engine.Container(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return container
}

// buildImage runs the script of testdata with the test server as the probe.
func buildImage(t *testing.T, tag, prefix string) {
	t.Helper()
	probe := filepath.Join(t.TempDir(), "probe")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", probe, "pitwall/backends/docker/internal/dockertest/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the probe: %v\n%s", err, out)
	}
	script := filepath.Join("..", "..", "..", "..", "testdata", "docker", "nginx", "image.sh")
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("the nginx image is made of Debian's packages: no apt-get here")
	}
	if out, err := exec.CommandContext(t.Context(), script, tag, probe, dockertest.Label+"="+prefix).CombinedOutput(); err != nil {
		t.Fatalf("build the nginx image: %v\n%s", err, out)
	}
}

// start runs nginx with a configuration directory on this machine.
func (s *stand) start(t *testing.T, name string, keepAlive time.Duration) (*Door, engine.Container, string) {
	t.Helper()
	text, err := Generate(Options{Deployment: "churn", Split: backends.Split{"A": 90, "B": 10}, Members: s.members, KeepAlive: keepAlive, By: "test", At: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), text, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chown(filepath.Join(dir, "nginx.conf"), 1000, 1000)); err != nil {
		t.Skipf("the configuration cannot be given to the user of the container: %v", err)
	}
	id := dockertest.Run(t, s.engine, s.prefix, engine.Spec{
		Name: name, Image: s.image, Network: s.prefix, ReadOnly: true, CapDropAll: true, NoNewPrivileges: true,
		Tmpfs: map[string]string{"/tmp": "mode=1777"}, Publish: []engine.Port{{Container: 8080, Protocol: "tcp", HostIP: "127.0.0.1"}},
		Mounts: []engine.Mount{{Type: "bind", Source: dir, Destination: "/etc/nginx", ReadOnly: true}},
		Health: &engine.HealthCheck{Test: []string{"CMD", "/bin/probe", "health"}, Interval: time.Minute},
	})
	container := s.inspect(t, id)
	door := New(s.engine, FilesOf(s.engine, true, container, "/etc/nginx/nginx.conf"), container, "/etc/nginx/nginx.conf")
	dockertest.Eventually(t, "nginx answers", func() bool {
		p, err := door.read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, ok := door.served(t.Context(), p)
		return ok
	})
	return door, container, filepath.Join(dir, "nginx.conf")
}

func read(t *testing.T, d *Door) frontdoor.Config {
	t.Helper()
	c, err := d.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func published(c engine.Container) string { return "127.0.0.1:" + strconv.Itoa(int(c.Ports[0].Host)) }

func TestDoor(t *testing.T) {
	s := newStand(t)
	t.Run("rules", func(t *testing.T) {
		door, container, file := s.start(t, "door", 65*time.Second)
		t.Run("counts", func(t *testing.T) { s.counts(t, door, container, file) })
		t.Run("set and members", func(t *testing.T) { s.setAndMembers(t, door, container, file) })
		t.Run("changed by hand", func(t *testing.T) { s.changedByHand(t, door, file) })
		t.Run("rejected", func(t *testing.T) { s.rejected(t, door, container, file) })
		t.Run("not proven", func(t *testing.T) { s.notProven(t, door, file) })
		t.Run("not loaded", func(t *testing.T) { s.notLoaded(t, door, file) })
		t.Run("requests in flight", func(t *testing.T) { s.inFlight(t, door, container) })
	})
	t.Run("changes under load", func(t *testing.T) {
		t.Logf("| %-28s | %8s | %6s | %14s | %14s |", "20 changes, keep-alive POST", "requests", "failed", "observed, ms", "proven, ms")
		for name, keepAlive := range map[string]time.Duration{"keepalive_timeout 65": 65 * time.Second, "keepalive_timeout 0": 0} {
			door, container, file := s.start(t, "load-"+strings.ReplaceAll(name, " ", "-"), keepAlive)
			s.underLoad(t, name, door, container, file)
		}
	})
}

// counts wants the door to count what each variant answered, whatever clients
// write into their requests, over changes and in step with X-Variant.
func (s *stand) counts(t *testing.T, door *Door, container engine.Container, file string) {
	defer door.Close()
	post(t, published(container), "before") // is not counted
	dockertest.Eventually(t, "the log is followed", func() bool { return read(t, door).Counts != nil })
	got := map[string]uint64{}
	send := func(n int) {
		t.Helper()
		for i := range n {
			got[post(t, published(container), fmt.Sprintf("user%d", i))]++
		}
		dockertest.Eventually(t, "every request is counted", func() bool {
			c := read(t, door).Counts
			return c["A"].Requests == got["churn-a"] && c["B"].Requests == got["churn-b"]
		})
	}
	send(50)
	c := read(t, door)
	if c.Uncounted != "" || c.Counts["A"].Errors+c.Counts["B"].Errors > 0 {
		t.Errorf("it counts %v, and says %q", c.Counts, c.Uncounted)
	}
	if err := door.Set(t.Context(), frontdoor.Want{Split: backends.Split{"A": 10, "B": 90}, Members: c.Members, By: "test"}, c.Hash); err != nil {
		t.Fatal(err)
	}
	send(50)
	for _, path := range []string{"/healthz", ProofPath} {
		if _, err := http.Get("http://" + published(container) + path); err != nil {
			t.Fatal(err)
		}
	}
	// A path that looks like the rest of the line.
	hostile := `/%22%20200%202%20variant=churn-a%20upstream=x%20time=1%20id=1`
	resp, err := http.Get("http://" + published(container) + hostile)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	got[resp.Header.Get("X-Variant")]++
	send(1)
	was := content(t, file)
	overwrite(t, file, strings.Replace(was, "variant=$variant ", "", 1))
	if c := read(t, door); c.Counts != nil || !strings.Contains(c.Uncounted, "log_format pitwall lacks $variant") {
		t.Errorf("of a log without the variant: %v, %q", c.Counts, c.Uncounted)
	}
	overwrite(t, file, was)
}

func (s *stand) setAndMembers(t *testing.T, door *Door, container engine.Container, file string) {
	was := stat(t, file)
	c := read(t, door)
	members := map[string][]frontdoor.Member{
		"A": s.members["A"],
		"B": append([]frontdoor.Member{{Name: "leaves", Host: s.members["A"][0].Host, Port: 8080, Draining: true}}, s.members["B"]...),
	}
	want := frontdoor.Want{Split: backends.Split{"A": 0, "B": 100}, Members: members, By: "alice@laptop"}
	if err := door.Check(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if read(t, door).Hash != c.Hash {
		t.Fatal("a check changed the file")
	}
	if err := door.Set(t.Context(), want, c.Hash); err != nil {
		t.Fatal(err)
	}
	if got := post(t, published(container), "u"); got != "churn-b" {
		t.Errorf("after 100 %% to B a request went to %s", got)
	}
	c = read(t, door)
	if c.Split.String() != "A=0 B=100" || !sameMembers(c.Members["B"], members["B"]) {
		t.Errorf("reads %s, %v", c.Split, c.Members)
	}
	is := stat(t, file)
	if was.Mode() != is.Mode() || ownerOf(was) != ownerOf(is) {
		t.Errorf("mode %v owner %s became %v %s", was.Mode(), ownerOf(was), is.Mode(), ownerOf(is))
	}
	names, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(names) != 2 || names[0].Name() != ".nginx.conf.pitwall-previous" {
		t.Errorf("left behind: %v %v", names, err)
	}
}

func (s *stand) changedByHand(t *testing.T, door *Door, file string) {
	c := read(t, door)
	edited := strings.Replace(content(t, file), "server_tokens off;", "server_tokens off; # by hand", 1)
	overwrite(t, file, edited)
	err := door.Set(t.Context(), frontdoor.Want{Split: backends.Split{"A": 50, "B": 50}}, c.Hash)
	if !errors.Is(err, frontdoor.ErrChanged) || content(t, file) != edited {
		t.Errorf("%v; file untouched: %t", err, content(t, file) == edited)
	}
}

func (s *stand) rejected(t *testing.T, door *Door, container engine.Container, file string) {
	c, was := read(t, door), content(t, file)
	want := frontdoor.Want{Split: c.Split, Members: map[string][]frontdoor.Member{"A": {{Name: "x", Host: "no-such-host.invalid", Port: 1}}}}
	err := door.Set(t.Context(), want, c.Hash)
	var rejected *frontdoor.RejectedError
	if !errors.As(err, &rejected) || !strings.Contains(rejected.Text, "host not found in upstream") || strings.Contains(rejected.Text, "check") {
		t.Errorf("got %v", err)
	}
	if content(t, file) != was {
		t.Error("the file changed")
	}
	if got := post(t, published(container), "u"); got != "churn-b" {
		t.Errorf("nginx does not serve as before: %s", got)
	}
}

// deaf loses signals.
type deaf struct {
	Containers
	lost int
}

func (d *deaf) Kill(ctx context.Context, id, signal string) error {
	if d.lost--; d.lost >= 0 {
		return nil
	}
	return d.Containers.Kill(ctx, id, signal)
}

// notProven loses the signal of the change, then that of its undoing too.
func (s *stand) notProven(t *testing.T, door *Door, file string) {
	for lost, says := range map[int]string{1: "restored and is served", 2: "restored, but nginx was not seen to load it"} {
		c, was := read(t, door), content(t, file)
		unheard := New(&deaf{Containers: s.engine, lost: lost}, door.files, door.container, door.path)
		unheard.limit = time.Second
		err := unheard.Set(t.Context(), frontdoor.Want{Split: backends.Split{"A": 50, "B": 50}}, c.Hash)
		if err == nil || !strings.Contains(err.Error(), says) || content(t, file) != was {
			t.Errorf("%v; restored: %t", err, content(t, file) == was)
		}
	}
}

func (s *stand) notLoaded(t *testing.T, door *Door, file string) {
	if notes := strings.Join(read(t, door).Notes, "\n"); strings.Contains(notes, "not reloaded") || strings.Contains(notes, "until a reload") {
		t.Errorf("after a reload the notes say: %s", notes)
	}
	was := content(t, file)
	overwrite(t, file, strings.Replace(was, "return 200 \"A=", "return 200 \"by hand A=", 1))
	if c := read(t, door); !strings.Contains(strings.Join(c.Notes, "\n"), "and not reloaded") {
		t.Errorf("the notes do not tell: %q", c.Notes)
	}
	overwrite(t, file, was)
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	if c := read(t, door); !strings.Contains(strings.Join(c.Notes, "\n"), "may differ until a reload") {
		t.Errorf("the notes do not tell: %q", c.Notes)
	}
}
