package kubernetes_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/operation"
)

// TestClusterPromote promotes B behind every kind of front door that nobody above
// moves: A gets its version, then all requests, and B has no replicas any more.
func TestClusterPromote(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway", "istio", "traefik")
	for _, m := range append(slices.Clone(mechanisms), mechanism{name: "selector", split: pair(100, 0)}) {
		if !slices.Contains([]string{"gateway-http", "gateway-grpc", "istio-subsets", "traefik", "ingress-nginx", "alb", "ratio", "selector"}, m.name) {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			p := m.open(t, c)
			p.await(t, "both are well", func(d backends.Deployment) bool { return d.Variants[1].Ready == 1 && d.Rollout == nil })
			o := p.operator(t)
			plan := o.plan(t, backends.Change{Op: backends.OpPromote})
			for _, what := range []string{"image of model", "replicas of fraud-b"} {
				if m.name != "ratio" && !slices.ContainsFunc(plan.Effects, func(e backends.Effect) bool { return e.What == what }) {
					t.Errorf("the plan does not tell the %s: %+v", what, plan.Effects)
				}
			}
			outcome, err := o.ops.Run(t.Context(), plan, operation.Confirmation{Yes: true, Typed: "fraud"}, nil)
			if err != nil || outcome.Result != journal.ResultOK || !outcome.Observed {
				t.Fatalf("promote: %+v, %v", outcome, err)
			}
			d := p.read(t)
			a, b := d.Variants[0], d.Variants[1]
			if a.Version != "1.1.0" || a.Weight != 100 || a.Ready < 3 || b.Weight != 0 || b.Desired != 0 || d.Rollout != nil {
				t.Errorf("after promote it is %+v", d)
			}
			if got := p.Kubectl(t, "get", "deployment", "-o", "jsonpath={.items[*].spec.template.spec.containers[0].image}"); got != "registry.test/fraud:1.1.0 registry.test/fraud:1.1.0" {
				t.Errorf("the images are %s", got)
			}
			if rolling := p.backend.Rolling(); len(rolling) > 0 {
				t.Errorf("%v is carried on though it is done", rolling)
			}
			p.refuses(t, backends.Change{Op: backends.OpPromote, Variant: "B"}, "no ready replica")
		})
	}
}

// TestClusterPromoteIsCarriedOn: a promote is held with the rollout of A, outlives
// the console that began it, and another one resumes it.
func TestClusterPromoteIsCarriedOn(t *testing.T) {
	p := mechanisms[0].open(t, clustertest.Shared(t))
	p.await(t, "both are well", func(d backends.Deployment) bool { return d.Variants[1].Ready == 1 && d.Rollout == nil })
	p.apply(t, backends.Change{Op: backends.OpPromote, Variant: "B"})
	p.apply(t, backends.Change{Op: backends.OpPause})
	held := p.await(t, "it is held", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Paused })
	if r := held.Rollout; r.Operation != backends.OpPromote || r.Variant != "A" || r.From != "1.0.0" || r.To != "1.1.0" || !held.Split().Equal(pair(70, 30)) {
		t.Errorf("held, the rollout is %+v, the split %s", r, held.Split())
	}
	p.backend.Close() // as if its console were gone
	other := &place{Namespace: p.Namespace, backend: p.console(t, p.Cluster.Kubeconfig).Mutable()}
	other.await(t, "another console sees it held", func(d backends.Deployment) bool {
		return d.Rollout != nil && d.Rollout.Paused && d.Rollout.Operation == backends.OpPromote
	})
	other.apply(t, backends.Change{Op: backends.OpResume})
	d := other.await(t, "it is done", func(d backends.Deployment) bool { return d.Rollout == nil && d.Split().Equal(pair(100, 0)) })
	if a, b := d.Variants[0], d.Variants[1]; a.Version != "1.1.0" || b.Desired != 0 {
		t.Errorf("resumed, it is %+v", d)
	}
}

// TestClusterPromoteOrphaned: whoever finds a promote whose pitwall is gone after
// the rollout of A sees it held, and resume does what is left.
func TestClusterPromoteOrphaned(t *testing.T) {
	p := mechanisms[0].open(t, clustertest.Shared(t))
	p.await(t, "both are well", func(d backends.Deployment) bool { return d.Variants[1].Ready == 1 && d.Rollout == nil })
	p.apply(t, backends.Change{Op: backends.OpPromote, Variant: "B"})
	p.backend.Close()
	p.Kubectl(t, "rollout", "status", "deployment/fraud-a", "--timeout=60s")
	later := p.consoleAt(t, func() time.Time { return time.Now().Add(time.Hour) })
	other := &place{Namespace: p.Namespace, backend: later}
	d := other.await(t, "it is seen to be held", func(d backends.Deployment) bool { return d.Rollout != nil && d.Rollout.Paused })
	if r := d.Rollout; !strings.Contains(r.Message, "nobody carries it on: resume") || !d.Split().Equal(pair(70, 30)) {
		t.Errorf("orphaned, it is %+v, the split %s", r, d.Split())
	}
	o := other.operator(t)
	outcome, err := o.ops.Run(t.Context(), o.plan(t, backends.Change{Op: backends.OpResume}), operation.Confirmation{Yes: true, Typed: "fraud"}, nil)
	if err != nil || outcome.Result != journal.ResultOK {
		t.Errorf("resume: %+v, %v", outcome, err)
	}
	other.await(t, "it is done", func(d backends.Deployment) bool {
		return d.Rollout == nil && d.Split().Equal(pair(100, 0)) && d.Variants[1].Desired == 0 && len(later.Rolling()) == 0
	})
}

// TestClusterPromoteRefused: what a promote cannot carry over is told with what to do.
func TestClusterPromoteRefused(t *testing.T) {
	p := mechanisms[0].open(t, clustertest.Shared(t))
	p.Kubectl(t, "set", "image", "deployment/fraud-a", "model=registry.test/fraud:1.1.0")
	p.Kubectl(t, "set", "env", "deployment/fraud-b", "MODEL_URI=s3://models/2")
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	p.await(t, "both have the image", func(d backends.Deployment) bool {
		return d.Variants[0].Version == "1.1.0" && d.Rollout == nil && d.Variants[1].Ready == 1
	})
	p.refuses(t, backends.Change{Op: backends.OpPromote, Variant: "B"}, "what makes them differ are the values of MODEL_URI: change the template of fraud-a")
	if d := p.read(t); !d.Split().Equal(pair(70, 30)) || d.Variants[1].Desired != 1 {
		t.Errorf("refused, it is %+v", d)
	}
}
