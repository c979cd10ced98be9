package kubernetes_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
)

// TestClusterOwners changes what Git and Helm own: of the first the text to
// commit is offered, and a reason overrides; of the second it is said who may
// write it anew.
func TestClusterOwners(t *testing.T) {
	for name, test := range map[string]struct {
		annotations []string
		commit      bool
		says        string
	}{
		"Argo CD": {[]string{"argocd.argoproj.io/tracking-id=pay:apps/Deployment:NAMESPACE/fraud"}, true, "Argo CD Application pay owns the deployment "},
		"Helm":    {[]string{"meta.helm.sh/release-name=pay", "meta.helm.sh/release-namespace=prod"}, false, "Helm release prod/pay owns the deployment "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clustertest.Shared(t)
			p := &place{Namespace: c.Namespace(t)}
			p.Apply(t, workload("fraud", "1.0.0", 2))
			p.Kubectl(t, "label", "deployment/fraud", "app.kubernetes.io/managed-by=Helm")
			for _, a := range test.annotations {
				p.Kubectl(t, "annotate", "deployment/fraud", strings.ReplaceAll(a, "NAMESPACE", p.Name))
			}
			p.Kubectl(t, "rollout", "status", "deployment/fraud", "--timeout=60s")
			p.backend = p.console(t, c.Kubeconfig).Mutable()
			d := p.await(t, "it is known", func(d backends.Deployment) bool { return d.State == backends.OK })
			change := backends.Change{Op: backends.OpScale, Deployment: d.Name, Token: d.Token, Variant: "A", Replicas: 3, By: "alice@laptop"}
			if test.commit {
				_, err := p.backend.DryRun(t.Context(), change)
				var refused *backends.UnsupportedError
				if !errors.As(err, &refused) || !refused.Overridable || !strings.Contains(refused.Reason, test.says) || !strings.Contains(refused.Commit, "replicas: 3") || !strings.Contains(refused.Reason, refused.Commit) {
					t.Fatalf("without a reason: %v", err)
				}
				change.Reason = "the night is short"
			}
			effects, err := p.backend.DryRun(t.Context(), change)
			if err != nil || !slices.ContainsFunc(effects, func(e backends.Effect) bool { return strings.Contains(e.After, test.says) }) {
				t.Fatalf("the plan says %+v, %v", effects, err)
			}
			if err := p.backend.Apply(t.Context(), change); err != nil {
				t.Fatal(err)
			}
			if got := p.Kubectl(t, "get", "deployment/fraud", "-o", "jsonpath={.spec.replicas}"); got != "3" {
				t.Errorf("%s replicas are asked for", got)
			}
		})
	}
}

// applications is what Argo CD installs, as far as it matters here.
const applications = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: applications.argoproj.io, annotations: {api-approved.kubernetes.io: unapproved}}
spec:
  group: argoproj.io
  names: {kind: Application, listKind: ApplicationList, plural: applications, singular: application}
  scope: Namespaced
  versions: [{name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
`

// TestClusterInstanceLabel: nearly every chart writes the label that Argo CD may
// track by. It asks for a reason only where there is an Argo CD, also of those
// who may not see which kinds are defined.
func TestClusterInstanceLabel(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 2))
	p.Kubectl(t, "label", "deployment/fraud", "app.kubernetes.io/instance=pay")
	p.Kubectl(t, "rollout", "status", "deployment/fraud", "--timeout=60s")
	ask := func(who string) error {
		t.Helper()
		p.backend = p.console(t, who).Mutable()
		d := p.await(t, "it is known", func(d backends.Deployment) bool { return d.Variants[0].Ready == 2 })
		_, err := p.backend.DryRun(t.Context(), backends.Change{Op: backends.OpScale, Deployment: d.Name, Token: d.Token, Variant: "A", Replicas: 3, By: "alice@laptop"})
		return err
	}
	p.Apply(t, `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: edit}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: `+p.Name+`}]
`)
	editor := c.User(t, p.Name, 0)
	if got, err := c.Try("get", "crd", "--kubeconfig", editor); err == nil {
		t.Fatalf("who edits one namespace may see definitions: %s", got)
	}
	for _, who := range []string{c.Kubeconfig, editor} {
		if err := ask(who); err != nil {
			t.Errorf("without Argo CD: %v", err)
		}
	}
	watching := p.console(t, c.Kubeconfig).Mutable()
	p.Apply(t, applications)
	t.Cleanup(func() { p.Kubectl(t, "delete", "crd", "applications.argoproj.io") })
	p.Kubectl(t, "wait", "--for=condition=Established", "crd/applications.argoproj.io", "--timeout=30s")
	asks := func(err error) bool {
		var refused *backends.UnsupportedError
		return errors.As(err, &refused) && refused.Overridable && strings.Contains(refused.Reason, "Argo CD Application pay owns the deployment ")
	}
	for _, who := range []string{c.Kubeconfig, editor} {
		if err := ask(who); !asks(err) {
			t.Errorf("with Argo CD: %v", err)
		}
	}
	p.backend = watching
	clustertest.Eventually(t, "a console that was open learns of it", func() error {
		d := p.read(t)
		_, err := p.backend.DryRun(t.Context(), backends.Change{Op: backends.OpScale, Deployment: d.Name, Token: d.Token, Variant: "A", Replicas: 3, By: "alice@laptop"})
		if !asks(err) {
			return fmt.Errorf("the plan says %v", err)
		}
		return nil
	})
}
