package owner

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

// Commit is what a message of a commit says of a change.
type Commit struct {
	Title   string // "churn: 30 % to B"; "" takes the object's name
	Why     string
	Who     string
	Effects []backends.Effect
}

// Proposal writes a change as text to commit: patches for a kustomization.yaml
// and the message of the commit. Only what belongs into Git is in it: neither
// the tests on the live object nor what its status and its revisions say.
// An error says that nothing of the change belongs there.
func Proposal(c Commit, patches ...api.Patch) (string, error) {
	var list []any
	var read []string
	for _, p := range patches {
		entry, was, err := kustomize(p)
		if err != nil {
			return "", err
		}
		list, read = append(list, entry), append(read, was...)
	}
	if len(list) == 0 {
		return "", fmt.Errorf("write the change as a commit: it has no patch")
	}
	var b strings.Builder
	b.WriteString("# In kustomization.yaml. Places in lists are those of the live object: look at kustomize build before you commit.\n")
	for _, line := range read {
		b.WriteString("# " + line + "\n")
	}
	b.WriteString(snippet(map[string]any{"patches": list}))
	b.WriteString("\n# Message of the commit.\n")
	b.WriteString(c.message(patches[0].Ref))
	return b.String(), nil
}

// message is the text of the commit, each sentence on one line.
func (c Commit) message(ref api.Ref) string {
	title := line(c.Title)
	if title == "" {
		title = ref.String()
	}
	var b strings.Builder
	b.WriteString(title + "\n")
	if c.Why != "" {
		b.WriteString("\nWhy: " + line(c.Why) + "\n")
	}
	if len(c.Effects) > 0 {
		b.WriteString("\n")
	}
	for _, e := range c.Effects {
		fmt.Fprintf(&b, "- %s: %s -> %s\n", line(e.What), line(e.Before), line(e.After))
	}
	if c.Who != "" {
		b.WriteString("\nProposed-by: " + line(c.Who) + " with pitwall\n")
	}
	return b.String()
}

func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// kustomize writes one patch as an entry of "patches", and what was read before it.
func kustomize(p api.Patch) (entry map[string]any, read []string, err error) {
	if p.Subresource == "status" {
		return nil, nil, fmt.Errorf("write the change of %s as a commit: it changes the status, which is not in Git", p.Ref)
	}
	var body any
	if p.Type == types.JSONPatchType {
		body, read, err = operations(p)
	} else {
		body, err = partial(p)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("write the change of %s as a commit: %w", p.Ref, err)
	}
	entry = map[string]any{"patch": snippet(body)}
	if p.Type == types.JSONPatchType {
		entry["target"] = present(map[string]any{"group": p.Resource.Group, "version": p.Resource.Version, "kind": p.Kind,
			"name": pattern(p.Name), "namespace": p.Namespace})
	}
	return entry, read, nil
}

// local are members that the cluster keeps for itself.
var local = map[string]bool{"resourceVersion": true, "uid": true, "generation": true}

const causeAnnotation = "kubernetes.io/change-cause" // the commit says it

// operations are those of a JSON Patch that change what Git holds. What they
// test is told beside them: Git may have other values than the cluster.
func operations(p api.Patch) (out []any, read []string, err error) {
	var ops []struct {
		Op, Path string
		Value    json.RawMessage
	}
	if err := json.Unmarshal(p.Body, &ops); err != nil {
		return nil, nil, err
	}
	for _, op := range ops {
		switch {
		case op.Op == "test" && local[strings.TrimPrefix(op.Path, "/metadata/")]:
		case op.Op == "test":
			read = append(read, fmt.Sprintf("%s was %s", line(op.Path), line(string(op.Value))))
		case op.Path == "/metadata/annotations", op.Path == api.Pointer("metadata", "annotations", causeAnnotation):
			// The whole map is that of the live object, with what controllers keep there.
		default:
			o := map[string]any{"op": op.Op, "path": op.Path}
			if op.Op != "remove" {
				if o["value"], err = fromJSON(op.Value); err != nil {
					return nil, nil, err
				}
			}
			out = append(out, o)
		}
	}
	if len(out) == 0 {
		return nil, nil, fmt.Errorf("nothing of it is in Git")
	}
	return out, read, nil
}

// partial is a merge patch as the part of a manifest. A patch of the scale
// subresource says spec.replicas as the object itself does.
func partial(p api.Patch) (map[string]any, error) {
	v, err := fromJSON(p.Body)
	if err != nil {
		return nil, err
	}
	body, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it is no merge patch of an object")
	}
	metadata, _ := body["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
	}
	for name := range local {
		delete(metadata, name)
	}
	if annotations, ok := metadata["annotations"].(map[string]any); ok {
		if delete(annotations, causeAnnotation); len(annotations) == 0 {
			delete(metadata, "annotations")
		}
	}
	if len(metadata) == 0 && len(body) <= 1 && body["spec"] == nil {
		return nil, fmt.Errorf("nothing of it is in Git")
	}
	metadata["name"] = p.Name
	if p.Namespace != "" {
		metadata["namespace"] = p.Namespace
	}
	body["apiVersion"], body["kind"], body["metadata"] = p.Resource.GroupVersion().String(), p.Kind, metadata
	return body, nil
}
