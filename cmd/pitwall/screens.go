package main

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/serve/traffic"
	"pitwall/ui"
	"pitwall/views"
	"pitwall/views/alerts"
	"pitwall/views/checklist"
	"pitwall/views/deployment"
	"pitwall/views/explain"
	"pitwall/views/fleet"
	"pitwall/views/inspect"
	"pitwall/views/journal"
	"pitwall/views/logs"
	"pitwall/views/registry"
	"pitwall/views/rollout"
	"pitwall/views/split"
)

// The screens: of everything, and of one deployment.
var (
	wholeScreens      = []string{"fleet", "alerts", "registry", "journal"}
	deploymentScreens = []string{"deployment", "split", "rollout", "explain", "checklist", "registry", "inspect", "logs", "alerts"}
)

// opener makes the screen of a place.
func opener(d views.Deps) func(ui.Place) (ui.Screen, error) {
	return func(p ui.Place) (ui.Screen, error) {
		switch p.Screen {
		case "fleet":
			return fleet.New(d), nil
		case "alerts":
			return alerts.New(d, p.Name), nil
		case "journal":
			return journal.New(d, p.Name), nil
		case "registry":
			return registry.New(d, p.Name), nil
		}
		if p.Name == "" {
			return nil, fmt.Errorf("screen %s needs a deployment; without one there is %s", p.Screen, strings.Join(wholeScreens, ", "))
		}
		switch p.Screen {
		case "deployment":
			return deployment.New(d, p.Name), nil
		case "split":
			return split.New(d, p.Name), nil
		case "rollout":
			return rollout.New(d, p.Name), nil
		case "checklist":
			return checklist.New(d, p.Name), nil
		case "explain":
			return explain.New(d, p.Name), nil
		case "inspect":
			return inspect.New(d, p.Name), nil
		case "logs":
			return logs.New(d, p.Name), nil
		}
		ofOne := slices.DeleteFunc(slices.Clone(deploymentScreens), func(s string) bool { return slices.Contains(wholeScreens, s) })
		return nil, fmt.Errorf("no screen %q: there is %s, %s", p.Screen, strings.Join(wholeScreens, ", "), strings.Join(ofOne, ", "))
	}
}

// scenarioNames lists the incident scenarios, calm last.
func scenarioNames() []string {
	var names []string
	for _, s := range traffic.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}
