package api

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Ref names one object.
type Ref struct {
	Resource  schema.GroupVersionResource
	Kind      string
	Namespace string // "" for what has none
	Name      string
	UID       types.UID // "" when it is not known
}

// String writes "httproute prod/model".
func (r Ref) String() string {
	name := r.Name
	if r.Namespace != "" {
		name = r.Namespace + "/" + r.Name
	}
	return r.Word() + " " + name
}

// Word is the kind as kubectl writes it: "httproute".
func (r Ref) Word() string { return strings.ToLower(r.Kind) }
