package manifests

import (
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

const (
	patchedBase = `apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: x, labels: {app: a}}
spec:
  replicas: 2
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: model, image: "a:1"}]}
`
	kustomHead    = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n"
	operations    = `[{op: add, path: /spec/template/spec/containers/0/resources, value: {limits: {memory: 1Gi}}}]`
	strategicText = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: model, resources: {limits: {memory: 1Gi}}}]}}}\n"
)

// limits reports whether the limit of the base is missed, and whether a note
// says that a patch could not be applied.
func limits(t *testing.T, files map[string]string) (missed, noted bool) {
	t.Helper()
	dir := fstest.MapFS{"a.yaml": {Data: []byte(patchedBase)}}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := Lint(dir)
	if err != nil {
		t.Fatal(err)
	}
	has := func(id string) bool { return slices.ContainsFunc(found, func(f Finding) bool { return f.ID == id }) }
	return has("k8s/memory-limit"), has("k8s/patch")
}

func TestWhatAPatchReaches(t *testing.T) {
	for name, test := range map[string]struct {
		kustomization, patch string // of which the first may name p.yaml
		missed, noted        bool
	}{
		"no patch":            {"", "", true, false},
		"strategic, old":      {"patchesStrategicMerge: [p.yaml]", strategicText, false, false},
		"strategic":           {"patches: [{path: p.yaml}]", strategicText, false, false},
		"of another kind":     {"patches: [{path: p.yaml}]", "kind: StatefulSet\napiVersion: apps/v1\nmetadata: {name: a}\nspec: {}\n", true, false},
		"of another name":     {"patches: [{path: p.yaml}]", "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: ab}\nspec: {}\n", true, false},
		"operations":          {"patches: [{path: p.yaml, target: {kind: Deployment}}]", operations, false, false},
		"operations, old":     {"patchesJson6902: [{path: p.yaml, target: {group: apps, version: v1, kind: Deployment, name: a}}]", operations, false, false},
		"for a part of name":  {"patches: [{path: p.yaml, target: {name: '.'}}]", operations, false, false},
		"for another name":    {"patches: [{path: p.yaml, target: {name: 'b.*'}}]", operations, true, false},
		"for another group":   {"patches: [{path: p.yaml, target: {group: batch}}]", operations, true, false},
		"for a namespace":     {"patches: [{path: p.yaml, target: {namespace: y}}]", operations, true, false},
		"for labels":          {"patches: [{path: p.yaml, target: {labelSelector: 'app!=a'}}]", operations, true, false},
		"for no annotation":   {"patches: [{path: p.yaml, target: {annotationSelector: 'a=b'}}]", operations, true, false},
		"with another's name": {"patches: [{path: p.yaml, target: {kind: Deployment}}]", "kind: Any\napiVersion: v1\nmetadata: {name: any}\nspec: {template: {spec: {containers: [{name: model, resources: {limits: {memory: 1Gi}}}]}}}\n", false, false},
		"no such path":        {"patches: [{path: p.yaml, target: {kind: Deployment}}]", "[{op: remove, path: /spec/paused}]", false, true},
		"no such file":        {"patches: [{path: q.yaml, target: {kind: Deployment}}]", "", false, true},
		"no YAML":             {"patches: [{path: p.yaml, target: {kind: Deployment}}]", "a: [", false, true},
		"deleted":             {"patches: [{path: p.yaml}]", "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\n$patch: delete\n", false, false},
		"one of itself":       {"components: [.]\nbases: [.]", "", true, false},
	} {
		files := map[string]string{"kustomization.yaml": kustomHead + test.kustomization + "\n"}
		if test.patch != "" {
			files["p.yaml"] = test.patch
		}
		if missed, noted := limits(t, files); missed != test.missed || noted != test.noted {
			t.Errorf("%s: the limit is missed %t, a note says so %t; want %t, %t", name, missed, noted, test.missed, test.noted)
		}
	}
}

// TestAPatchHasNothingToDoWithOthers: what another kustomization takes stays.
func TestAPatchHasNothingToDoWithOthers(t *testing.T) {
	missed, _ := limits(t, map[string]string{"other/kustomization.yaml": "kind: Kustomization\nresources: [b.yaml]\npatches: [{path: p.yaml}]\n",
		"other/b.yaml": patchedBase, "other/p.yaml": strategicText})
	if !missed {
		t.Error("a patch of another kustomization is taken for this one")
	}
}

// FuzzPatch: whatever a kustomization and its patches say, files are judged
// without a panic.
func FuzzPatch(f *testing.F) {
	f.Add("patches: [{path: p.yaml}]", strategicText)
	f.Add("patchesJson6902: [{path: p.yaml, target: {kind: Deployment, name: a}}]", operations)
	f.Add("patches: [{path: p.yaml, target: {labelSelector: 'app in (a)'}}]\nreplicas: [{name: a, count: 0}]", `[{op: copy, from: /spec, path: /spec/template/x}]`)
	f.Add("patchesStrategicMerge: [p.yaml]\ncomponents: [.]", "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: model, $patch: replace}], $setElementOrder/containers: [{name: model}]}}}\n")
	clean, err := os.ReadFile("testdata/clean/patched/overlay/kustomization.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(clean), strategicText)
	f.Fuzz(func(t *testing.T, kustomization, patch string) {
		limits(t, map[string]string{"kustomization.yaml": kustomHead + kustomization, "p.yaml": patch})
	})
}
