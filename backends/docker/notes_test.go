package docker

import (
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/world"
)

// TestPlanOfARolloutTellsWhatItCostsAtTheFrontDoor: how often a reload is paid
// for, and that the addresses have to be kept true.
func TestPlanOfARolloutTellsWhatItCostsAtTheFrontDoor(t *testing.T) {
	for name, test := range map[string]struct {
		door    string
		op      backends.Op
		wanted  int
		project string
		says    []string // nothing of a front door that has no such cost
	}{
		"deploy of 1":           {frontdoor.NGINX, backends.OpDeploy, 1, "shop", []string{"this deploy is 2 such changes", "(`docker-compose up` does that)"}},
		"deploy to 3":           {frontdoor.NGINX, backends.OpDeploy, 3, "", []string{"is paid 4 times", "an open console writes the new ones"}},
		"promote":               {frontdoor.NGINX, backends.OpPromote, 1, "", []string{"this promote is 4 such changes"}},
		"scale":                 {frontdoor.NGINX, backends.OpScale, 4, "", []string{"this scale is 3 such changes"}},
		"HAProxy loses nothing": {frontdoor.HAProxy, backends.OpDeploy, 3, "", []string{"by the addresses that they have then"}},
		"the gateway":           {frontdoor.Gateway, backends.OpDeploy, 3, "", nil},
	} {
		s := testScene()
		s.Found.DoorKind, s.Found.Project = test.door, test.project
		p := desired.Plan{Conf: s.Entry.Conf.Clone(), Rolls: true}
		p.Conf.Rollout = &desired.Rollout{Operation: test.op, Variant: "A", Candidate: "B"}
		p.Conf.Variant("A").Replicas = test.wanted
		text := ""
		for _, e := range s.notes(p) {
			text += e.After + "\n"
		}
		for _, says := range test.says {
			if !strings.Contains(text, says) {
				t.Errorf("%s: %q lacks %q", name, text, says)
			}
		}
		if test.says == nil && text != "" || test.door == frontdoor.HAProxy && strings.Contains(text, "such changes") {
			t.Errorf("%s: it says %q", name, text)
		}
	}
}

// TestFrontDoorOfContainersMadeAnew: the state, the cause and the cure are told.
func TestFrontDoorOfContainersMadeAnew(t *testing.T) {
	s := testScene()
	m := &s.Found.Variants[0].Members[0]
	m.Revision, m.Compose, m.Container.Name, m.Container.Created = 0, true, "shop_m-a_1", testNow.Add(-time.Minute)
	s.containers[0] = m.Container
	s.Door.Members["A"][0] = frontdoor.Member{Name: "m-a-r2-1", Host: "10.0.0.77", Port: 8080}
	d := join(s)
	if d.State != backends.Fail || !strings.HasPrefix(d.Reason, "its front door m-door sends 70 % of the requests to containers of A that are gone: Compose (`docker-compose up`) made the containers of A anew") {
		t.Errorf("%s: %s", d.State, d.Reason)
	}
	if r := d.Variants[0].Replicas[0]; r.State != backends.Fail || d.Variants[0].Ready != 0 {
		t.Errorf("the replica is %s: %s", r.State, r.Reason)
	}
	r := s.reasons()[0]
	if r.Kind != backends.ReasonFrontDoor || !r.Since.Equal(testNow.Add(-time.Minute)) || !strings.HasPrefix(r.Next, "open a console") || !strings.Contains(r.Next, "a restart of A") {
		t.Errorf("the reason is %+v", r)
	}
	if !s.mendable() {
		t.Error("an open console would not mend it")
	}
	s.Found.Variants[0].Members = append(s.Found.Variants[0].Members, world.Member{Variant: "A", Revision: 2, Container: s.Found.Variants[1].Members[0].Container})
	if _, amiss := s.doorTrouble(); amiss {
		t.Error("told though pitwall made one of them")
	}
}
