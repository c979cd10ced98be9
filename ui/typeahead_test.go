package ui

import "testing"

// TestKeysTypedAheadGoToTheScreenTheyWereMeantFor: two keys arrive together,
// before any command has run.
func TestKeysTypedAheadGoToTheScreenTheyWereMeantFor(t *testing.T) {
	leads := func(place Place) Binding {
		return Binding{Keys: []string{place.Screen[:1]}, Help: place.Screen, To: place}
	}
	open := func(p Place) (Screen, error) {
		s := &fake{place: p}
		if p.Screen == "fleet" {
			s.extra = []Binding{leads(Place{"deployment", "api"}), leads(Place{"split", "other"})}
		} else {
			s.extra = []Binding{leads(Place{"split", "api"})}
		}
		return s, nil
	}
	bubble(t, Options{Open: open}, func(d *driver) {
		d.one(key("d"))
		d.one(key("s"))
		d.settle()
		places := []string{}
		for _, e := range d.m.stack {
			places = append(places, e.screen.Place().String())
		}
		if len(places) != 3 || places[1] != "api deployment" || places[2] != "api split" {
			t.Errorf("the stack is %q", places)
		}
		d.one(key("q"))
		d.one(key("q"))
		d.one(key("s"))
		d.settle()
		if got := d.m.top().Place(); got != (Place{"split", "other"}) {
			t.Errorf("back twice and on leads to %v", got)
		}
	})
}

func TestAKeyThatIsOffLeadsNowhere(t *testing.T) {
	open := func(p Place) (Screen, error) {
		return &fake{place: p, extra: []Binding{{Keys: []string{"d"}, Help: "deployment", Off: "gone", To: Place{"deployment", "api"}}}}, nil
	}
	bubble(t, Options{Open: open}, func(d *driver) {
		d.send(key("d"))
		if got := d.m.top().Place().Screen; got != "fleet" {
			t.Errorf("leads to %s", got)
		}
	})
}
