package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pitwall/ui/draw"
)

// A namespace that is named twice is looked at once; a context that is known is
// taken whole, whatever slashes it has.
func TestClusterOfAChoice(t *testing.T) {
	const eks = "arn:aws:eks:eu-west-1:1:cluster/prod"
	for host, want := range map[string]struct {
		context    string
		namespaces []string
	}{
		"":                   {},
		"prod":               {"prod", nil},
		"prod/gw,models,gw":  {"prod", []string{"gw", "models"}},
		"/models":            {"", []string{"models"}},
		eks:                  {eks, nil},
		eks + "/":            {eks, nil},
		eks + "/models,gw":   {eks, []string{"models", "gw"}},
		eks + "-2/models":    {eks + "-2", []string{"models"}},
		"elsewhere/a/models": {"elsewhere/a", []string{"models"}},
	} {
		context, namespaces := backendChoice{kind: kubernetesBackend, host: host}.cluster([]string{"prod", eks})
		if context != want.context || !slices.Equal(namespaces, want.namespaces) {
			t.Errorf("%q: context %q, namespaces %q, want %+v", host, context, namespaces, want)
		}
	}
}

// One long text does not pad the whole table.
func TestCellsAreCut(t *testing.T) {
	var out bytes.Buffer
	row(&out, strings.Repeat("x", 5000), "next")
	if first, rest, _ := strings.Cut(out.String(), "\t"); draw.Width(first) != cellWidth || !strings.HasSuffix(first, "…") || rest != "next\n" {
		t.Errorf("a cell of %d columns before %q", draw.Width(first), rest)
	}
}
