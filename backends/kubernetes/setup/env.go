package setup

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"

	"pitwall/backends"
)

// Source is an object that variables are taken from.
type Source struct {
	Secret bool // else a ConfigMap
	Name   string
}

func (s Source) String() string {
	if s.Secret {
		return "secret " + s.Name
	}
	return "config map " + s.Name
}

// Held is what is known of a Source: the names of its keys.
type Held struct {
	Keys   []string
	Gone   bool   // it is not there
	Unseen string // why nothing is known of it
}

// Sources are what the variables of the containers are taken from, each once.
func (p Pod) Sources() []Source {
	var out []Source
	add := func(s Source, named bool) {
		if named && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, c := range slices.Concat(p.Spec.Containers, p.Spec.InitContainers) {
		for _, from := range c.EnvFrom {
			s, _, named := whole(from)
			add(s, named)
		}
		for _, e := range c.Env {
			s, _, _, named := keyOf(e.ValueFrom)
			add(s, named)
		}
	}
	return out
}

// whole is the source that all keys are taken of.
func whole(from core.EnvFromSource) (s Source, optional, named bool) {
	switch {
	case from.SecretRef != nil:
		return Source{true, from.SecretRef.Name}, isTrue(from.SecretRef.Optional), true
	case from.ConfigMapRef != nil:
		return Source{false, from.ConfigMapRef.Name}, isTrue(from.ConfigMapRef.Optional), true
	}
	return Source{}, false, false
}

// keyOf is the source of one value, and its key there.
func keyOf(from *core.EnvVarSource) (s Source, key string, optional, named bool) {
	switch {
	case from == nil:
	case from.SecretKeyRef != nil:
		r := from.SecretKeyRef
		return Source{true, r.Name}, r.Key, isTrue(r.Optional), true
	case from.ConfigMapKeyRef != nil:
		r := from.ConfigMapKeyRef
		return Source{false, r.Name}, r.Key, isTrue(r.Optional), true
	}
	return Source{}, "", false, false
}

func isTrue(b *bool) bool { return b != nil && *b }

// variables tell where each variable of a container comes from. Of two of one
// name the later counts, and one of its own before those of a whole source.
func variables(c core.Container, held map[Source]Held) []backends.EnvVar {
	found := make(map[string]backends.EnvVar)
	for _, from := range c.EnvFrom {
		for _, v := range all(from, held) {
			name := v.Name
			if v.Broken+v.Unseen != "" {
				name += v.From // of two sources that nothing is known of
			}
			found[name] = v
		}
	}
	for _, e := range c.Env {
		if v, set := variable(e, held); set {
			found[e.Name] = v
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b backends.EnvVar) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.From, b.From))
	})
}

// all are the variables that a whole source gives.
func all(from core.EnvFromSource, held map[Source]Held) []backends.EnvVar {
	s, optional, named := whole(from)
	h := held[s]
	every := backends.EnvVar{Name: from.Prefix + "*", From: s.String()}
	switch {
	case !named, h.Gone && optional:
		return nil
	case h.Gone:
		every.Broken = s.String() + " does not exist"
		return []backends.EnvVar{every}
	case h.Unseen != "":
		every.Unseen = h.Unseen
		return []backends.EnvVar{every}
	}
	var out []backends.EnvVar
	for _, key := range h.Keys {
		if !strings.Contains(key, "=") {
			out = append(out, backends.EnvVar{Name: from.Prefix + key, From: s.String() + "/" + key})
		}
	}
	return out
}

// variable is one of a container's own. One that is optional and cannot be had is
// not set.
func variable(e core.EnvVar, held map[Source]Held) (v backends.EnvVar, set bool) {
	v.Name = e.Name
	s, key, optional, named := keyOf(e.ValueFrom)
	if !named {
		v.From, v.Literal = plain(e.ValueFrom)
		return v, true
	}
	v.From = s.String() + "/" + key
	switch h := held[s]; {
	case h.Gone:
		v.Broken = s.String() + " does not exist"
	case h.Unseen != "":
		v.Unseen = h.Unseen
	case !slices.Contains(h.Keys, key):
		v.Broken = s.String() + " has no key " + key
	}
	return v, v.Broken == "" || !optional
}

// plain is where a value comes from that no Secret or ConfigMap holds.
func plain(from *core.EnvVarSource) (where string, literal bool) {
	switch {
	case from == nil:
		return "literal", true
	case from.FieldRef != nil:
		return "field " + from.FieldRef.FieldPath, false
	case from.ResourceFieldRef != nil:
		return "field " + from.ResourceFieldRef.Resource, false
	}
	return "file", false
}
