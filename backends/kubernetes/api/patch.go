package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Manager is the field manager of every write, so that others see who wrote.
const Manager = "pitwall"

// Patch is one write to one object.
type Patch struct {
	Ref
	Subresource string // "", "status" or "scale"
	Type        types.PatchType
	Body        []byte
}

// Op is one operation of a JSON Patch (RFC 6902). From the wire: add takes a
// member's value whether it is there or not, replace needs it, and a test that
// does not hold refuses the whole patch.
type Op struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// MarshalJSON writes a value of null too: a test or an add of it is none
// without a value.
func (o Op) MarshalJSON() ([]byte, error) {
	if o.Op == "remove" {
		return json.Marshal(struct {
			Op   string `json:"op"`
			Path string `json:"path"`
		}{o.Op, o.Path})
	}
	type whole struct {
		Op    string `json:"op"`
		Path  string `json:"path"`
		Value any    `json:"value"`
	}
	return json.Marshal(whole(o))
}

// Test refuses the patch unless the value at a pointer is the one that was read.
func Test(path string, value any) Op { return Op{"test", path, value} }

// Add sets the value at a pointer, or puts it into a list before an index.
func Add(path string, value any) Op { return Op{"add", path, value} }

// Replace sets the value at a pointer that is there.
func Replace(path string, value any) Op { return Op{"replace", path, value} }

// Remove takes away what is at a pointer.
func Remove(path string) Op { return Op{Op: "remove", Path: path} }

// Pointer is the JSON Pointer (RFC 6901) to a member: its parts are names and
// indices.
func Pointer(parts ...any) string {
	var b strings.Builder
	for _, part := range parts {
		b.WriteByte('/')
		switch p := part.(type) {
		case int:
			b.WriteString(strconv.Itoa(p))
		default:
			b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(fmt.Sprint(p)))
		}
	}
	return b.String()
}

// JSONPatch writes operations to an object. It first tests that the object is
// still the one that was read: its UID, where that is known.
func JSONPatch(ref Ref, ops ...Op) (Patch, error) {
	if ref.UID != "" {
		ops = append([]Op{Test("/metadata/uid", ref.UID)}, ops...)
	}
	body, err := json.Marshal(ops)
	if err != nil {
		return Patch{}, fmt.Errorf("write the patch of %s: %w", ref, err)
	}
	return Patch{Ref: ref, Type: types.JSONPatchType, Body: body}, nil
}

// MergePatch writes members of an object (RFC 7386; null removes one). With a
// resource version the write is refused with a conflict when the object has
// changed since it was read.
func MergePatch(ref Ref, resourceVersion string, members map[string]any) (Patch, error) {
	whole := make(map[string]any, len(members)+1)
	for name, value := range members {
		whole[name] = value
	}
	metadata := map[string]any{}
	if given, ok := members["metadata"].(map[string]any); ok {
		for name, value := range given {
			metadata[name] = value
		}
	}
	if resourceVersion != "" {
		metadata["resourceVersion"] = resourceVersion
	}
	if ref.UID != "" {
		metadata["uid"] = ref.UID
	}
	if len(metadata) > 0 {
		whole["metadata"] = metadata
	}
	body, err := json.Marshal(whole)
	if err != nil {
		return Patch{}, fmt.Errorf("write the patch of %s: %w", ref, err)
	}
	return Patch{Ref: ref, Type: types.MergePatchType, Body: body}, nil
}
