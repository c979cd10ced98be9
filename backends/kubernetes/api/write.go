package api

import (
	"context"
	"fmt"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Writer sends patches. It exists only where changes are allowed.
type Writer struct{ client *Client }

// Writer gives the means to write.
func (c *Client) Writer() *Writer { return &Writer{c} }

// Patch writes to one object and gives it as it is afterwards. With dry the
// API server runs the whole request (validation, admission, webhooks) and
// keeps nothing.
// Errors: those of Explain; a race that was lost is a *RaceError.
func (w *Writer) Patch(ctx context.Context, p Patch, dry bool) (*unstructured.Unstructured, error) {
	o := meta.PatchOptions{FieldManager: Manager}
	if dry {
		o.DryRun = []string{meta.DryRunAll}
	}
	var sub []string
	if p.Subresource != "" {
		sub = append(sub, p.Subresource)
	}
	u, err := w.client.dynamic.Resource(p.Resource).Namespace(p.Namespace).Patch(ctx, p.Name, p.Type, p.Body, o, sub...)
	if err != nil {
		return nil, fmt.Errorf("change %s: %w", p.Ref, Explain(err))
	}
	return u, nil
}

// Delete removes one object, the one of the Ref's UID when it has one.
func (w *Writer) Delete(ctx context.Context, r Ref, dry bool) error {
	o := meta.DeleteOptions{}
	if r.UID != "" {
		o.Preconditions = &meta.Preconditions{UID: &r.UID}
	}
	if dry {
		o.DryRun = []string{meta.DryRunAll}
	}
	if err := w.client.dynamic.Resource(r.Resource).Namespace(r.Namespace).Delete(ctx, r.Name, o); err != nil {
		return fmt.Errorf("remove %s: %w", r, Explain(err))
	}
	return nil
}

// Create writes a new object.
func (w *Writer) Create(ctx context.Context, r Ref, object map[string]any, dry bool) error {
	o := meta.CreateOptions{FieldManager: Manager}
	if dry {
		o.DryRun = []string{meta.DryRunAll}
	}
	_, err := w.client.dynamic.Resource(r.Resource).Namespace(r.Namespace).Create(ctx, &unstructured.Unstructured{Object: object}, o)
	if err != nil {
		return fmt.Errorf("create %s: %w", r, Explain(err))
	}
	return nil
}
