package rollout

import (
	"testing"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/world"
)

// TestReplacementThatGotTheFreedAddress: the engine hands out again the address
// of a container that was removed. The front door sends to whoever has it, under
// whatever name; to one of another variant it does not send this one's.
func TestReplacementThatGotTheFreedAddress(t *testing.T) {
	const gone = "m-a-r1-9"
	for name, test := range map[string]struct {
		names  string // the member of the front door
		holds  string // variant of the container that has the address
		known  string // another container, of nobody
		serves bool
	}{
		"its variant's":              {gone, "A", "", true},
		"another variant's":          {gone, "B", "", false},
		"it is there, somebody's":    {gone, "A", gone, false},
		"no name, its variant's":     {"", "A", "", true},
		"it is kept, of its variant": {"m-a-r0-1", "A", "", false},
	} {
		f := newFake(1)
		f.door.Kind = frontdoor.NGINX
		holder := f.containers["m-a-r1-1"]
		holder.Labels[world.LabelVariant] = test.holds
		if test.names == "m-a-r0-1" {
			kept := *holder
			kept.Name, kept.Status, kept.ExitCode, kept.Networks = test.names, "exited", 0, nil
			f.containers[test.names] = &kept
		}
		f.door.Members["A"] = []frontdoor.Member{{Name: test.names, Host: holder.Networks["net"], Port: 8080}}
		s := f.scene()
		if test.known != "" {
			s.Names = map[string]bool{test.known: true, holder.Name: true}
		}
		v, _ := s.Found.Variant(test.holds)
		if got := Serves(s, v.Members[0]); got != test.serves {
			t.Errorf("%s: the front door sends to it: %v", name, got)
		}
		if got := Took(s, s.Door.Members["A"][0], v.Members[0]); got != (test.names == gone && test.known == "") {
			t.Errorf("%s: it took the address: %v", name, got)
		}
		if got := Want(s, nil, nil).Members["A"]; test.serves && (len(got) != 1 || got[0].Name != holder.Name) {
			t.Errorf("%s: the front door is told %+v", name, got)
		}
	}
}

// TestMadeAnewOneAfterTheOther: when a front door was told of the first of the
// containers that Compose makes anew, those that come later are put in too, and
// none beyond what is wanted.
func TestMadeAnewOneAfterTheOther(t *testing.T) {
	door := engine.Container{Name: "door", Status: "running", Networks: map[string]string{"net": "10.0.0.9"}}
	anew := func(name, address string) world.Member {
		return world.Member{Variant: "A", Port: 8080, Compose: true, Container: engine.Container{ID: name, Name: name, Status: "running", Networks: map[string]string{"net": address}}}
	}
	f := newFake(2) // wants two
	s := Scene{Entry: f.scene().Entry, Found: world.Deployment{Door: &door, Variants: []world.Variant{{Name: "A", Members: []world.Member{anew("p_a_1", "10.0.0.1"), anew("p_a_2", "10.0.0.7")}}}},
		Door: frontdoor.Config{Kind: frontdoor.NGINX, Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {{Name: "p_a_1", Host: "10.0.0.1", Port: 8080}}}}}
	s.Entry.Work = nil
	if got := Want(s, nil, nil).Members["A"]; len(got) != 2 {
		t.Errorf("of two that are wanted the front door is told %+v", got)
	}
	s.Entry.Conf.Variants[0].Replicas = 1
	if got := Want(s, nil, nil).Members["A"]; len(got) != 1 {
		t.Errorf("of one that is wanted the front door is told %+v", got)
	}
}

// TestMadeAnewOnSomeOfTheOldAddresses: of the containers that somebody made anew,
// some have addresses of before: those that have not are put in all the same.
func TestMadeAnewOnSomeOfTheOldAddresses(t *testing.T) {
	door := engine.Container{Name: "door", Status: "running", Networks: map[string]string{"net": "10.0.0.9"}}
	anew := func(name, address string) world.Member {
		return world.Member{Variant: "A", Port: 8080, Container: engine.Container{ID: name, Name: name, Status: "running", Networks: map[string]string{"net": address}}}
	}
	f := newFake(1)
	s := Scene{Entry: f.scene().Entry, Found: world.Deployment{Door: &door, Variants: []world.Variant{{Name: "A", Members: []world.Member{anew("p_a_1", "10.0.0.1"), anew("p_a_2", "10.0.0.7")}}}},
		Door: frontdoor.Config{Kind: frontdoor.NGINX, Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{
			"A": {{Name: "p_a-r2-1", Host: "10.0.0.1", Port: 8080}, {Name: "p_a-r2-2", Host: "10.0.0.2", Port: 8080}}}}}
	s.Entry.Work = nil
	if got := Want(s, nil, nil).Members["A"]; len(got) != 2 || got[0].Name != "p_a_1" || got[1].Host != "10.0.0.7" {
		t.Errorf("the front door is told %+v", got)
	}
}
