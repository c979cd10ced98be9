package kubernetes_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/journal"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/backends/operation"
)

// operator is a person at a console with a journal.
type operator struct {
	ops     *operation.Engine
	journal *journal.Journal
}

// operator makes one for whom time passes quickly: nothing counts requests here,
// and an operation waits a while for counters before it says so.
func (p *place) operator(t *testing.T) operator {
	t.Helper()
	const haste = 5
	began := time.Now()
	hurried := func() time.Time { return began.Add(haste * time.Since(began)) }
	book, err := journal.Open(filepath.Join(t.TempDir(), "journal.jsonl"), time.Now, journal.Actor{Host: "ana@desk"})
	if err != nil {
		t.Fatal(err)
	}
	return operator{operation.New(operation.Options{Backend: p.backend, Journal: book, Now: hurried, Actor: journal.Actor{Host: "ana@desk"}}), book}
}

// plan plans a change of fraud.
func (o operator) plan(t *testing.T, c backends.Change) operation.Plan {
	t.Helper()
	c.Deployment = "fraud"
	plan, err := o.ops.Plan(t.Context(), c)
	if err != nil {
		t.Fatalf("plan %s: %v", c.Op, err)
	}
	return plan
}

// trouble is what happens to the control plane at a stage of an operation.
type trouble struct {
	name   string
	at     operation.Stage
	strike strike
	ops    string // the operations that suffer it
}

// strike begins a trouble; end waits until it is over, and mends it.
type strike func(t *testing.T, c *clustertest.Cluster) (end func())

// later does something after a while, beside the operation.
func later(after time.Duration, do func()) (end func()) {
	done := make(chan struct{})
	time.AfterFunc(after, func() {
		defer close(done)
		do()
	})
	return func() { <-done }
}

// kill ends the API server and starts it again a moment later.
func kill(t *testing.T, c *clustertest.Cluster) func() {
	c.Kill(t, clustertest.APIServer)
	return later(300*time.Millisecond, func() { c.Start(t, clustertest.APIServer) })
}

// hang lets requests in and answers none before it ends.
func hang(t *testing.T, c *clustertest.Cluster) func() {
	c.Freeze(t, clustertest.APIServer)
	return later(time.Second, func() {
		c.Kill(t, clustertest.APIServer)
		c.Start(t, clustertest.APIServer)
	})
}

// late is a kill a moment after the stage began.
func late(after time.Duration) strike {
	return func(t *testing.T, c *clustertest.Cluster) func() {
		return later(after, func() { kill(t, c)() })
	}
}

var troubles = []trouble{
	{"killed as it is sent", operation.Applying, kill, "split"},
	{"hangs as it is sent", operation.Applying, hang, "deploy"},
	{"killed 20 ms into it", operation.Applying, late(20 * time.Millisecond), "split"},
	{"killed between two patches", operation.Applying, late(400 * time.Millisecond), "split by replicas"},
	{"killed when it was accepted", operation.Accepted, kill, "split"},
	{"killed while it is observed", operation.Observing, kill, "split"},
}

// TestClusterAPIServerFails takes the API server away at the stages of a split,
// a deploy and a split by replicas, which is two patches: what is told is what
// is so, and the console catches up.
func TestClusterAPIServerFails(t *testing.T) {
	c := clustertest.New(t)
	c.CRDs(t, "gateway")
	type subject struct {
		name    string
		objects string
		asked   string // what kubectl shows of the change
		rolls   bool   // by controllers, which come first: each restart of the API server makes them wait longer
		change  func(turn int) (backends.Change, string)
	}
	subjects := []subject{
		{"split by replicas", "ratio", "deployment -o jsonpath={.items[*].spec.replicas}", true, func(turn int) (backends.Change, string) {
			if turn%2 == 0 {
				return backends.Change{Op: backends.OpSplit, Split: pair(50, 50)}, "2 2"
			}
			return backends.Change{Op: backends.OpSplit, Split: pair(75, 25)}, "3 1"
		}},
		{"deploy", "gateway-http", "deployment/fraud-b -o jsonpath={.spec.template.spec.containers[0].image}", true, func(turn int) (backends.Change, string) {
			image := "registry.test/fraud:2." + backends.FormatWeight(float64(turn))
			return backends.Change{Op: backends.OpDeploy, Variant: "B", Image: image}, image
		}},
		{"split", "gateway-http", "httproute/fraud -o jsonpath={.spec.rules[0].backendRefs[*].weight}", false, func(turn int) (backends.Change, string) {
			a := 41 + turn
			return backends.Change{Op: backends.OpSplit, Split: pair(float64(a), float64(100-a))}, backends.FormatWeight(float64(a)) + " " + backends.FormatWeight(float64(100-a))
		}},
	}
	// Made before, while all components are well.
	places := map[string]*place{"ratio": operated(t, c, "ratio"), "gateway-http": operated(t, c, "gateway-http")}
	t.Log("| operation | the API server is | outcome | took |")
	for _, one := range subjects {
		t.Run(one.name, func(t *testing.T) {
			p := places[one.objects]
			o := p.operator(t)
			truth := func() string {
				return p.Kubectl(t, append([]string{"get"}, strings.Fields(one.asked)...)...)
			}
			turn := 0
			for _, fault := range troubles {
				if !slices.Contains(strings.Split(fault.ops, ", "), one.name) {
					continue
				}
				change, want := one.change(turn)
				if before := truth(); before == want {
					turn++
					change, want = one.change(turn)
				}
				turn++
				o.suffers(t, p, fault, one.rolls, change, truth, want)
			}
		})
	}
}

// suffers runs an operation with trouble, and compares what is told with what
// is so.
func (o operator) suffers(t *testing.T, p *place, fault trouble, rolls bool, c backends.Change, truth func() string, want string) {
	t.Helper()
	before := truth()
	plan := o.plan(t, c)
	var end func()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	began := time.Now()
	outcome, err := o.ops.Run(ctx, plan, operation.Confirmation{Yes: true, Typed: "fraud", Reason: "a test"}, func(progress operation.Progress) {
		if progress.Stage == fault.at && end == nil {
			end = fault.strike(t, p.Cluster)
		}
	})
	took := time.Since(began)
	if end == nil {
		t.Fatalf("%s: it never came to %s: %s, %v", fault.name, fault.at, outcome.Text, err)
	}
	end()
	if rolls {
		p.Cluster.Revive(t)
	}
	now := truth()
	switch outcome.Result {
	case journal.ResultOK:
		if now != want {
			t.Errorf("%s: told ok, and it is %s, not %s", fault.name, now, want)
		}
	case journal.ResultFailed:
		if now != before {
			t.Errorf("%s: told failed (%v), and it is %s, not %s", fault.name, err, now, before)
		}
	case journal.ResultUnknown:
		if err == nil {
			t.Errorf("%s: unknown without a reason: %+v", fault.name, outcome)
		}
	}
	records, readErr := o.journal.Records(time.Time{})
	if readErr != nil || len(records) == 0 || records[len(records)-1].Result != outcome.Result {
		t.Errorf("%s: told %s, the journal has %+v, %v", fault.name, outcome.Result, records, readErr)
	}
	told := outcome.Text
	if err != nil {
		told = err.Error()
	}
	t.Logf("| %s | %s | %s: %s; it is %s | %.1f s |", c.Op, fault.name, outcome.Result, told, now, took.Seconds())
	p.await(t, "the console has caught up", func(d backends.Deployment) bool {
		return d.State.Severity() <= backends.Warn.Severity() && d.Rollout == nil
	})
}

// operated makes a namespace with the objects of a mechanism, at which an
// operator sits.
func operated(t *testing.T, c *clustertest.Cluster, mechanism string) *place {
	t.Helper()
	p := &place{Namespace: c.Namespace(t)}
	p.applyAll(t, objects(t, mechanism))
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	p.await(t, "it is read", func(d backends.Deployment) bool { return len(d.Variants) == 2 && d.Variants[1].Ready == 1 })
	return p
}

// TestClusterTwoConsoles has two people change one split from what both saw:
// one does it, the other is told that it was changed.
func TestClusterTwoConsoles(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := operated(t, c, "gateway-http")
	other := *p
	other.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	other.await(t, "it is read", func(d backends.Deployment) bool { return d.Split().Equal(pair(70, 30)) })
	for round := range 5 {
		d := p.read(t)
		wants := []backends.Split{pair(float64(50+round), float64(50-round)), pair(float64(60+round), float64(40-round))}
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, console := range []*place{p, &other} {
			both.Go(func() {
				errs[i] = console.backend.Apply(t.Context(), backends.Change{Op: backends.OpSplit, Deployment: "fraud", Token: d.Token, Split: wants[i], By: "ana@desk"})
			})
		}
		both.Wait()
		winner := slices.Index(errs, nil)
		var lost *backends.ConflictError
		if winner < 0 || !errors.As(errs[1-winner], &lost) {
			t.Fatalf("round %d: %v", round, errs)
		}
		for _, console := range []*place{p, &other} {
			console.await(t, "both see what the winner did", func(d backends.Deployment) bool { return d.Split().Equal(wants[winner]) })
		}
	}
}

// TestClusterRightsTakenAway takes an operator's rights away while the console
// runs: the next change names the right that is missing, and all goes on when
// it is given back.
func TestClusterRightsTakenAway(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "gateway")
	p := &place{Namespace: c.Namespace(t)}
	p.applyAll(t, objects(t, "gateway-http"))
	p.Kubectl(t, "rollout", "status", "deployment", "--timeout=60s")
	c.Apply(t, strings.ReplaceAll(rbac.Operator.Manifest(), "pitwall-operator", "pitwall-guest"))
	binding := func(verb string) {
		c.Kubectl(t, strings.Fields(verb+" clusterrolebinding pitwall-guest")...)
	}
	give := []string{"create", "clusterrolebinding", "pitwall-guest", "--clusterrole=pitwall-guest", "--user=guest"}
	c.Kubectl(t, give...)
	p.backend = p.console(t, c.User(t, "guest", 0)).Mutable()
	p.await(t, "it is read", func(d backends.Deployment) bool { return d.Split().Equal(pair(70, 30)) && d.Variants[1].Ready == 1 })
	p.apply(t, backends.Change{Op: backends.OpSplit, Split: pair(60, 40)})

	binding("delete")
	clustertest.Eventually(t, "the authorizer has heard of it", func() error {
		if _, err := p.Try("auth", "can-i", "patch", "httproutes", "--as=guest"); err == nil {
			return errors.New("the guest may still patch routes")
		}
		return nil
	})
	d := p.read(t)
	change := backends.Change{Op: backends.OpSplit, Deployment: d.Name, Token: d.Token, Split: pair(50, 50)}
	err := p.backend.Apply(t.Context(), change)
	if refused := (*backends.UnsupportedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), `cannot patch resource "httproutes"`) {
		t.Fatalf("a change without the right to it: %v", err)
	}
	if got := p.Kubectl(t, "get", "httproute/fraud", "-o", "jsonpath={.spec.rules[0].backendRefs[*].weight}"); got != "60 40" {
		t.Errorf("without rights the split became %s", got)
	}
	c.Kubectl(t, give...)
	defer binding("delete")
	clustertest.Eventually(t, "it goes on with the rights", func() error { return p.backend.Apply(t.Context(), change) })
}
