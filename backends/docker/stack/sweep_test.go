package stack

import (
	"context"
	"slices"
	"testing"

	"pitwall/backends/desired"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/ledger"
)

// displaced is an engine with images whose tag went to another build.
type displaced struct{ shared }

func (*displaced) Images(context.Context, string) ([]engine.Image, error) {
	return []engine.Image{{ID: "sha256:new", Tags: []string{"pitwall/model-api:1"}}, {ID: "sha256:model"}, {ID: "sha256:rolled"}, {ID: "sha256:used"}, {ID: "sha256:base"}}, nil
}

// TestUpLeavesNoImageThatNobodyWants: those of the tags, of a container, and of a
// revision that is remembered stay.
func TestUpLeavesNoImageThatNobodyWants(t *testing.T) {
	e := &displaced{shared{users: map[string][]string{"sha256:used": {"kept-one"}}}}
	u := &upper{engine: e, o: Options{Name: "pitwall"}, entries: map[string]ledger.Entry{
		"pitwall/m": {Conf: desired.Deployment{Revisions: []desired.Revision{{Model: desired.Model{SHA256: "rolled"}}}}}}}
	u.sweep(t.Context())
	if want := []string{"image sha256:model", "image sha256:base"}; !slices.Equal(e.removed, want) {
		t.Errorf("removed %q, want %q", e.removed, want)
	}
}
