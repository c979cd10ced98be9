package docker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

var testNow = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// member is a replica that runs.
func member(name, variant, version, address string) world.Member {
	return world.Member{Variant: variant, Version: version, Port: 8080, Revision: 1, Number: 1, Container: engine.Container{
		ID: "id-" + name, Name: name, ImageID: "sha256:img" + version, Image: "m:" + version, Status: "running",
		StartedAt: testNow.Add(-time.Hour), Networks: map[string]string{"net": address}}}
}

// testScene is an A/B deployment behind nginx that is well.
func testScene() scene {
	a, b := member("m-a-1", "A", "1", "10.0.0.1"), member("m-b-1", "B", "2", "10.0.0.2")
	door := engine.Container{ID: "door", Name: "m-door", Status: "running", Networks: map[string]string{"net": "10.0.0.9"},
		Ports: []engine.Port{{Container: 8080, Protocol: "tcp", HostIP: "127.0.0.1", Host: 7580}}}
	s := scene{at: testNow, containers: []engine.Container{a.Container, b.Container, door}, Scene: rollout.Scene{
		Found: world.Deployment{Name: "m", Door: &door, DoorKind: frontdoor.NGINX,
			Variants: []world.Variant{{Name: "A", Members: []world.Member{a}}, {Name: "B", Members: []world.Member{b}}}},
		Door: frontdoor.Config{Kind: frontdoor.NGINX, Split: backends.Split{"A": 70, "B": 30}, Members: map[string][]frontdoor.Member{
			"A": {{Name: "m-a-1", Host: "10.0.0.1", Port: 8080}}, "B": {{Name: "m-b-1", Host: "10.0.0.2", Port: 8080}}}},
	}}
	s.Entry.Conf = reconcile(s)
	s.Entry.Seq = 1
	return s
}

func TestJoinOfAHealthyDeployment(t *testing.T) {
	d := join(testScene())
	if d.State != backends.OK || d.Address != "http://127.0.0.1:7580" || d.Split().String() != "A=70 B=30" {
		t.Fatalf("got %+v", d)
	}
	a, _ := d.Variant("A")
	if a.Version != "1" || a.Ready != 1 || a.Desired != 1 || a.Digest != "sha256:img1" || a.Counted || a.Replicas[0].Address != "10.0.0.1:8080" {
		t.Errorf("A is %+v", a)
	}
}

func TestJoinTellsWhatIsAmiss(t *testing.T) {
	for name, test := range map[string]struct {
		given func(*scene)
		state backends.State
		says  string
	}{
		"no front door": {func(s *scene) { s.Found.Door = nil }, backends.Warn, "label its container"},
		"door stopped":  {func(s *scene) { s.Found.Door.Status, s.doorErr = "exited", errors.New("x") }, backends.Fail, "does not run"},
		"door unreadable": {func(s *scene) {
			s.doorErr = &frontdoor.UnreadableError{Kind: "nginx", Where: "/x", Why: "no split_clients"}
		}, backends.Warn, "no split_clients"},
		"door silent":       {func(s *scene) { s.doorErr = errors.New("no answer") }, backends.Fail, "no answer"},
		"split lost":        {func(s *scene) { s.Door.Split = nil }, backends.Fail, "lost its split"},
		"ledger unreadable": {func(s *scene) { s.ledger = errors.New("damaged") }, backends.Warn, "damaged"},
		"replica outside": {func(s *scene) { s.Door.Members["A"] = append(s.Door.Members["A"], frontdoor.Member{Name: "other"})[1:] }, backends.Warn,
			"does not send to it"},
		"stale address": {func(s *scene) { s.Door.Members["A"][0].Host = "10.0.0.2" }, backends.Fail, "where m-b-1 answers"},
		"a split never ended": {func(s *scene) {
			s.Entry.Work = &ledger.Work{Text: "split A=50 B=50", By: "alice", Since: testNow.Add(-time.Hour), Beat: testNow.Add(-time.Hour)}
		}, backends.Warn, "never ended"},
		"a rollout was given up": {func(s *scene) {
			s.Entry.Conf.Rollout = &desired.Rollout{Failed: true, EndedAt: testNow.Add(-time.Minute), Message: "the deploy of B was abandoned"}
		}, backends.Warn, "abandoned"},
		"a rollout is left": {func(s *scene) {
			s.Entry.Conf.Rollout = &desired.Rollout{Operation: backends.OpDeploy, Variant: "A", To: 1}
			s.Entry.Work = &ledger.Work{Rolls: true, Beat: testNow.Add(-time.Hour)}
		}, backends.Warn, "resume goes on"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testScene()
			test.given(&s)
			d := join(s)
			text := d.Reason
			for _, v := range d.Variants {
				for _, r := range v.Replicas {
					text += "; " + r.Reason
				}
			}
			if d.State != test.state || !strings.Contains(text, test.says) {
				t.Errorf("%s: %s, want %s with %q", d.State, text, test.state, test.says)
			}
		})
	}
}

func TestReconcile(t *testing.T) {
	s := testScene()
	s.Entry.Conf.SplitBy = "alice"
	s.Door.Split = backends.Split{"A": 60, "B": 40}
	conf := reconcile(s)
	if conf.Variant("B").Weight != 40 || conf.SplitBy != "somebody without pitwall" {
		t.Errorf("a split that was edited by hand: %+v by %s", conf.Variants, conf.SplitBy)
	}
	s.Entry.Work = &ledger.Work{}
	if conf := reconcile(s); conf.SplitBy != "alice" {
		t.Errorf("while a change is made the split is by %q", conf.SplitBy)
	}

	s = testScene()
	s.Found.Variants[0].Members = []world.Member{member("m-a-2", "A", "3", "10.0.0.1")}
	conf = reconcile(s)
	a := conf.Variant("A")
	if r := conf.Revision(a.Revision); r.Model.Version != "3" || len(conf.Revisions) != 3 {
		t.Errorf("an image that others changed: %+v", conf.Revisions)
	}
	kept := member("m-a-0", "A", "0", "")
	kept.Container.Status = "exited"
	s = testScene()
	s.Found.Variants[0].Kept = []world.Member{kept}
	s.Entry.Conf = desired.Deployment{}
	conf = reconcile(s)
	if r := conf.Revision(1); r == nil || r.Model.Version != "0" || conf.Variant("A").Revision != 2 {
		t.Errorf("revisions of kept containers: %+v", conf.Revisions)
	}
}

func TestTokenNamesWhatWasReviewed(t *testing.T) {
	s := testScene()
	before := token(s)
	s.Door.Members["A"][0].Host = "10.0.0.7"
	if token(s) != before {
		t.Error("a member that moves asks for a new review")
	}
	s.Door.Split = backends.Split{"A": 60, "B": 40}
	if token(s) == before {
		t.Error("another split has the same token")
	}
}
