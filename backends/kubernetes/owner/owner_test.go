package owner

import (
	"encoding/json"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	apps "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends/kubernetes/objects"
)

var route = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}

// metadata reads what every manifest has: here prod/model with more metadata.
func metadata(t *testing.T, more string) objects.Meta {
	t.Helper()
	var tree map[string]any
	if err := yaml.Unmarshal([]byte(more), &tree); err != nil {
		t.Fatalf("%v in\n%s", err, more)
	}
	whole := map[string]any{"name": "model", "namespace": "prod", "uid": "u1", "resourceVersion": "1"}
	for name, value := range tree {
		whole[name] = value
	}
	raw, err := json.Marshal(map[string]any{"metadata": whole})
	if err != nil {
		t.Fatal(err)
	}
	var d apps.Deployment // any kind does: the metadata are read
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return objects.TrimDeployment(&d).Meta
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name, meta string
		want       []string // owners in order; "?" after one that is not sure
	}{
		{"nobody", `labels: {app: churn}`, nil},
		{"people are no owners", `managedFields: [{manager: kubectl-edit, operation: Update}, {manager: pitwall, operation: Update}]`, nil},
		{"Argo CD", `annotations: {argocd.argoproj.io/tracking-id: "pay:gateway.networking.k8s.io/HTTPRoute:prod/model"}`, []string{"Argo CD Application pay"}},
		{"Argo CD, application elsewhere", `annotations: {argocd.argoproj.io/tracking-id: "team_pay:gateway.networking.k8s.io/HTTPRoute:prod/model"}`, []string{"Argo CD Application team/pay"}},
		{"a copy of another object", `annotations: {argocd.argoproj.io/tracking-id: "pay:gateway.networking.k8s.io/HTTPRoute:prod/other"}`, nil},
		{"a copy in another namespace", `annotations: {argocd.argoproj.io/tracking-id: "pay:gateway.networking.k8s.io/HTTPRoute:stage/model"}`, nil},
		{"a copy onto another kind", `annotations: {argocd.argoproj.io/tracking-id: "pay:apps/Deployment:prod/model"}`, nil},
		{"a copy that Argo CD writes all the same", `
annotations: {argocd.argoproj.io/tracking-id: "pay:apps/Deployment:prod/model"}
managedFields: [{manager: argocd-controller, operation: Apply}]`, []string{"Argo CD Application"}},
		{"not a tracking id", `annotations: {argocd.argoproj.io/tracking-id: "pay"}`, nil},
		{"label that Helm charts write too", `labels: {app.kubernetes.io/instance: pay}`, []string{"Argo CD Application pay?"}},
		{"the same of a release of Helm", `
labels: {app.kubernetes.io/instance: pay, app.kubernetes.io/managed-by: Helm}
annotations: {meta.helm.sh/release-name: pay, meta.helm.sh/release-namespace: prod}`, []string{"Helm release prod/pay"}},
		{"a chart that Argo CD rendered", `
labels: {app.kubernetes.io/instance: pay, app.kubernetes.io/managed-by: Helm}
managedFields: [{manager: argocd-controller, operation: Apply}]`, []string{"Argo CD Application pay"}},
		{"Helm's annotations on a ReplicaSet or the like", `annotations: {meta.helm.sh/release-name: pay}`, []string{"Helm release pay?"}},
		{"Helm by its writes", `managedFields: [{manager: helm, operation: Update}]`, []string{"Helm release"}},
		{"Flux Kustomization", `
labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}
managedFields: [{manager: kustomize-controller, operation: Apply}]`, []string{"Flux Kustomization flux-system/apps"}},
		{"labels of Flux, copied", `labels: {kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}`, []string{"Flux Kustomization flux-system/apps?"}},
		{"Flux writes the status only", `managedFields: [{manager: kustomize-controller, operation: Apply, subresource: status}]`, nil},
		{"Flux HelmRelease, with Helm's own marks", `
labels: {helm.toolkit.fluxcd.io/name: pay, helm.toolkit.fluxcd.io/namespace: prod, app.kubernetes.io/managed-by: Helm, app.kubernetes.io/instance: pay}
annotations: {meta.helm.sh/release-name: pay, meta.helm.sh/release-namespace: prod}
managedFields: [{manager: helm-controller, operation: Update}]`, []string{"Flux HelmRelease prod/pay"}},
		{"KServe over Argo CD's copy", `
annotations: {argocd.argoproj.io/tracking-id: "pay:serving.kserve.io/InferenceService:prod/model"}
ownerReferences: [{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, name: model, uid: i1, controller: true}]`, []string{"controller InferenceService prod/model"}},
		{"an unknown controller", `ownerReferences: [{apiVersion: acme.io/v1, kind: Thing, name: x, uid: i1, controller: true}]`, []string{"controller Thing prod/x"}},
		{"an owner that is no controller", `ownerReferences: [{apiVersion: acme.io/v1, kind: Thing, name: x, uid: i1}]`, nil},
		{"Rollouts by annotation, and Argo CD", `
annotations: {argo-rollouts.argoproj.io/managed-by-rollouts: churn, argocd.argoproj.io/tracking-id: "pay:gateway.networking.k8s.io/HTTPRoute:prod/model"}`,
			[]string{"Argo CD Application pay", "controller Rollout prod/churn"}},
		{"Rollouts that moves a route", `labels: {rollouts.argoproj.io/gatewayapi-canary: in-progress}`, []string{"controller Rollout"}},
		{"Flagger", `ownerReferences: [{apiVersion: flagger.app/v1beta1, kind: Canary, name: churn, uid: i1, controller: true}]
managedFields: [{manager: flagger, operation: Update}]`, []string{"controller Canary prod/churn"}},
		{"an autoscaler", `managedFields: [{manager: kube-controller-manager, operation: Update, subresource: scale}]`, []string{"controller HorizontalPodAutoscaler"}},
	} {
		var got []string
		for _, o := range Of(metadata(t, c.meta), route, Cluster{}) {
			if o.Reverts == "" || o.HandBack == "" || len(o.Evidence) == 0 {
				t.Errorf("%s: %s says too little: %+v", c.name, o, o)
			}
			text := o.String()
			if !o.Sure {
				text += "?"
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestWithoutArgoCD: the label that charts write is no owner where the cluster
// has no Applications; what only Argo CD writes still is.
func TestWithoutArgoCD(t *testing.T) {
	for _, c := range []struct {
		name, meta string
		want       string
	}{
		{"label that Helm charts write too", `labels: {app.kubernetes.io/instance: pay}`, ""},
		{"the label of a release", `{labels: {app.kubernetes.io/instance: pay}, annotations: {meta.helm.sh/release-name: pay, meta.helm.sh/release-namespace: prod}}`, "Helm release prod/pay"},
		{"an Argo CD elsewhere wrote it", `{labels: {app.kubernetes.io/instance: pay}, managedFields: [{manager: argocd-controller, operation: Update}]}`, "Argo CD Application pay"},
		{"it names its installation", `{labels: {app.kubernetes.io/instance: pay}, annotations: {argocd.argoproj.io/installation-id: x}}`, "Argo CD Application pay"},
		{"its own label", `labels: {argocd.argoproj.io/instance: pay}`, "Argo CD Application pay"},
		{"it tracks it", `annotations: {argocd.argoproj.io/tracking-id: "pay:gateway.networking.k8s.io/HTTPRoute:prod/model"}`, "Argo CD Application pay"},
	} {
		got := ""
		if owners := Of(metadata(t, c.meta), route, Cluster{NoArgoCD: true}); len(owners) > 0 {
			got = owners[0].String()
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTrackingOfTheCoreGroup(t *testing.T) {
	m := metadata(t, `annotations: {argocd.argoproj.io/tracking-id: "pay:/Service:prod/model"}`)
	got := Of(m, schema.GroupKind{Kind: "Service"}, Cluster{})
	if len(got) != 1 || got[0].HandBack != "argocd app sync pay --resource :Service:prod/model" {
		t.Errorf("got %+v", got)
	}
}

func TestMannersOfArgoCD(t *testing.T) {
	o := Of(metadata(t, `annotations: {argocd.argoproj.io/tracking-id: "pay:gateway.networking.k8s.io/HTTPRoute:prod/model"}`), route, Cluster{})[0]
	if !o.GitOps() || !strings.Contains(o.Pause, "automated.enabled: false") || !strings.Contains(o.Pause, "Application pay") {
		t.Errorf("pause: %q", o.Pause)
	}
	if want := "argocd app sync pay --resource gateway.networking.k8s.io:HTTPRoute:prod/model"; o.HandBack != want {
		t.Errorf("hand back: %q, want %q", o.HandBack, want)
	}
	if want := `spec:
  ignoreDifferences:
    - group: gateway.networking.k8s.io
      kind: HTTPRoute
      managedFieldsManagers:
        - pitwall
      name: model
      namespace: prod
  syncPolicy:
    syncOptions:
      - RespectIgnoreDifferences=true
`; o.Coexist != want {
		t.Errorf("snippet\n%s\nwant\n%s", o.Coexist, want)
	}
	hostile := Of(metadata(t, `annotations: {argocd.argoproj.io/tracking-id: "x; rm -rf '~':gateway.networking.k8s.io/HTTPRoute:prod/model"}`), route, Cluster{})[0]
	if !strings.HasPrefix(hostile.HandBack, `argocd app sync 'x; rm -rf '\''~'\''' --resource `) {
		t.Errorf("a name that is a command was not quoted: %q", hostile.HandBack)
	}
}

func TestMannersOfFlux(t *testing.T) {
	const labels = `{kustomize.toolkit.fluxcd.io/name: apps, kustomize.toolkit.fluxcd.io/namespace: flux-system}`
	o := Of(metadata(t, `labels: `+labels), route, Cluster{})[0]
	if o.Pause != "flux suspend kustomization apps -n flux-system" || o.HandBack != "flux reconcile kustomization apps -n flux-system" {
		t.Errorf("pause %q, hand back %q", o.Pause, o.HandBack)
	}
	if want := `spec:
  ignore:
    - paths:
        - /spec/rules
      target:
        group: gateway\.networking\.k8s\.io
        kind: HTTPRoute
        name: model
        namespace: prod
`; o.Coexist != want {
		t.Errorf("snippet\n%s\nwant\n%s", o.Coexist, want)
	}
	for _, except := range []string{"reconcile: disabled", "ssa: Ignore", "ssa: IfNotPresent"} {
		o := Of(metadata(t, `{labels: `+labels+`, annotations: {kustomize.toolkit.fluxcd.io/`+except+`}}`), route, Cluster{})[0]
		if !strings.HasPrefix(o.Reverts, "never") {
			t.Errorf("with %s it reverts %q", except, o.Reverts)
		}
	}
}
