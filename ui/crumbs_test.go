package ui

import (
	"testing"

	"github.com/charmbracelet/x/ansi"

	"pitwall/ui/theme"
)

// TestTheLastCrumbKeepsItsName: whatever is left out on a narrow line, what the
// keys act on is named.
func TestTheLastCrumbKeepsItsName(t *testing.T) {
	th := theme.New(theme.Options{})
	c := chrome{theme: th, places: []Place{{"fleet", ""}, {"deployment", "fraud"}, {"rollout", "fraud"}}}
	c.status.Context = "k8s:///models"
	for width, want := range map[int]string{
		80: "pitwall ▸ k8s:///models ▸ fleet ▸ fraud deployment ▸ rollout",
		58: "pitwall ▸ k8s:///models ▸ fraud deployment ▸ rollout",
		45: "pitwall ▸ k8s:///models ▸ fraud rollout",
		25: "pitwall ▸ fraud rollout",
		14: "fraud rollout",
	} {
		if got := ansi.Strip(c.crumbs().within(width, th)); got != want {
			t.Errorf("in %d columns %q, want %q", width, got, want)
		}
	}
}
