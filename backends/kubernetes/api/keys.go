package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// dropped is a value that nobody reads.
type dropped struct{}

// UnmarshalJSON takes any value and keeps nothing of it.
func (*dropped) UnmarshalJSON([]byte) error { return nil }

// Keys reads which keys a Secret or ConfigMap has, in name order. An API server
// sends the values along: they are dropped as they come.
func (c *Client) Keys(ctx context.Context, r schema.GroupVersionResource, namespace, name string) ([]string, error) {
	answer := c.typed.Get().AbsPath(Path(r, namespace, name)...).SetHeader("Accept", runtime.ContentTypeJSON).Do(ctx)
	text, _ := answer.Raw()
	defer func() { clear(text) }()
	if err := answer.Error(); err != nil { // Raw's own does not have the server's words
		return nil, fmt.Errorf("read the keys of %s %s/%s: %w", r.Resource, namespace, name, err)
	}
	var held struct{ Data, BinaryData map[string]dropped }
	if err := json.Unmarshal(text, &held); err != nil {
		return nil, fmt.Errorf("read the keys of %s %s/%s: the answer is no such object", r.Resource, namespace, name)
	}
	return slices.Sorted(slices.Values(slices.AppendSeq(slices.Collect(maps.Keys(held.Data)), maps.Keys(held.BinaryData)))), nil
}
