package kubernetes

import (
	"context"
	"errors"
	"fmt"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/world"
)

var (
	_ backends.SharedReader = (*Backend)(nil)
	_ backends.Sharer       = (*MutableBackend)(nil)
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// The ConfigMap that people share is named after its deployment, and has the
// text under one key.
const (
	sharedSuffix = "-pitwall"
	sharedKey    = "checklist.json"
	managedBy    = "app.kubernetes.io/managed-by"
	maxShared    = 900 << 10 // bytes; etcd takes 1 MiB of a whole object
)

func sharedRef(d world.Deployment) api.Ref {
	return api.Ref{Resource: configMaps, Kind: "ConfigMap", Namespace: d.Namespace, Name: d.Name + sharedSuffix}
}

// ReadShared implements backends.SharedReader.
func (b *Backend) ReadShared(ctx context.Context, deployment string) (backends.SharedText, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return backends.SharedText{}, err
	}
	ref := sharedRef(s.found)
	out := backends.SharedText{From: ref.String()}
	var kept core.ConfigMap
	switch err := b.client.Get(ctx, ref.Resource, ref.Namespace, ref.Name, &kept); {
	case apierrors.IsNotFound(err):
		return out, nil
	case err != nil:
		return out, denied(err, "get", ref.Resource, ref.Namespace)
	}
	out.Data, out.Version, out.Locked = []byte(kept.Data[sharedKey]), kept.ResourceVersion, locked(ref, kept)
	return out, nil
}

// locked says why a ConfigMap must or can not be written, nil when it may.
func locked(ref api.Ref, kept core.ConfigMap) error {
	_, has := kept.Data[sharedKey]
	switch {
	case !has && kept.Labels[managedBy] != api.Manager:
		return &backends.SharedRefusedError{Err: fmt.Errorf("the %s is not pitwall's: it has no key %s and no label %s=%s", ref, sharedKey, managedBy, api.Manager),
			Next: "rename it, or give it that label if pitwall may write there"}
	case kept.Immutable != nil && *kept.Immutable:
		return &backends.SharedRefusedError{Err: fmt.Errorf("the %s is immutable", ref), Next: "delete it and make it anew with its data and without immutable: true"}
	}
	return nil
}

// WriteShared implements backends.Sharer. What else stands in the ConfigMap
// stays.
func (m *MutableBackend) WriteShared(ctx context.Context, deployment string, t backends.SharedText) error {
	s, err := m.scene(ctx, deployment)
	if err != nil {
		return err
	}
	ref := sharedRef(s.found)
	if len(t.Data) > maxShared {
		return fmt.Errorf("the %s would have %d bytes, and %d are the most: take old entries out of its key %s", ref, len(t.Data), maxShared, sharedKey)
	}
	metadata := map[string]any{"labels": map[string]any{managedBy: api.Manager}}
	data := map[string]any{sharedKey: string(t.Data)}
	if t.Version == "" {
		metadata["name"], metadata["namespace"] = ref.Name, ref.Namespace
		err = m.writer.Create(ctx, ref, map[string]any{"apiVersion": "v1", "kind": ref.Kind, "metadata": metadata, "data": data}, false)
	} else {
		err = m.patchShared(ctx, ref, t.Version, map[string]any{"metadata": metadata, "data": data})
	}
	if right := (*api.RightError)(nil); errors.As(api.Explain(err), &right) {
		return &backends.SharedRefusedError{Err: right, Next: "ask for the role of an operator, which `pitwall rbac operator` prints"}
	}
	return moved(ref, t.Version, err)
}

func (m *MutableBackend) patchShared(ctx context.Context, ref api.Ref, version string, members map[string]any) error {
	patch, err := api.MergePatch(ref, version, members)
	if err != nil {
		return err
	}
	_, err = m.writer.Patch(ctx, patch, false)
	return err
}

// moved tells an error by which somebody else was first: they made the object,
// changed it, or took it away.
func moved(ref api.Ref, version string, err error) error {
	race := (*api.RaceError)(nil)
	if apierrors.IsAlreadyExists(err) || errors.As(err, &race) || version != "" && apierrors.IsNotFound(err) {
		return fmt.Errorf("write the %s: %w", ref, backends.ErrSharedMoved)
	}
	return err
}
