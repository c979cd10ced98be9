package kubernetes

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/api"
)

// denied is an error of an API server, which names the right that is missing
// when that is what it is of.
func denied(err error, verb string, r schema.GroupVersionResource, namespace string) error {
	err = api.Explain(err)
	if right := (*api.RightError)(nil); errors.As(err, &right) {
		return fmt.Errorf("not permitted: %s", api.Right{Verb: verb, Group: r.Group, Resource: r.Resource, Namespace: namespace})
	}
	return err
}

// unseen is why the objects of a watched kind are not known in a namespace, nil
// when they are.
func (b *Backend) unseen(r schema.GroupVersionResource, namespace string) error {
	for _, s := range b.store.Sights() {
		if s.Err != nil && s.Resource == r && (s.Namespace == "" || s.Namespace == namespace) {
			return denied(s.Err, "list", r, namespace)
		}
	}
	return nil
}
