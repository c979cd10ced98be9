package objects

import (
	"maps"
	"slices"
	"strings"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Meta is what every object has.
type Meta struct {
	Namespace, Name string
	UID             types.UID
	ResourceVersion string
	Generation      int64
	Created         time.Time
	Deleted         time.Time // when its deletion was asked for, zero when it was not
	Labels          map[string]string
	Annotations     map[string]string // without those that are only large
	Annotated       bool              // it has annotations, also where those were left out
	Owner           Owner             // the controller of the object, zero when it has none
	Managers        []Manager         // who writes the object, last writer first
}

// Owner names the controller of an object.
type Owner struct {
	APIVersion, Kind, Name string
	UID                    types.UID
}

// Manager is one that writes fields of an object (managedFields), without the
// fields.
type Manager struct {
	Name        string
	Applies     bool // by server-side apply, which owns its fields
	Subresource string
	At          time.Time
}

// Key is "namespace/name", or the name alone of what has no namespace.
func (m Meta) Key() string {
	if m.Namespace == "" {
		return m.Name
	}
	return m.Namespace + "/" + m.Name
}

// Identity is the metadata of an object.
func (m *Meta) Identity() *Meta { return m }

// Repeating are annotations that repeat the whole object.
var Repeating = []string{"kubectl.kubernetes.io/last-applied-configuration", "objectset.rio.cattle.io/applied"}

func trimMeta(o *meta.ObjectMeta) Meta {
	m := Meta{Namespace: o.Namespace, Name: o.Name, UID: o.UID, ResourceVersion: o.ResourceVersion, Generation: o.Generation,
		Created: o.CreationTimestamp.Time, Labels: o.Labels, Annotated: len(o.Annotations) > 0, Managers: trimManagers(o.ManagedFields)}
	if o.DeletionTimestamp != nil {
		m.Deleted = o.DeletionTimestamp.Time
	}
	if owner := meta.GetControllerOfNoCopy(&meta.ObjectMeta{OwnerReferences: o.OwnerReferences}); owner != nil {
		m.Owner = Owner{owner.APIVersion, owner.Kind, owner.Name, owner.UID}
	}
	for name, value := range o.Annotations {
		if slices.Contains(Repeating, name) {
			continue
		}
		if m.Annotations == nil {
			m.Annotations = make(map[string]string, len(o.Annotations))
		}
		m.Annotations[name] = value
	}
	return m
}

func trimManagers(fields []meta.ManagedFieldsEntry) []Manager {
	if len(fields) == 0 {
		return nil
	}
	out := make([]Manager, 0, len(fields))
	for _, f := range fields {
		m := Manager{Name: f.Manager, Applies: f.Operation == meta.ManagedFieldsOperationApply, Subresource: f.Subresource}
		if f.Time != nil {
			m.At = f.Time.Time
		}
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b Manager) int { return b.At.Compare(a.At) })
	return out
}

// Matches reports whether a selector of labels chooses an object with those
// labels. An empty selector chooses nothing, as that of a Service does.
func Matches(selector, labels map[string]string) bool {
	for name, value := range selector {
		if have, ok := labels[name]; !ok || have != value {
			return false
		}
	}
	return len(selector) > 0
}

// FormatSelector writes "a=1,b=2" in name order.
func FormatSelector(selector map[string]string) string {
	parts := make([]string, 0, len(selector))
	for _, name := range slices.Sorted(maps.Keys(selector)) {
		parts = append(parts, name+"="+selector[name])
	}
	return strings.Join(parts, ",")
}
