package kubernetes_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/explain"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// applyAs applies objects as another field manager, which takes what it names.
func (p *place) applyAs(t *testing.T, manager, yaml string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "applied.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Kubectl(t, "apply", "--server-side", "--force-conflicts", "--field-manager="+manager, "-f", file)
}

// explained is the evidence of fraud that somebody finds who may only read, for a
// title that begins so.
func (p *place) explained(t *testing.T, title string) (explain.Evidence, bool) {
	t.Helper()
	reasons, err := p.backend.Reasons(t.Context(), "fraud")
	if err != nil {
		t.Fatal(err)
	}
	all := explain.Explain(explain.Input{Deployment: p.read(t), Reasons: reasons, Now: time.Now()})
	i := slices.IndexFunc(all, func(e explain.Evidence) bool { return strings.HasPrefix(e.Title, title) })
	if i < 0 {
		return explain.Evidence{Detail: fmt.Sprintf("%+v", all)}, false
	}
	return all[i], true
}

// TestClusterTakenBack: who wrote over a split or an image that pitwall had
// written is told to everybody, from what the API server keeps of field managers.
func TestClusterTakenBack(t *testing.T) {
	c := clustertest.Shared(t)
	p := open(t, c)
	mutable := p.backend
	git := strings.ReplaceAll(strings.ReplaceAll(route, "weight: 70", "weight: 100"), "weight: 30", "weight: 0")
	p.applyAs(t, "argocd-controller", git)
	p.await(t, "Git has A=100", func(d backends.Deployment) bool { return d.State == backends.OK && d.Split().Equal(pair(100, 0)) })
	p.apply(t, backends.Change{Op: backends.OpSplit, Split: pair(90, 10), Reason: "canary looks well"})
	p.backend = p.console(t, user(t, c, rbac.Reader)).Mutable() // which writes nothing here
	p.await(t, "pitwall's split", func(d backends.Deployment) bool { return d.Split().Equal(pair(90, 10)) })
	const split = "argocd-controller took back the split A=90 B=10 (httproute "
	if e, ok := p.explained(t, "argocd-controller"); ok {
		t.Errorf("before anybody wrote: %+v", e)
	}
	p.applyAs(t, "argocd-controller", git)
	p.await(t, "Git's split", func(d backends.Deployment) bool { return d.Split().Equal(pair(100, 0)) })
	e, ok := p.explained(t, split)
	if !ok || e.State != backends.Warn || e.Since.IsZero() || !strings.Contains(e.Title, "s after pitwall wrote it, at ") || e.Screen != "split" {
		t.Errorf("the split was taken back: %+v", e)
	}
	if !strings.Contains(e.Detail, "it is A=100 B=0 now") || !strings.Contains(e.Detail, "ana@desk had asked for it: canary looks well") || !strings.Contains(e.Next, "commit it to Git, or pause") {
		t.Errorf("what it says of it: %+v", e)
	}
	// Somebody follows the advice: the same weights from Git are no news.
	p.applyAs(t, "argocd-controller", strings.ReplaceAll(strings.ReplaceAll(route, "weight: 70", "weight: 90"), "weight: 30", "weight: 10"))
	p.await(t, "it is committed", func(d backends.Deployment) bool { return d.Split().Equal(pair(90, 10)) })
	if e, ok := p.explained(t, "argocd-controller"); ok {
		t.Errorf("after the commit: %+v", e)
	}

	reader := p.backend
	p.backend = mutable
	p.await(t, "it is well", func(d backends.Deployment) bool { return d.State == backends.OK && d.Split().Equal(pair(90, 10)) })
	p.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: ":1.3.0"})
	p.Kubectl(t, "set", "image", "deployment/fraud-b", "model=registry.test/fraud:1.1.0")
	p.backend = reader
	p.await(t, "kubectl's image", func(d backends.Deployment) bool {
		b, _ := d.Variant("B")
		return strings.HasSuffix(b.Image, ":1.1.0") && d.State == backends.OK
	})
	e, ok = p.explained(t, "kubectl-set wrote over the deploy of B (deployment ")
	if !ok || e.State != backends.OK || e.Screen != "rollout" || !strings.Contains(e.Detail, "registry.test/fraud:1.1.0 again, registry.test/fraud:1.3.0 was written") {
		t.Errorf("the image was written over: %+v", e)
	}
}
