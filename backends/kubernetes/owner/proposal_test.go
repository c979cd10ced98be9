package owner

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	apps "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
)

var routeRef = api.Ref{Resource: schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "httproutes"}, Kind: "HTTPRoute", Namespace: "prod", Name: "model", UID: "u1"}

func TestProposalOfAJSONPatch(t *testing.T) {
	weight := api.Pointer("spec", "rules", 0, "backendRefs", 1, "weight")
	p, err := api.JSONPatch(routeRef, api.Test(weight, 10), api.Replace(weight, 30), api.Add(api.Pointer("metadata", "annotations", causeAnnotation), "x"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Proposal(Commit{Title: "churn: 30 % to B", Why: "no evidence\nof harm", Who: "ann@laptop", Effects: []backends.Effect{{What: "weight of B", Before: "10 %", After: "30 %"}}}, p)
	if err != nil {
		t.Fatal(err)
	}
	if want := `# In kustomization.yaml. Places in lists are those of the live object: look at kustomize build before you commit.
# /spec/rules/0/backendRefs/1/weight was 10
patches:
  - patch: |
      - op: replace
        path: /spec/rules/0/backendRefs/1/weight
        value: 30
    target:
      group: gateway.networking.k8s.io
      kind: HTTPRoute
      name: model
      namespace: prod
      version: v1

# Message of the commit.
churn: 30 % to B

Why: no evidence of harm

- weight of B: 10 % -> 30 %

Proposed-by: ann@laptop with pitwall
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestProposalOfMergePatches(t *testing.T) {
	ref := api.Ref{Resource: apps.SchemeGroupVersion.WithResource("deployments"), Kind: "Deployment", Namespace: "prod", Name: "churn", UID: "d1"}
	scale, err := api.MergePatch(ref, "77", map[string]any{"spec": map[string]any{"replicas": 5}})
	if err != nil {
		t.Fatal(err)
	}
	scale.Subresource = "scale"
	image := api.Patch{Ref: ref, Type: types.StrategicMergePatchType, Body: []byte(`{"metadata":{"resourceVersion":"77","uid":"d1","annotations":{"kubernetes.io/change-cause":"x"}},
		"spec":{"template":{"spec":{"containers":[{"name":"model","image":"churn:3\n- evil: yes"}]}}}}`)}
	got, err := Proposal(Commit{}, scale, image)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Patches []struct{ Patch string } }
	manifest, message, _ := strings.Cut(got, "\n# Message of the commit.\n")
	if err := yaml.Unmarshal([]byte(manifest), &file); err != nil || len(file.Patches) != 2 {
		t.Fatalf("%v in\n%s", err, got)
	}
	if want := "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: churn\n  namespace: prod\nspec:\n  replicas: 5\n"; file.Patches[0].Patch != want {
		t.Errorf("scale\n%s\nwant\n%s", file.Patches[0].Patch, want)
	}
	var part struct {
		Metadata map[string]any
		Spec     struct {
			Template struct {
				Spec struct{ Containers []map[string]string }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(file.Patches[1].Patch), &part); err != nil {
		t.Fatal(err)
	}
	if c := part.Spec.Template.Spec.Containers; len(c) != 1 || c[0]["image"] != "churn:3\n- evil: yes" || len(part.Metadata) != 2 {
		t.Errorf("image\n%s", file.Patches[1].Patch)
	}
	if message != "deployment prod/churn\n" {
		t.Errorf("message %q", message)
	}
}

func TestProposalOfWhatIsNotInGit(t *testing.T) {
	ref := routeRef
	onlyCause, _ := api.JSONPatch(ref, api.Add(api.Pointer("metadata", "annotations", causeAnnotation), "x"))
	status, _ := api.MergePatch(ref, "1", map[string]any{"status": map[string]any{"abort": true}})
	status.Subresource = "status"
	for name, p := range map[string]api.Patch{"a cause": onlyCause, "a status": status,
		"no JSON":    {Ref: ref, Type: types.JSONPatchType, Body: []byte("{")},
		"no object":  {Ref: ref, Type: types.MergePatchType, Body: []byte("[]")},
		"only where": {Ref: ref, Type: types.MergePatchType, Body: []byte(`{"metadata":{"resourceVersion":"1"}}`)}} {
		if got, err := Proposal(Commit{}, p); err == nil || !strings.Contains(err.Error(), "httproute prod/model") {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
	if _, err := Proposal(Commit{}); err == nil {
		t.Error("a proposal of nothing was written")
	}
}
