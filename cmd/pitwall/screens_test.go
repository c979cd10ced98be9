package main

import (
	"testing"

	"pitwall/ui"
	"pitwall/views/viewtest"
)

// TestKeysMeanOneThing holds the keys of all screens against each other: no
// key is harmless on one screen and dangerous on another.
func TestKeysMeanOneThing(t *testing.T) {
	snap := viewtest.Fleet()
	open := opener(viewtest.Deps(snap))
	var tables []ui.Table
	for _, place := range allPlaces("model-api") {
		screen, err := open(place)
		if err != nil {
			t.Fatalf("open %s: %v", place, err)
		}
		tables = append(tables, ui.Table{Screen: place.Screen, Bindings: screen.Bindings()})
	}
	if err := ui.CheckBindings(tables...); err != nil {
		t.Error(err)
	}
}

// allPlaces lists every screen, those of one deployment with that name.
func allPlaces(name string) []ui.Place {
	var places []ui.Place
	for _, s := range wholeScreens {
		places = append(places, ui.Place{Screen: s})
	}
	for _, s := range deploymentScreens {
		if s == "inspect" {
			continue // the local stack knows no more of a replica than its rows show
		}
		places = append(places, ui.Place{Screen: s, Name: name})
	}
	return places
}

func TestOpenSaysWhichScreensThereAre(t *testing.T) {
	open := opener(viewtest.Deps(viewtest.Fleet()))
	for _, place := range []ui.Place{{Screen: "nonsense"}, {Screen: "split"}} {
		if _, err := open(place); err == nil {
			t.Errorf("%v opened", place)
		}
	}
}
