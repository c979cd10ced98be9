package owner

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// reconcilers write what they believe the object should be, again and again.
var reconcilers = append([]string{"kustomize-controller", "helm-controller", "helm", "rollouts-controller", "argo-rollouts", "flagger"}, argoManagers...)

// Rewrite is that somebody wrote over what pitwall had written.
type Rewrite struct {
	By         string    // its field manager; foreign
	Reconciles bool      // it writes what it believes to be right, again and again
	At         time.Time // when it wrote last, zero unknown
	Wrote      time.Time // when pitwall had written, zero unknown; both by the API server's clock
}

// Reverted tells who wrote over what pitwall had written at some places of an
// object. It is asked when the object no longer says what the annotation note
// tells that pitwall wrote, together with it. An annotation that pitwall does
// not own came with a copy, and tells nothing. Whoever owns a place now wrote it
// since: pitwall took it with its write. Of several the one that reconciles is
// named, else the last one.
func Reverted(fields []meta.ManagedFieldsEntry, note string, places ...Place) (Rewrite, bool) {
	var out Rewrite
	ours, found := false, false
	for _, f := range fields {
		owned := parse(f)
		if f.Manager == manager {
			if owned.has(Place{"metadata", "annotations", note}) {
				ours, out.Wrote = true, later(out.Wrote, at(f))
			}
			continue
		}
		if f.Subresource == "status" || !slices.ContainsFunc(places, owned.has) {
			continue
		}
		reconciles := slices.Contains(reconcilers, f.Manager)
		if !found || reconciles && !out.Reconciles || reconciles == out.Reconciles && at(f).After(out.At) {
			out.By, out.Reconciles, out.At, found = f.Manager, reconciles, at(f), true
		}
	}
	if out.Wrote.After(out.At) { // of something else, later
		out.Wrote = time.Time{}
	}
	return out, ours && found
}

func at(f meta.ManagedFieldsEntry) time.Time {
	if f.Time == nil {
		return time.Time{}
	}
	return f.Time.Time
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Place is where something stands in an object. A last step that ends with "*"
// is every member that begins so.
type Place []string

// Image is the place of the image of a container in a workload's template.
func Image(container string) Place {
	return Place{"spec", "template", "spec", "containers", "name=" + container, "image"}
}

// Weights are the places at which an object of a kind divides requests.
func Weights(kind schema.GroupKind) []Place {
	if kind.Kind == "Ingress" {
		return []Place{{"metadata", "annotations", "nginx.ingress.kubernetes.io/canary-weight"}, {"metadata", "annotations", "alb.ingress.kubernetes.io/actions.*"}}
	}
	var out []Place
	for _, pointer := range paths(kind) {
		out = append(out, strings.Split(strings.TrimPrefix(pointer, "/"), "/"))
	}
	return out
}

// owned are the fields of a manager: a member as "f:NAME", an item of a list as
// its keys in JSON behind "k:".
type owned map[string]any

func parse(f meta.ManagedFieldsEntry) owned {
	var out owned
	if f.FieldsV1 == nil || json.Unmarshal(f.FieldsV1.GetRawBytes(), &out) != nil {
		return nil
	}
	return out
}

// has reports whether something at a place, or below it, is owned.
func (o owned) has(p Place) bool {
	var v any = map[string]any(o)
	for _, step := range p {
		key, prefix := "f:"+step, false
		if name, is := strings.CutPrefix(step, "name="); is {
			raw, _ := json.Marshal(map[string]string{"name": name}) // strings always go into JSON
			key = "k:" + string(raw)
		} else if begins, is := strings.CutSuffix(key, "*"); is {
			key, prefix = begins, true
		}
		members, _ := v.(map[string]any)
		found := false
		for name, value := range members {
			if name == key || prefix && strings.HasPrefix(name, key) {
				v, found = value, true
			}
		}
		if !found {
			return false
		}
	}
	return true
}
