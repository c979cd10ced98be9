package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pitwall/ui/draw"
)

// A namespace that is named twice is looked at once.
func TestNamespacesOnce(t *testing.T) {
	context, namespaces := backendChoice{kind: kubernetesBackend, host: "prod/gw,models,gw"}.cluster()
	if context != "prod" || !slices.Equal(namespaces, []string{"gw", "models"}) {
		t.Errorf("context %q, namespaces %q", context, namespaces)
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
