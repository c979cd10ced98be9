package docker

import (
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/ledger"
	"pitwall/backends/docker/rollout"
)

// TestFileOfTheFrontDoorIsToldAndMended: one that a restart reads and that says
// something else than the door does, and what may be written again.
func TestFileOfTheFrontDoorIsToldAndMended(t *testing.T) {
	behind := frontdoor.Apart{Text: "the file says A=60 B=40 and HAProxy does A=70 B=30", Behind: true}
	byHand, unkept := behind, behind
	byHand.Behind = false
	unkept.Behind, unkept.Unkept = false, "/x.cfg is on no mount of the container"
	for name, test := range map[string]struct {
		apart    frontdoor.Apart
		recorded float64 // weight of A that was asked for
		next     string
		mends    bool
	}{
		"behind":                          {behind, 70, "a console that is open writes the file", true},
		"behind, as near as weights come": {behind, 70.2, "a console that is open writes the file", true},
		"weights that nobody asked for":   {behind, 50, "`docker kill -s USR2 m-door` makes it do what the file says", false},
		"edited by hand":                  {byHand, 70, "`docker kill -s USR2 m-door` makes it do what the file says", false},
		"not to be written":               {unkept, 70, "for pitwall cannot: /x.cfg is on no mount", false},
	} {
		s := testScene()
		s.recorded = s.Entry.Conf.Clone()
		s.recorded.Variant("A").Weight, s.recorded.Variant("B").Weight = test.recorded, 100-test.recorded
		s.Door.Apart = &test.apart
		r, amiss := s.doorTrouble()
		if d := join(s); !amiss || d.State != backends.Warn || !strings.Contains(d.Reason, "a restart of the front door m-door would bring back what its file says: the file says A=60 B=40") {
			t.Errorf("%s: %s %s", name, d.State, d.Reason)
		}
		if !strings.Contains(r.Next, test.next) || s.mendable() != test.mends {
			t.Errorf("%s: next %q, mended %v", name, r.Next, s.mendable())
		}
		told := s.remembered()
		if got := told.Entry.Conf.Variant("A").Weight; test.mends && got != test.recorded {
			t.Errorf("%s: it would be told A=%v", name, got)
		}
		s.Entry.Work = &ledger.Work{Text: "split", Beat: testNow}
		if _, amiss := s.doorTrouble(); amiss || s.mendable() {
			t.Errorf("%s: told while somebody changes it", name)
		}
	}
}

// TestNameOfOneThatIsGoneIsMended: the front door sends where the replacement
// is, and names the container that had the address before.
func TestNameOfOneThatIsGoneIsMended(t *testing.T) {
	s := testScene()
	if s.mendable() {
		t.Error("a front door that is well would be mended")
	}
	s.Door.Members["A"][0].Name = "m-a-0"
	want := rollout.Want(s.Scene, nil, nil)
	if !s.mendable() || serves(s.Door, want) || want.Members["A"][0] != (frontdoor.Member{Name: "m-a-1", Host: "10.0.0.1", Port: 8080}) {
		t.Errorf("mended %v, told %+v", s.mendable(), want.Members["A"])
	}
	if got := s.misnamed(); len(got) != 1 || got[0] != "the front door named m-a-0, which is gone, where m-a-1 is now" {
		t.Errorf("said %q", got)
	}
}
