package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/owner"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/store"
	"pitwall/backends/kubernetes/world"
)

// plan is everything that a change would do.
type plan struct {
	writes  []split.Write
	later   []split.Write // what follows when those are in effect, planned anew then
	effects []backends.Effect
	notes   []string
	about   api.Ref // the object that it is about, for the Event
	text    string  // what is done, one line
	note    note
}

// plan plans a change from the world as it is now, if that still is the state
// which the change was made for.
func (m *MutableBackend) plan(ctx context.Context, c backends.Change) (scene, plan, error) {
	s, err := m.scene(ctx, c.Deployment)
	if err != nil {
		return s, plan{}, err
	}
	if c.Token != s.shown.Token {
		return s, plan{}, &backends.ConflictError{Deployment: c.Deployment, Now: s.shown}
	}
	p, err := m.make(ctx, s, c)
	if err != nil {
		return s, p, err
	}
	p.note.Op, p.note.By, p.note.At, p.note.Reason = c.Op, c.By, m.options.Now(), c.Reason
	if err := p.annotate(s.space); err != nil {
		return s, p, err
	}
	return s, p, m.owned(s, c, &p)
}

// make plans one operation.
func (m *MutableBackend) make(ctx context.Context, s scene, c backends.Change) (plan, error) {
	switch c.Op {
	case backends.OpSplit:
		return s.planSplit(c, c.Split)
	case backends.OpCutover:
		return s.planCutover(c)
	case backends.OpAbort:
		return m.planAbort(ctx, s, c)
	case backends.OpPromote:
		return s.planPromote(c)
	case backends.OpPause, backends.OpResume:
		return s.planHold(c, m.options.Now())
	case backends.OpScale, backends.OpRestart, backends.OpDeploy, backends.OpRollback:
		return m.planWorkload(ctx, s, c)
	}
	return plan{}, &backends.UnsupportedError{Op: c.Op, Reason: "Kubernetes knows no such operation"}
}

func refuse(op backends.Op, format string, args ...any) error {
	return &backends.UnsupportedError{Op: op, Reason: fmt.Sprintf(format, args...)}
}

// variant finds the variant that a change is about.
func (s scene) variant(name string) (world.Variant, error) {
	names := make([]string, 0, len(s.found.Variants))
	for _, v := range s.found.Variants {
		if v.Name == name {
			return v, nil
		}
		names = append(names, v.Name)
	}
	return world.Variant{}, &backends.NotFoundError{Kind: "variant", Name: name, Have: names}
}

// names lists the variants.
func (s scene) names() []string {
	out := make([]string, 0, len(s.found.Variants))
	for _, v := range s.found.Variants {
		out = append(out, v.Name)
	}
	return out
}

// annotate adds to every whole-object patch who made the change. To hold a
// rollout or let it go on makes no other one: its note stays.
func (p *plan) annotate(s *objects.Space) error {
	if p.note.Op == backends.OpPause || p.note.Op == backends.OpResume {
		return nil
	}
	for i, w := range p.writes {
		name := splitNote
		if p.note.Split == nil || w.Kind == objects.Deployment || w.Kind == objects.StatefulSet || w.Kind == objects.DaemonSet {
			name = operationNote
		}
		signed, err := annotated(w.Patch, name, p.note.String(), metaOf(s, w.Ref).Annotated)
		if err != nil {
			return err
		}
		p.writes[i].Patch = signed
	}
	return nil
}

// annotated adds an annotation to a patch. has says whether the object has
// annotations already: a JSON Patch cannot add a member to what is not there.
func annotated(p api.Patch, name, value string, has bool) (api.Patch, error) {
	if p.Subresource != "" {
		return p, nil
	}
	if p.Type == types.JSONPatchType {
		var ops []map[string]any
		if err := json.Unmarshal(p.Body, &ops); err != nil {
			return p, fmt.Errorf("read the patch of %s: %w", p.Ref, err)
		}
		added := map[string]any{"op": "add", "path": api.Pointer("metadata", "annotations", name), "value": value}
		if whole := slices.IndexFunc(ops, func(o map[string]any) bool { return o["path"] == "/metadata/annotations" }); whole < 0 && !has {
			added = map[string]any{"op": "add", "path": "/metadata/annotations", "value": map[string]any{name: value}}
		}
		body, err := json.Marshal(append(ops, added))
		p.Body = body
		return p, err
	}
	var whole map[string]any
	if err := json.Unmarshal(p.Body, &whole); err != nil {
		return p, fmt.Errorf("read the patch of %s: %w", p.Ref, err)
	}
	metadata, _ := whole["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	if annotations == nil {
		annotations = map[string]any{}
	}
	annotations[name] = value
	metadata["annotations"], whole["metadata"] = annotations, metadata
	body, err := json.Marshal(whole)
	p.Body = body
	return p, err
}

// owned refuses to change what something else writes anew by itself, unless a
// reason is given; then it says who will. Of Helm, which writes when somebody
// calls it, it only says so.
func (m *MutableBackend) owned(s scene, c backends.Change, p *plan) error {
	if len(p.writes) == 0 {
		return nil
	}
	for _, w := range slices.Concat(p.writes, p.later) {
		o, ok := m.writes(s.space, w.Ref)
		if !ok {
			continue
		}
		if o.GitOps() && strings.TrimSpace(c.Reason) == "" {
			return proposed(c, o, w.Patch)
		}
		p.notes = append(p.notes, fmt.Sprintf("%s owns the %s: %s", o, w.Ref, o.Reverts))
	}
	return nil
}

// proposed refuses a change with the text to commit in its place.
func proposed(c backends.Change, o owner.Owner, p api.Patch) error {
	text := fmt.Sprintf("%s owns the %s and will undo a change (%s)", o, p.Ref, o.Reverts)
	commit, err := owner.Proposal(owner.Commit{Title: fmt.Sprintf("%s: %s", c.Deployment, c.Op), Who: c.By}, p)
	if err == nil {
		text += ". Commit it instead:\n" + commit
	}
	return &backends.UnsupportedError{Op: c.Op, Reason: text + "\nTo do it all the same, give a reason", Overridable: true, Commit: commit}
}

// writes is the strongest owner of an object that writes it from elsewhere: by
// itself, else when somebody calls Helm.
func (b *Backend) writes(s *objects.Space, r api.Ref) (owner.Owner, bool) {
	cluster := owner.Cluster{NoArgoCD: b.store.Lacks(owner.Applications.GroupResource())}
	owners := owner.Of(metaOf(s, r), schema.GroupKind{Group: r.Resource.Group, Kind: r.Kind}, cluster)
	for _, is := range []func(owner.Owner) bool{owner.Owner.GitOps, func(o owner.Owner) bool { return o.Kind == owner.Helm && o.Sure }} {
		if i := slices.IndexFunc(owners, is); i >= 0 {
			return owners[i], true
		}
	}
	return owner.Owner{}, false
}

func eventRef(namespace string) api.Ref {
	return api.Ref{Resource: store.Events, Kind: "Event", Namespace: namespace}
}

// cause is who asks for a change of a workload.
func cause(c backends.Change) rollout.Cause { return rollout.Cause{Who: c.By, Why: c.Reason} }
