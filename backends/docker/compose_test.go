package docker_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/world"
)

// project is a team's own Compose project: three of stable, one candidate, and
// nginx with a configuration that was written by hand.
type project struct {
	*place
	dir      string
	one, two string // images
}

const composeFile = `# The churn model. Ask Bob before you touch it.
x-common: &common {com.pitwall.stack: NAME, com.pitwall.test: NAME}
networks: {default: {labels: *common}}
services:
  NAME-a: {image: "ONE", scale: 3, labels: *common}
  NAME-b: {image: "ONE", labels: *common}   # the candidate
  front:
    image: NGINX
    labels: *common
    ports: ["127.0.0.1::8080"]
    volumes: ["./conf:/etc/nginx:ro"]
    tmpfs: ["/tmp:mode=1777"]
    depends_on: [NAME-a, NAME-b]
`

const composeConf = `# Front door of churn. "Edited by hand" { see the wiki
worker_processes 2;   # small box
worker_shutdown_timeout 10s; pid /tmp/nginx.pid; daemon off; error_log stderr warn;
events { worker_connections 512; }

http {
  access_log off;   # noise
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;

	# the split: ask Bob before you go over 30%
  split_clients "${http_x_user_id}" $variant {
    90%     NAME-a;  # the good old one
    *       NAME-b;
  }
  upstream NAME-a { server NAME-a:8080 max_fails=1 fail_timeout=2s; keepalive 32; }
  upstream NAME-b {
    server NAME-b:8080 max_fails=1 fail_timeout=2s;
    keepalive 32; # as a
  }

  server {
    listen 8080;
    location = /healthz { return 200 "ok\n"; }
    location / {
      proxy_pass http://$variant; proxy_http_version 1.1; proxy_set_header Connection "";
      add_header X-Variant $variant always;   # counted by Grafana
    }
  }
}
`

// upProject starts a project with docker-compose.
func upProject(t *testing.T) *project {
	t.Helper()
	c := dockertest.Engine(t)
	if _, err := exec.LookPath("docker-compose"); err != nil {
		t.Skip("docker-compose is not installed")
	}
	name := dockertest.Name(t)
	front := doorImage(t, c, frontdoor.NGINX, name, dockertest.Binary(t))
	p := &project{place: &place{engine: c, name: name, models: name}, dir: t.TempDir()}
	for i, image := range []*string{&p.one, &p.two} {
		*image = dockertest.ImageOf(t, c, fmt.Sprintf("FROM scratch\nCOPY server /server\nEXPOSE 8080\nENTRYPOINT [\"/server\"]\nCMD [\"-now\", \"-delay\", \"%d00ms\"]\n", 5+i), strconv.Itoa(i+1))
	}
	p.write(t, "docker-compose.yml", strings.NewReplacer("NAME", name, "ONE", p.one, "NGINX", front).Replace(composeFile))
	p.write(t, "conf/nginx.conf", strings.ReplaceAll(composeConf, "NAME", name))
	t.Cleanup(func() { p.compose(t, "down", "-t", "1", "--remove-orphans") })
	p.up(t)
	p.backend = docker.Attach(docker.Options{Engine: c, Stack: name}).Mutable()
	t.Cleanup(p.backend.Close)
	p.url = p.await(t, "everything is well", func(d backends.Deployment) bool { return d.State == backends.OK && d.Variants[0].Ready == 3 }).Address
	p.answers(t)
	return p
}

// answers waits until the replicas, which have no health check that would tell
// it, all serve: none of several requests in a row fails.
func (p *project) answers(t testing.TB) {
	t.Helper()
	s := newSender(t, p.url)
	s.anew()
	dockertest.Eventually(t, "every replica serves", func() bool {
		for range 30 {
			if s.send(t.Context()) != nil {
				return false
			}
		}
		return true
	})
}

func (p *project) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(p.dir, 0o755)
}

func (p *project) text(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// compose runs docker-compose in the directory of the project, as its team does.
func (p *project) compose(t testing.TB, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "docker-compose", append([]string{"-p", p.name}, args...)...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("docker-compose %q: %v: %s", args, err, out)
	}
	return string(out)
}

func (p *project) up(t testing.TB) string { return p.compose(t, "up", "-d") }

// image writes an image of a service into the Compose file.
func (p *project) image(t testing.TB, service, image string) {
	t.Helper()
	line := regexp.MustCompile(`(?m)^(  ` + p.name + `-` + service + `: \{image: )"[^"]*"`)
	p.write(t, "docker-compose.yml", line.ReplaceAllString(p.text(t, "docker-compose.yml"), `${1}"`+image+`"`))
}

// containers are those of the project by name, with when they were started.
func (p *project) containers(t testing.TB) map[string]string {
	t.Helper()
	all, err := p.engine.Containers(t.Context(), world.ComposeProject)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range all {
		if c.Labels[world.ComposeProject] == p.name {
			out[c.Name] = c.ID[:12] + " " + c.Status + " " + c.StartedAt.Format(time.RFC3339Nano)
		}
	}
	return out
}

// agrees runs `up` under load: nothing may change by it.
func (p *project) agrees(t *testing.T) {
	t.Helper()
	before := p.containers(t)
	stop := load(t, p.url, 2, (*sender).anew)
	out := p.up(t)
	if lost := stop(); lost.lost > 0 {
		t.Errorf("%d of %d requests were lost over up: %v", lost.lost, lost.requests, lost.first)
	}
	if after := p.containers(t); fmt.Sprint(after) != fmt.Sprint(before) || strings.Contains(out, "rphan") {
		t.Errorf("up changed what there was:\n%v\n%v\n%s", before, after, out)
	}
}

// changes makes a change under load and waits until it is done.
func (p *project) changes(t *testing.T, c backends.Change, says ...string) {
	t.Helper()
	d := p.read(t)
	c.Deployment, c.Token, c.By = d.Name, d.Token, "alice@laptop"
	effects, err := p.backend.DryRun(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range says {
		if !strings.Contains(fmt.Sprint(effects), text) {
			t.Errorf("the plan of %s does not say %q: %v", c.Op, text, effects)
		}
	}
	stop := load(t, p.url, 4, (*sender).anew)
	began := time.Now()
	p.apply(t, c)
	p.settled(t)
	took := time.Since(began).Round(100 * time.Millisecond)
	lost := stop()
	t.Logf("| %s %s | %d requests | %d failed | %v |", c.Op, c.Variant, lost.requests, lost.lost, took)
	if lost.lost > 0 {
		t.Errorf("%s lost %d of %d requests: %v", c.Op, lost.lost, lost.requests, lost.first)
	}
}

// theirs are the words of a configuration that are the split's: percentages,
// servers of upstreams with the space around them, and pitwall's own remarks.
var theirs = map[string]*regexp.Regexp{
	"N%":       regexp.MustCompile(`\b\d+(\.\d+)?%`),
	"":         regexp.MustCompile(`(?m)^\s*# pitwall: .*\n`),
	" SERVER ": regexp.MustCompile(`(\s*server [^\s:]+:\d+[^;]*;([ \t]*# pitwall: [^\n]*)?)+\s*`),
}

// own is the rest of a configuration, which pitwall has to leave alone.
func own(conf string) string {
	for word, is := range theirs {
		conf = is.ReplaceAllString(conf, word)
	}
	return conf
}

// TestDockerCompose drives a project that Compose 1 made, and asks Compose after
// every change whether it agrees.
func TestDockerCompose(t *testing.T) {
	t.Parallel()
	p := upProject(t)
	conf := p.text(t, "conf/nginx.conf")
	file := filepath.Join(p.dir, "docker-compose.yml")
	if got := p.read(t).Split().String(); got != "A=90 B=10" {
		t.Fatalf("the split is %s", got)
	}
	p.changes(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 70, "B": 30}})
	p.agrees(t)

	p.changes(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: p.two},
		fmt.Sprintf("%s still names image %s for service %s-b: set image %s there", file, p.one, p.name, p.two))
	p.image(t, "b", p.two)
	p.agrees(t)

	first := p.revision(t, "B", p.one)
	p.changes(t, backends.Change{Op: backends.OpRollback, Variant: "B", Revision: first}, "still names image "+p.two)
	p.image(t, "b", p.one)
	p.agrees(t)

	p.image(t, "a", p.two)
	p.changes(t, backends.Change{Op: backends.OpDeploy, Variant: "A", Image: p.two}, "names "+p.two+" for service "+p.name+"-a as well")
	p.agrees(t)
	p.changes(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 4}, "set 4 there, or the next up goes back to 3")
	p.changes(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 3})
	p.agrees(t)
	if got := own(p.text(t, "conf/nginx.conf")); got != own(conf) {
		t.Errorf("what is not the split's changed:\n%s\n%s", own(conf), got)
	}

	t.Run("the file names the old image", func(t *testing.T) {
		p.image(t, "a", p.one)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go p.backend.Keep(ctx)
		p.up(t)
		d := p.await(t, "the old image serves, and the front door knows where", func(d backends.Deployment) bool {
			a, _ := d.Variant("A")
			return d.State == backends.OK && a.Image == p.one && a.Ready == 3
		})
		if got := d.Split().String(); got != "A=70 B=30" {
			t.Errorf("the split is %s", got)
		}
		// The file is read before nginx serves by it, and until it does a request
		// waits for a container that is gone.
		dockertest.Eventually(t, "an event tells that it was mended", func() bool {
			events, err := p.backend.Events(t.Context(), p.models, time.Time{})
			return err == nil && slices.ContainsFunc(events, func(e backends.Event) bool { return strings.HasPrefix(e.Text, "mended: ") })
		})
		s := newSender(t, p.url)
		s.anew()
		for range 50 {
			if err := s.send(t.Context()); err != nil {
				t.Fatalf("after up: %v", err)
			}
		}
	})
}

// revision finds the revision of a variant with an image.
func (p *project) revision(t testing.TB, variant, image string) int {
	t.Helper()
	list, err := p.backend.Revisions(t.Context(), p.models)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Variant == variant && r.Image == image {
			return r.Number
		}
	}
	t.Fatalf("no revision of %s with %s in %+v", variant, image, list)
	return 0
}
