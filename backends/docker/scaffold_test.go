package docker_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/manifests/scaffold"
	"pitwall/testdata"
)

// overTheStack is what a test has to change of the Compose files: there is no
// registry, and the images made without one have no wget.
const overTheParts = `
x-common: &common {com.pitwall.stack: NAME, com.pitwall.test: NAME}
networks: {default: {labels: *common}}
volumes: {prometheus: {labels: *common}}
services:`

const overTheStack = overTheParts + `
  NAME-a: {labels: *common, build: {labels: *common}}
`

const overTheTest = overTheParts + `
  NAME-a: {labels: *common}
  NAME-b: {labels: *common}
  nginx: {labels: *common, healthcheck: {test: ["CMD", "/usr/sbin/nginx", "-t", "-q", "-c", "/etc/nginx/nginx.conf"]}}
  prometheus: {labels: *common, user: "0:0", healthcheck: {test: ["CMD", "/usr/bin/prometheus", "--version"]}}
`

// scaffoldProject is a directory that `pitwall init` wrote, with a binary, two
// versions of a model, and what a test changes.
func scaffoldProject(t *testing.T) *project {
	t.Helper()
	c := dockertest.Engine(t)
	if _, err := exec.LookPath("docker-compose"); err != nil {
		t.Skip("docker-compose is not installed")
	}
	name := dockertest.Name(t)
	p := &project{place: &place{engine: c, name: name, models: name}, dir: t.TempDir()}
	list, err := scaffold.Files(scaffold.Answers{Name: name, Model: "models/1.0.0/model.onnx", Version: "1.0.0", Image: name + "/model", Candidate: 30,
		About: `It's "$HOME" $(reboot) {{ .X }} ${Y} # ; \`})
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if err := scaffold.Write(root, list); err != nil {
		t.Fatal(err)
	}
	for version, file := range map[string]string{"1.0.0": "bc_rf.onnx", "1.1.0": "bc_gb.onnx"} {
		text, err := testdata.Models.ReadFile("models/" + file)
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, "models/"+version+"/model.onnx", string(text))
	}
	binary, err := os.ReadFile(dockertest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "bin/pitwall", string(binary))
	if err := os.Chmod(filepath.Join(p.dir, "bin/pitwall"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write(t, "alone.yaml", strings.ReplaceAll(overTheStack, "NAME", name))
	p.write(t, "test.yaml", strings.ReplaceAll(overTheTest, "NAME", name))
	for _, v := range []string{"PORT", "PROMETHEUS_PORT"} {
		t.Setenv(v, "0") // any free one
	}
	return p
}

// TestDockerScaffold uses what `pitwall init` writes: the images are built by
// its Dockerfile, its Compose files come up, and nginx divides as configured.
func TestDockerScaffold(t *testing.T) {
	p := scaffoldProject(t)
	if p.builds(t); t.Failed() {
		return
	}
	t.Run("one", p.alone)
	t.Run("A and B", p.divides)
}

// builds makes the image of both versions, one by Compose, and wants a file that
// is no model to be refused where the build asks.
func (p *project) builds(t *testing.T) {
	t.Cleanup(func() { removeStages(t) })
	p.compose(t, "-f", "compose.yaml", "-f", "alone.yaml", "build")
	p.docker(t, "build", "--quiet", "--build-arg", "MODEL_VERSION=1.1.0", "--label", dockertest.Label+"="+p.name, "--tag", p.name+"/model:1.1.0", ".")
	p.write(t, "none/model.onnx", "no model")
	cmd := exec.CommandContext(t.Context(), "docker", "run", "--rm", "--volume", p.dir+"/none:/none:ro", p.name+"/model:1.1.0", "serve", "--check", "/none/model.onnx")
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "model.onnx") {
		t.Errorf("a file that is no model passes: %v: %s", err, out)
	}
	images, err := p.engine.Images(t.Context(), "com.pitwall.version")
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, i := range images {
		for _, tag := range i.Tags {
			if strings.HasPrefix(tag, p.name) {
				versions[tag] = i.Labels["com.pitwall.version"] + " " + i.Labels["org.opencontainers.image.description"]
			}
		}
	}
	about := ` It's "$HOME" $(reboot) {{ .X }} ${Y} # ; \`
	if want := map[string]string{p.name + "/model:1.0.0": "1.0.0" + about, p.name + "/model:1.1.0": "1.1.0" + about}; fmt.Sprint(versions) != fmt.Sprint(want) {
		t.Errorf("images are %v, want %v", versions, want)
	}
}

// docker runs the engine's own client in the directory.
func (p *project) docker(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.Command("docker", args...)
	cmd.Dir = p.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("docker %q: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// removeStages removes what the first stage of a build leaves: images without a
// name and without a label, known by what they ran last.
func removeStages(t testing.TB) {
	t.Helper()
	ids, err := exec.Command("docker", "images", "--quiet", "--filter", "dangling=true").Output()
	if err != nil {
		t.Errorf("list the stages that a build left: %v", err)
	}
	for _, id := range strings.Fields(string(ids)) {
		history, err := exec.Command("docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", id).Output()
		if last, _, _ := strings.Cut(string(history), "\n"); err == nil && strings.HasSuffix(last, "/pitwall serve --check /model/model.onnx") {
			_ = exec.Command("docker", "rmi", id).Run() // one that is in use stays
		}
	}
}

// alone runs compose.yaml: the model answers with its version, as nobody, and
// gets healthy by its own check.
func (p *project) alone(t *testing.T) {
	files := []string{"-f", "compose.yaml", "-f", "alone.yaml"}
	t.Cleanup(func() { p.compose(t, append(files, "down", "-t", "1", "--volumes")...) })
	if p.compose(t, append(files, "up", "-d", "--no-build", p.name+"-a")...); t.Failed() {
		return
	}
	p.url = "http://" + strings.TrimSpace(p.compose(t, append(files, "port", p.name+"-a", "8080")...))
	p.answers(t)
	text, err := newSender(t, p.url).answer(t.Context())
	if err != nil || !strings.Contains(string(text), `"model":"`+p.name+`","version":"1.0.0"`) {
		t.Errorf("it answers %s, %v", text, err)
	}
	id := strings.TrimSpace(p.compose(t, append(files, "ps", "-q", p.name+"-a")...))
	says := func(format string) string { return p.docker(t, "inspect", "--format", format, id) }
	dockertest.Eventually(t, "it is healthy", func() bool { return says("{{.State.Health.Status}}") == "healthy" })
	if got := says("{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Memory}}"); got != "65532:65532 true 268435456" {
		t.Errorf("it runs as %s", got)
	}
}

// divides runs compose.ab.yaml.
func (p *project) divides(t *testing.T) {
	t.Setenv("IMAGE_B", p.name+"/model:1.1.0")
	t.Setenv("NGINX_IMAGE", doorImage(t, p.engine, frontdoor.NGINX, p.name, dockertest.Binary(t)))
	monitor := p.name + "/prometheus:1"
	args := []string{"../../testdata/docker/prometheus/image.sh", "prometheus", monitor}
	for key, value := range dockertest.Labels(p.name) {
		args = append(args, key+"="+value)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", args...).CombinedOutput(); err != nil {
		t.Fatalf("make the image of Prometheus: %v: %s", err, out)
	}
	t.Setenv("PROMETHEUS_IMAGE", monitor)
	files := []string{"-f", "compose.ab.yaml", "-f", "test.yaml"}
	t.Cleanup(func() { p.compose(t, append(files, "down", "-t", "1", "--volumes")...) })
	if p.compose(t, append(files, "up", "-d", "nginx", "prometheus")...); t.Failed() {
		return
	}
	p.backend = docker.Attach(docker.Options{Engine: p.engine, Stack: p.name}).Mutable()
	t.Cleanup(p.backend.Close)
	d := p.await(t, "everything is well", func(d backends.Deployment) bool {
		return d.State == backends.OK && len(d.Variants) == 2 && d.Variants[0].Ready == 3 && d.Variants[1].Ready == 1
	})
	if d.Variants[0].Version != "1.0.0" || d.Variants[1].Version != "1.1.0" || d.Split().String() != "A=70 B=30" {
		t.Errorf("it is %+v", d)
	}
	p.url = d.Address
	p.answers(t)
	p.share(t, 30)
	p.changes(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 40, "B": 60}})
	p.share(t, 60)
	p.counted(t)
	p.observed(t)
	p.measured(t, "http://"+strings.TrimSpace(p.compose(t, append(files, "port", "prometheus", "9090")...)))
}

// share sends requests of many users, and wants B to get its share of them
// within four standard deviations.
func (p *project) share(t *testing.T, percent float64) {
	t.Helper()
	const n = 1500
	s, b := newSender(t, p.url), 0
	for range n {
		text, err := s.answer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"version":"1.1.0"`) {
			b++
		}
	}
	want, seen := percent/100, float64(b)/n
	t.Logf("B has %g %%, and got %.1f %% of %d requests", percent, seen*100, n)
	if math.Abs(seen-want) > 4*math.Sqrt(want*(1-want)/n) {
		t.Errorf("B got %.1f %% of %d requests, and has %g %%", seen*100, n, percent)
	}
}

// counted wants the front door to have counted what the variants answered, so
// that a change of the split is seen in traffic.
func (p *project) counted(t *testing.T) {
	t.Helper()
	requests := func() map[string]uint64 {
		out := map[string]uint64{}
		for _, v := range p.read(t).Variants {
			if v.Counted {
				out[v.Name] = v.Requests
			}
		}
		return out
	}
	before := requests()
	if len(before) != 2 || before["A"] == 0 || before["B"] == 0 {
		t.Fatalf("it counted %v: %q", before, p.read(t).Uncounted)
	}
	p.share(t, 60) // 1,500 requests
	dockertest.Eventually(t, "every request is counted", func() bool {
		now := requests()
		return now["A"]+now["B"]-before["A"]-before["B"] == 1500 // health probes are not
	})
}

// observed changes the split as a user does, and wants it seen in traffic.
func (p *project) observed(t *testing.T) {
	t.Helper()
	stop := load(t, p.url, 2, (*sender).anew)
	cmd := exec.CommandContext(t.Context(), dockertest.Binary(t), "--backend", "docker:", "split", p.name, "A=90", "B=10", "--yes", "--timeout", "1m")
	for _, dir := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		cmd.Env = append(cmd.Environ(), dir+"="+t.TempDir())
	}
	out, err := cmd.CombinedOutput()
	stop()
	t.Logf("%s", out)
	if err != nil || !strings.Contains(string(out), "observed A ") || strings.Contains(string(out), "not observed") {
		t.Errorf("the change was not seen in traffic: %v", err)
	}
}

// measured asks the Prometheus of the stack for every replica, and for what its
// rules and the dashboard's queries find.
func (p *project) measured(t *testing.T, at string) {
	t.Helper()
	ask := func(path string, into any) error {
		resp, err := http.Get(at + path)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s %s, %v", path, resp.Status, text, err)
		}
		return json.Unmarshal(text, into)
	}
	vector := func(query string) map[string]string {
		var answer struct {
			Data struct {
				Result []struct {
					Metric map[string]string
					Value  [2]any
				}
			}
		}
		if err := ask("/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
			t.Log(err)
			return nil
		}
		out := map[string]string{}
		for _, r := range answer.Data.Result {
			out[r.Metric["variant"]] = fmt.Sprint(r.Value[1])
		}
		return out
	}
	dockertest.Eventually(t, "every replica is scraped", func() bool {
		return fmt.Sprint(vector(`sum by (variant) (up{deployment="`+p.name+`",job="serve"})`)) == "map[A:3 B:1]"
	})
	var rules struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health string }
			}
		}
	}
	dockertest.Eventually(t, "every rule is evaluated", func() bool {
		if ask("/api/v1/rules", &rules) != nil || len(rules.Data.Groups) != 1 || len(rules.Data.Groups[0].Rules) != 5 {
			return false
		}
		for _, r := range rules.Data.Groups[0].Rules {
			if r.Health != "ok" {
				return false
			}
		}
		return true
	})
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(p.text(t, "monitoring/grafana/dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	s := newSender(t, p.url)
	for end := time.Now().Add(25 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := s.send(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, panel := range board.Panels {
		for _, q := range panel.Targets {
			got := vector(strings.ReplaceAll(q.Expr, "$__rate_interval", "1m"))
			if want := 2; panel.Title != "Drift" && len(got) != want { // without a baseline there is none
				t.Errorf("panel %s shows %v of %s", panel.Title, got, q.Expr)
			}
		}
	}
}
