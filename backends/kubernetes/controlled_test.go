package kubernetes_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// TestClusterCutover moves a Service's selector from blue to green and back.
func TestClusterCutover(t *testing.T) {
	m := mechanism{name: "selector", object: "service/fraud", split: pair(100, 0)}
	p := m.open(t, clustertest.Shared(t))
	d := p.read(t)
	cutover := backends.Change{Op: backends.OpCutover, Deployment: d.Name, Variant: "B", Token: d.Token, By: "ana@desk"}
	if err := p.backend.Apply(t.Context(), cutover); err == nil || !strings.Contains(err.Error(), "scale it first") {
		t.Errorf("one pod in the place of three: %v", err)
	}
	p.Kubectl(t, "scale", "deployment/fraud-b", "--replicas=3")
	p.Kubectl(t, "rollout", "status", "deployment/fraud-b", "--timeout=60s")
	d = p.await(t, "both are well", func(d backends.Deployment) bool { return d.Variants[1].Ready == 3 && d.Rollout == nil })
	cutover.Token = d.Token
	if _, err := p.backend.DryRun(t.Context(), backends.Change{Op: backends.OpSplit, Deployment: d.Name, Token: d.Token, Split: pair(50, 50)}); err == nil || !strings.Contains(err.Error(), "only 0, 100 % of") {
		t.Errorf("half of a selector: %v", err)
	}
	if err := p.backend.Apply(t.Context(), cutover); err != nil {
		t.Fatal(err)
	}
	if got := p.Kubectl(t, "get", "service/fraud", "-o", "jsonpath={.spec.selector}"); got != `{"model":"fraud","version":"fraud-b"}` {
		t.Errorf("the Service chooses %s", got)
	}
	p.await(t, "green serves", func(d backends.Deployment) bool {
		return slices.ContainsFunc(d.Variants, func(v backends.Variant) bool { return v.Version == "1.1.0" && v.Weight == 100 })
	})
	if left := p.Kubectl(t, "get", "deployment/fraud-a", "-o", "jsonpath={.spec.replicas}"); left != "3" {
		t.Errorf("blue has %s replicas: they are the way back", left)
	}
}

// TestClusterFixed holds the doors that no slider may move: each says why, and
// what can be asked for in its place.
func TestClusterFixed(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "kserve", "flagger")
	for _, one := range []struct {
		mechanism
		says string
	}{
		{mechanism{name: "kserve-raw", split: pair(100, 0)}, "ignores canaryTrafficPercent"},
		{mechanism{name: "flagger", split: pair(70, 30)}, "Flagger moves the weights itself"},
	} {
		t.Run(one.name, func(t *testing.T) {
			p := &place{Namespace: c.Namespace(t)}
			p.applyAll(t, objects(t, one.name))
			p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
			p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
			d := p.await(t, "it is read", func(d backends.Deployment) bool { return d.Variants[0].Weight == one.split["A"] })
			want := pair(50, 50)
			if len(d.Variants) == 1 {
				want = backends.Split{"A": 100}
			}
			_, err := p.backend.DryRun(t.Context(), one.change(d, want))
			if refused := (*backends.UnsupportedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), one.says) {
				t.Errorf("a split is answered with %v", err)
			}
		})
	}
}

// TestClusterFlagger holds the weights that Flagger moves, and lets it go on.
func TestClusterFlagger(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "flagger")
	p := &place{Namespace: c.Namespace(t)}
	p.applyAll(t, objects(t, "flagger"))
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "it is read", func(d backends.Deployment) bool { return d.Split().Equal(pair(70, 30)) && d.Rollout != nil })
	suspended := func() string { return p.Kubectl(t, "get", "canary/fraud", "-o", "jsonpath={.spec.suspend}") }
	p.apply(t, backends.Change{Op: backends.OpPause})
	if got := suspended(); got != "true" {
		t.Errorf("held, spec.suspend is %q", got)
	}
	p.refuses(t, backends.Change{Op: backends.OpAbort}, "Flagger has no abort")
	p.apply(t, backends.Change{Op: backends.OpResume})
	if got := suspended(); got != "false" {
		t.Errorf("let go on, spec.suspend is %q", got)
	}
	p.apply(t, backends.Change{Op: backends.OpPromote, Variant: "B"})
	if got := p.Kubectl(t, "get", "canary/fraud", "-o", "jsonpath={.spec.skipAnalysis}{.spec.analysis.maxWeight}"); got != "true50" {
		t.Errorf("promoted, skipAnalysis and maxWeight are %q", got)
	}
}
