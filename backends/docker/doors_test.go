package docker

import (
	"testing"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/ledger"
)

// TestVersionOfTheFrontDoorFollowsARollout: the gateway's metrics carry the new
// version once every replica is new, and not before.
func TestVersionOfTheFrontDoorFollowsARollout(t *testing.T) {
	s := testScene()
	s.Door.Versions = map[string]string{"A": "1", "B": "2"}
	if !tells(s.Door, labelled(s.Scene)) {
		t.Fatal("a door that says what runs is told again")
	}
	s.Entry.Conf.Revisions = append(s.Entry.Conf.Revisions, desired.Revision{Number: 9, Variant: "A", Model: desired.Model{Version: "3", SHA256: "img3"}})
	s.Entry.Conf.Rollout = &desired.Rollout{Operation: backends.OpDeploy, Variant: "A", To: 9}
	s.Entry.Work = &ledger.Work{Rolls: true, Beat: testNow, Fresh: []string{"m-a-1"}}
	if got := versions(labelled(s.Scene))["A"]; got != "1" || !tells(s.Door, labelled(s.Scene)) {
		t.Errorf("before the rollout did anything it is %q", got)
	}
	s.Found.Variants[0].Members[0].Version, s.Found.Variants[0].Members[0].Container.ImageID = "3", "sha256:img3"
	if got := versions(labelled(s.Scene))["A"]; got != "3" || tells(s.Door, labelled(s.Scene)) {
		t.Errorf("once all are new it is %q", got)
	}
	s.Door.Versions = nil // a door that shows none
	if !tells(s.Door, labelled(s.Scene)) {
		t.Error("a door that shows no versions is told again")
	}
}
