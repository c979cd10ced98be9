package manifests

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// patched takes back what was found of objects and is not so any more once the
// patches of a kustomization are merged into them. What everybody sees who reads
// the file, as a secret, stays.
func (all objects) patched(near surroundings, found []Finding) []Finding {
	for _, at := range slices.Sorted(maps.Keys(near.kustom)) {
		b := build{near: near, all: all, now: map[int]document{}, open: map[string]bool{}}
		scope := b.kustomization(at)
		if len(b.now) == 0 {
			continue
		}
		mended := all.mended(scope, b.now)
		found = slices.DeleteFunc(found, func(f Finding) bool { return !inRepository(f.ID) && mended[f] })
		found = append(found, b.report.found...)
	}
	return found
}

// inRepository reports whether a rule is of what stands in a file, whatever a
// patch makes of it.
func inRepository(rule string) bool {
	return slices.Contains([]string{"k8s/secret-env", "k8s/secret-data", "k8s/config-secret", "k8s/strict", "k8s/api-version"}, rule) || !strings.HasPrefix(rule, "k8s/")
}

// mended are the findings of some objects that are gone when those of now stand
// for them. Lines do not count: a patch may bring elements before others.
func (all objects) mended(scope []int, now map[int]document) map[Finding]bool {
	judged := func(now map[int]document) objects {
		list := make(objects, len(scope))
		for i, at := range scope {
			list[i] = all[at]
			if x, ok := now[at]; ok {
				list[i] = x
			}
			list[i].report = &report{file: all[at].report.file, near: all[at].report.near}
		}
		list.judge()
		return list
	}
	before, after := judged(nil), judged(now)
	gone := map[Finding]bool{}
	for i, x := range before {
		for _, f := range x.report.found {
			if !slices.ContainsFunc(after[i].report.found, func(g Finding) bool { return g.ID == f.ID && g.Text == f.Text }) {
				gone[f] = true
			}
		}
	}
	return gone
}

// build puts a kustomization together as Kustomize does: what it takes from
// others first, then its components, then its own patches.
type build struct {
	near   surroundings
	all    objects
	now    map[int]document // what patches have made, by index
	open   map[string]bool  // directories being read
	report report           // of the kustomization that is at work
}

// kustomization gives the objects that the one of a directory makes, by index.
func (b *build) kustomization(at string) []int {
	k, ok := b.near.kustom[at]
	if !ok || b.open[at] {
		return nil
	}
	b.open[at] = true
	defer delete(b.open, at)
	scope := b.gather(at, k, nil)
	for _, c := range k.Components {
		scope = b.component(path.Join(at, c), scope)
	}
	b.apply(at, k, scope)
	return scope
}

// gather adds the resources of a kustomization to a scope.
func (b *build) gather(at string, k kustomization, scope []int) []int {
	for _, r := range slices.Concat(k.Resources, k.Bases) {
		name := path.Join(at, r)
		if _, ok := b.near.kustom[name]; ok {
			scope = append(scope, b.kustomization(name)...)
			continue
		}
		for i, x := range b.all {
			if x.report.file == name {
				scope = append(scope, i)
			}
		}
	}
	slices.Sort(scope)
	return slices.Compact(scope)
}

// component adds what a component brings to a scope, all of which it patches.
func (b *build) component(at string, scope []int) []int {
	k, ok := b.near.kustom[at]
	if !ok || b.open[at] {
		return scope
	}
	b.open[at] = true
	defer delete(b.open, at)
	scope = b.gather(at, k, scope)
	for _, c := range k.Components {
		scope = b.component(path.Join(at, c), scope)
	}
	b.apply(at, k, scope)
	return scope
}
