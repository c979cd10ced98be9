package kubernetes_test

import (
	"errors"
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
				if !errors.As(err, &refused) || !refused.Overridable || !strings.Contains(refused.Reason, test.says) || !strings.Contains(refused.Reason, "replicas: 3") {
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
