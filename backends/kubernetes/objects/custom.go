package objects

import (
	"slices"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Custom is an object of a kind that pitwall has no type for, whole.
type Custom struct {
	Meta
	Kind   string
	Object map[string]any // never changed
}

// TrimCustom keeps an object whole, without the lists of managedFields.
func TrimCustom(u *unstructured.Unstructured) *Custom {
	fields := u.GetManagedFields()
	u.SetManagedFields(nil)
	annotations := u.GetAnnotations()
	kept := meta.ObjectMeta{Namespace: u.GetNamespace(), Name: u.GetName(), UID: u.GetUID(), ResourceVersion: u.GetResourceVersion(),
		Generation: u.GetGeneration(), CreationTimestamp: u.GetCreationTimestamp(), DeletionTimestamp: u.GetDeletionTimestamp(),
		Labels: u.GetLabels(), Annotations: annotations, OwnerReferences: u.GetOwnerReferences(), ManagedFields: fields}
	trimmed := trimMeta(&kept)
	if slices.ContainsFunc(Repeating, func(name string) bool { _, is := annotations[name]; return is }) {
		for _, name := range Repeating {
			delete(annotations, name)
		}
		u.SetAnnotations(annotations)
	}
	return &Custom{Meta: trimmed, Kind: u.GetKind(), Object: u.Object}
}
