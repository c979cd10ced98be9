package docker

import (
	"errors"
	"strings"
	"syscall"
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
		"door paused":   {func(s *scene) { s.Found.Door.Status, s.doorErr = "paused", errors.New("x") }, backends.Fail, "its front door m-door is paused: it was paused by somebody, as by `docker pause`: `docker unpause m-door` lets it go on"},
		"replica paused": {func(s *scene) { s.Found.Variants[0].Members[0].Container.Status = "paused" }, backends.Fail,
			"A has no ready replica and 70 % of the users: m-a-1 was paused by somebody"},
		"door stopped by hand": {func(s *scene) { stopAt(s.Found.Door, testNow) }, backends.Fail,
			"m-door does not run: it was stopped through the engine, as by `docker stop`, or by the engine when it came back after it had died"},
		"off the network": {func(s *scene) { s.Found.Variants[0].Members[0].Container.Networks = nil }, backends.Fail,
			"m-a-1 is on no network of the front door, which sends to it: `docker network connect net m-a-1`"},
		"door unreadable": {func(s *scene) {
			s.doorErr = &frontdoor.UnreadableError{Kind: "nginx", Where: "/x", Why: "no split_clients"}
		}, backends.Warn, "no split_clients"},
		"door silent": {func(s *scene) { s.doorErr = errors.New("no answer") }, backends.Warn, "runs, and what it does cannot be read now: no answer"},
		"door unhealthy": {func(s *scene) {
			s.doorErr, s.Found.Door.Health.Status = errors.New("no answer"), "unhealthy"
		}, backends.Fail, "does not answer: no answer"},
		"split lost":        {func(s *scene) { s.Door.Split = nil }, backends.Fail, "lost its split"},
		"ledger unreadable": {func(s *scene) { s.ledger = errors.New("damaged") }, backends.Warn, "damaged"},
		"replica removed": {func(s *scene) {
			s.Entry.Conf.Variants[0].Replicas = 2
			s.Door.Members["A"] = append(s.Door.Members["A"], frontdoor.Member{Name: "m-a-2", Host: "m-a-2", Port: 8080})
		}, backends.Warn, "m-a-2 was removed from the engine"},
		"replica outside": {func(s *scene) { s.Door.Members["A"] = append(s.Door.Members["A"], frontdoor.Member{Name: "other"})[1:] }, backends.Warn,
			"does not send to it"},
		"stale address": {func(s *scene) { s.Door.Members["A"][0].Host = "10.0.0.2" }, backends.Fail, "where m-b-1 answers"},
		"the address of one that is gone is another's": {func(s *scene) { s.Door.Members["A"][0] = frontdoor.Member{Name: "m-a-0", Host: "10.0.0.2", Port: 8080} },
			backends.Fail, "where m-b-1 answers"},
		"the address of one that is gone is its replacement's": {func(s *scene) { s.Door.Members["A"][0].Name = "m-a-0" }, backends.OK, ""},
		"a variant that nobody operated on is gone": {func(s *scene) {
			s.Found.Variants, s.containers, s.Entry.Conf = s.Found.Variants[:1], s.containers[:1], desired.Deployment{}
			s.Entry.Conf = reconcile(*s)
		}, backends.Fail, "sends 30 % of the requests to B, of which no container is left: it names m-b-1, which is gone"},
		"unpaused just now": {func(s *scene) { s.Found.Variants[0].Members[0].Container.Health = engine.Health{Status: "unhealthy"} }, backends.OK, ""},
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

// stopAt is a container after somebody stopped it.
func stopAt(c *engine.Container, at time.Time) {
	c.Status, c.FinishedAt, c.Restart, c.Networks = "exited", at, "unless-stopped", map[string]string{"net": ""}
}

// TestJoinOfWhatTheEngineStopped: everything ended at one time, as after an
// engine that died: all of it is told, with the command that starts it again,
// and nothing else of the same look is.
func TestJoinOfWhatTheEngineStopped(t *testing.T) {
	ended := func(spread time.Duration) scene {
		s := testScene()
		for i := range s.Found.Variants {
			v := &s.Found.Variants[i]
			v.Kept, v.Members = v.Members, nil
			stopAt(&v.Kept[0].Container, testNow.Add(-time.Minute-time.Duration(i+1)*spread))
		}
		old := member("m-a-0", "A", "0", "")
		stopAt(&old.Container, testNow.Add(-time.Hour))
		s.Found.Variants[0].Kept = append(s.Found.Variants[0].Kept, old)
		stopAt(s.Found.Door, testNow.Add(-time.Minute))
		s.doorErr = errors.New("container is not running")
		return s
	}
	s := ended(time.Second)
	d := join(s)
	if d.State != backends.Fail || !strings.Contains(d.Reason, "the engine stopped 3 containers at") ||
		!strings.Contains(d.Reason, "`docker start m-a-1 m-b-1 m-door` starts them again") {
		t.Errorf("%s: %s", d.State, d.Reason)
	}
	for _, v := range d.Variants {
		if len(v.Replicas) != 1 || v.Replicas[0].Cause != backends.CauseStopped {
			t.Errorf("%s shows %+v", v.Name, v.Replicas)
		}
	}
	s.Found.Stack, s.Found.DoorKind = "pitwall", frontdoor.Gateway
	if d := join(s); !strings.Contains(d.Reason, "`pitwall up --backend docker:` starts them again") {
		t.Errorf("of a stack of pitwall's own: %s", d.Reason)
	}
	if d := join(ended(time.Hour)); !strings.Contains(d.Reason, "its front door m-door does not run") {
		t.Errorf("stopped one after the other: %s", d.Reason)
	}
	s = ended(time.Second)
	s.Found.Variants[1].Kept[0].Container.OOMKilled = true
	if d := join(s); !strings.Contains(d.Reason, "the engine stopped 2 containers") || d.Variants[1].Replicas[0].Cause != backends.CauseOOM {
		t.Errorf("one of them ended by itself: %s, %+v", d.Reason, d.Variants)
	}
	s.Found.Variants[1].Kept[0].Container.Status = "running"
	if d := join(s); !strings.Contains(d.Reason, "the engine stopped it and others, 2 containers at") || !strings.Contains(d.Reason, "`docker start m-a-1 m-door` starts them again") {
		t.Errorf("one of them runs again: %s", d.Reason)
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

// TestWeightsThatNobodyKnowsAreMissing: a front door that cannot be read, of a
// deployment that pitwall has not changed, does not send 0 % to everybody.
func TestWeightsThatNobodyKnowsAreMissing(t *testing.T) {
	s := testScene()
	s.Entry.Conf, s.doorErr = desired.Deployment{}, errors.New("it is starting")
	s.Entry.Conf = reconcile(s)
	if d := join(s); d.SplitKnown() || len(d.Split()) > 0 || len(d.Variants) != 2 {
		t.Errorf("the split is %+v", d.Variants)
	}
	s.recorded = testScene().Entry.Conf
	s.Entry.Conf = s.recorded.Clone()
	if d := join(s); d.Split().String() != "A=70 B=30" {
		t.Errorf("what was asked for is told as %s", d.Split())
	}
}

// TestMovedForgivesAFrontDoorThatDidNotAnswer: a plan and its change may see
// the same state, one of them without the front door.
func TestMovedForgivesAFrontDoorThatDidNotAnswer(t *testing.T) {
	seen, unseen := testScene(), testScene()
	unseen.doorErr = errors.New("no answer")
	if seen.moved(token(unseen)) || unseen.moved(token(seen)) {
		t.Errorf("%q and %q are told apart", token(seen), token(unseen))
	}
	changed := testScene()
	changed.Entry.Conf.Generation++
	if !changed.moved(token(unseen)) || !changed.moved(token(seen)) {
		t.Error("another configuration is not told")
	}
	split := testScene()
	split.Door.Split = backends.Split{"A": 1, "B": 99}
	if !split.moved(token(seen)) {
		t.Error("another split is not told")
	}
}

// TestGoingBackIsNamed: the way back from a rollout that was abandoned says of
// what, to what and why.
func TestGoingBackIsNamed(t *testing.T) {
	s := testScene()
	s.Entry.Conf.Rollout = &desired.Rollout{Operation: backends.OpDeploy, Variant: "B", Failed: true, Message: "the deploy of B was abandoned: no room"}
	s.Entry.Work = &ledger.Work{Text: "going back after the deploy", Rolls: true, Beat: testNow}
	r := join(s).Rollout
	if r == nil || r.Operation != backends.OpAbort || r.Variant != "B" || r.To == "" || r.Total == 0 || !strings.Contains(r.Message, "no room") {
		t.Errorf("going back is shown as %+v", r)
	}
	s.Entry.Work.Beat, s.ours = testNow.Add(-time.Hour), true
	if r := join(s).Rollout; r.Paused {
		t.Errorf("what this process carries out is called held: %+v", r)
	}
}

// TestProgressCountsWhatWasReplaced follows a deploy of three replicas from its
// first new container to its last, and back.
func TestProgressCountsWhatWasReplaced(t *testing.T) {
	s := testScene()
	old, fresh := []world.Member{member("m-a-1", "A", "1", "10.0.0.1"), member("m-a-2", "A", "1", "10.0.0.3"), member("m-a-3", "A", "1", "10.0.0.4")},
		[]world.Member{member("m-a-r2-1", "A", "2", "10.0.1.1"), member("m-a-r2-2", "A", "2", "10.0.1.2"), member("m-a-r2-3", "A", "2", "10.0.1.3")}
	s.Found.Variants[0].Members = old
	s.Entry.Conf = reconcile(s)
	s.Entry.Conf.Variant("A").Replicas = 3
	from := s.Entry.Conf.Variant("A").Revision
	to := s.Entry.Conf.AddRevision(desired.Revision{Variant: "A", Model: memberModel(fresh[0])})
	s.Entry.Work = &ledger.Work{Rolls: true, Beat: testNow, Fresh: []string{"m-a-r2-1", "m-a-r2-2", "m-a-r2-3"}}
	show := func(active bool, there, sent []world.Member) *backends.Rollout {
		s.Entry.Conf.Rollout = &desired.Rollout{Operation: backends.OpDeploy, Variant: "A", From: from, To: to, Failed: !active}
		s.Found.Variants[0].Members, s.Door.Members["A"] = there, nil
		for _, m := range sent {
			s.Door.Members["A"] = append(s.Door.Members["A"], frontdoor.Member{Name: m.Container.Name, Host: m.Container.Networks["net"], Port: 8080})
		}
		return join(s).Rollout
	}
	with := func(n, m int) []world.Member { return append(append([]world.Member{}, old[:n]...), fresh[:m]...) }
	for _, step := range []struct {
		what   string
		active bool
		there  []world.Member
		sent   []world.Member
		says   string
	}{
		{"it begins", true, with(3, 0), with(3, 0), "0 of 3 replaced"},
		{"a new one starts", true, with(3, 1), with(3, 0), "0 of 3 replaced"},
		{"a new one serves beside the old", true, with(3, 1), with(3, 1), "0 of 3 replaced"},
		{"the first old one is gone", true, with(2, 1), with(2, 1), "1 of 3 replaced"},
		{"the last old one still serves", true, with(1, 3), with(1, 3), "2 of 3 replaced"},
		{"it gets no requests any more", true, with(1, 3), with(0, 3), "3 of 3 replaced"},
		{"all are new", true, with(0, 3), with(0, 3), "3 of 3 replaced"},
		{"it goes back before anything was replaced", false, with(3, 1), with(3, 0), "3 of 3 back"},
		{"it goes back with one old one missing", false, with(2, 1), with(2, 1), "2 of 3 back"},
		{"it is back", false, with(3, 0), with(3, 0), "3 of 3 back"},
	} {
		r := show(step.active, step.there, step.sent)
		if r == nil || r.Progress() != step.says {
			t.Errorf("%s: %+v, want %s", step.what, r, step.says)
		}
	}
}

// TestWhatIsGoneIsRemembered: a project that was taken down, and none of which
// anything is left, whatever the configuration calls its deployments.
func TestWhatIsGoneIsRemembered(t *testing.T) {
	s := testScene()
	entry := func(scope, name string, events ...backends.Event) ledger.Entry {
		return ledger.Entry{Scope: scope, Conf: desired.Deployment{Name: name}, Events: events}
	}
	other := engine.Container{Name: "shop-db-1", Labels: map[string]string{world.ComposeProject: "shop"}}
	got := memories(map[string]ledger.Entry{
		"m":          entry("", "m"),
		"shop/churn": entry("shop", "churn"),
		"old/fraud":  entry("old", "fraud", backends.Event{At: testNow}),
		"lone":       entry("", "lone"),
	}, []world.Deployment{s.Found}, append(s.containers, other))
	var names []string
	for _, m := range got {
		names = append(names, m.key)
	}
	if strings.Join(names, " ") != "lone old/fraud" || !got[1].At.Equal(testNow) || got[1].Scope != "old" {
		t.Errorf("gone are %+v", got)
	}
}

// TestReasonsNameTheFrontDoorAndWhatStartsIt right after somebody killed it.
func TestReasonsNameTheFrontDoorAndWhatStartsIt(t *testing.T) {
	s := testScene()
	s.Found.Door.Status, s.Found.Door.ExitCode, s.Found.Door.FinishedAt = "exited", 137, testNow
	s.Found.DoorEnd = world.End{Known: true, Asked: syscall.SIGKILL}
	s.doorErr = errors.New("it does not run")
	s.Found.Variants[0].Members[0].Container.Status = "paused"
	s.Found.Variants[0].Members[0].End.Paused = testNow.Add(-time.Minute)
	found := s.reasons()
	if len(found) != 2 {
		t.Fatalf("reasons %+v", found)
	}
	door, paused := found[0], found[1]
	if door.Kind != backends.ReasonFrontDoor || door.State != backends.Fail || door.Text != "its front door m-door does not run" || !door.Since.Equal(testNow) ||
		!strings.HasPrefix(door.Next, "`docker start m-door`") || !strings.Contains(door.Evidence[0], "with signal killed, as by `docker kill`") {
		t.Errorf("the door is told as %+v", door)
	}
	if paused.Cause != backends.CausePaused || paused.Variant != "A" || !paused.Since.Equal(testNow.Add(-time.Minute)) || paused.Next != "`docker unpause m-a-1`" {
		t.Errorf("the replica is told as %+v", paused)
	}
	if d := join(s); !strings.HasPrefix(d.Reason, "its front door m-door does not run: it was ended through the engine") {
		t.Errorf("the deployment's reason is %q", d.Reason)
	}
}
