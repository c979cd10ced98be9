package docker_test

import (
	"context"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/internal/dockertest"
)

// lostCase takes a container away, and says by what it is told.
type lostCase struct {
	name   string
	lose   []string // arguments of docker, with REPLICA, DOOR and NETWORK
	told   string
	advice string // arguments of docker that bring it back
	quiet  bool   // the advice is explain's alone
	door   bool   // requests are lost until it is back
}

var lostCases = []lostCase{
	{name: "network disconnected", lose: []string{"network", "disconnect", "NETWORK", "REPLICA"},
		told: "is on no network of the front door", advice: "network connect NETWORK REPLICA"},
	{name: "replica killed", lose: []string{"kill", "REPLICA"}, told: "with signal killed, as by `docker kill`", advice: "start REPLICA", quiet: true},
	{name: "front door killed", lose: []string{"kill", "DOOR"}, told: "does not run: it was ended through the engine", advice: "start DOOR", door: true},
}

// TestDockerContainerLost takes containers away under load: that is told with
// the command that brings them back, and after that command all is as it was. A
// replica that is back under another address is sent to again.
func TestDockerContainerLost(t *testing.T) {
	p := open(t, frontdoor.Gateway)
	if _, err := exec.LookPath("docker"); err != nil {
		t.Skip("there is no docker command")
	}
	before := p.read(t)
	names := strings.NewReplacer("REPLICA", before.Variants[0].Replicas[1].Name, "DOOR", p.name+"-"+p.models+"-door", "NETWORK", p.name)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go p.backend.Keep(ctx)
	t.Logf("| lost | told | after | all well, once it is back, after | requests | failed |")
	for i, c := range lostCases {
		users := load(t, p.url, 4)
		began := time.Now()
		runDocker(t, names, c.lose...)
		d := p.await(t, c.told, func(d backends.Deployment) bool {
			return d.State.Severity() >= backends.Warn.Severity() && strings.Contains(d.Reason, c.told)
		})
		told := time.Since(began)
		// A command that runs once did not see it begin, and the engine tells.
		if once := p.another(t).read(t); once.Since.Sub(began).Abs() > 3*time.Second {
			t.Errorf("%s at %v: somebody who looks later is told since %v: %s", c.name, began, once.Since, once.Reason)
		}
		if i == 0 { // somebody else gets its address
			dockertest.Run(t, p.engine, p.name, engine.Spec{Name: "intruder", Image: dockertest.Image(t, p.engine), Network: p.name})
		}
		if advice := p.told(t, d); !c.quiet && !strings.Contains(advice, "`docker "+names.Replace(c.advice)+"`") {
			t.Errorf("%s: it is not said how to mend it: %s", c.name, advice)
		}
		runDocker(t, names, strings.Fields(c.advice)...)
		back := time.Now()
		d2 := p.await(t, "all is well", func(d backends.Deployment) bool { return d.State == backends.OK })
		well := time.Since(back)
		lost := users()
		if !d2.Split().Equal(before.Split()) {
			t.Errorf("%s: the split was %s and is %s", c.name, before.Split(), d2.Split())
		}
		if !c.door && lost.lost > 4 { // what each client had under way there
			t.Errorf("%s: %d of %d requests failed, first %v", c.name, lost.lost, lost.requests, lost.first)
		}
		t.Logf("| %s | %s | %.1f s | %.1f s | %d | %d |", c.name, stackName.ReplaceAllString(d.Reason, ""), told.Seconds(), well.Seconds(), lost.requests, lost.lost)
	}
}

// told is everything that is said to somebody who is to mend a deployment.
func (p *place) told(t *testing.T, d backends.Deployment) string {
	t.Helper()
	reasons, err := p.backend.Reasons(t.Context(), p.models)
	if err != nil {
		t.Fatal(err)
	}
	text := d.Reason
	for _, r := range reasons {
		text += "; " + r.Text + ": " + r.Next
	}
	return text
}

// stackName is what a test's own names have before those that people see.
var stackName = regexp.MustCompile(`pwt-\d+-[0-9a-f]+-`)

func runDocker(t *testing.T, names *strings.Replacer, args ...string) {
	t.Helper()
	var all []string
	for _, a := range args {
		all = append(all, names.Replace(a))
	}
	if out, err := exec.Command("docker", all...).CombinedOutput(); err != nil {
		t.Fatalf("docker %s: %v: %s", strings.Join(all, " "), err, out)
	}
}
