package kubernetes_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// TestMain runs the tests, whose consoles are operators, and checks then that
// the role of an operator holds nothing that no test needed.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && os.Getenv(clustertest.Variable) != "" {
		own := rbac.Operator.Rules()[len(rbac.Reader.Rules()):] // after those of a reader
		if left := unused(rbac.Operator, own); len(left) > 0 {
			fmt.Printf("FAIL: the role of an operator holds what nothing asked for: %s\n", strings.Join(left, ", "))
			code = 1
		}
	}
	os.Exit(code)
}

// user gives the kubeconfig of somebody who has a role of pitwall's.
func user(t *testing.T, c *clustertest.Cluster, role rbac.Role) string {
	t.Helper()
	c.Apply(t, role.Manifest()+fmt.Sprintf(`---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: pitwall-%[1]s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pitwall-%[1]s}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[1]s}]
`, role))
	return c.User(t, string(role), 0, clustertest.Audited)
}

// unused are those rights of a role that its user did not use, of the API groups
// that the cluster has.
func unused(role rbac.Role, rules []rbac.Rule) []string {
	c := clustertest.Running()
	asked, err := c.RequestsOf(string(role))
	if err != nil {
		return []string{err.Error()}
	}
	groups := map[string]bool{}
	for r := range asked {
		groups[r.Group] = true
	}
	var left []string
	for _, rule := range rules {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				r := clustertest.Request{Verb: verb, Group: rule.Group, Resource: resource}
				switch { // what other servers ask for in the place of it
				case verb == "list" && slices.Contains(rule.Verbs, "watch"):
					r.Verb = "watch" // which lists as well; servers before 1.32 do not
				case verb == "create" && resource == "pods/portforward":
					r.Verb = "get" // of a WebSocket; SPDY begins with a POST, and servers may want both
				}
				if groups[rule.Group] && !asked[r] {
					left = append(left, verb+" "+resource+"."+rule.Group)
				}
			}
		}
	}
	return left
}

// TestClusterReader sees everything as a reader does, whose role is enough for
// that and holds nothing else, and is told which right a change would need.
func TestClusterReader(t *testing.T) {
	c := clustertest.Shared(t)
	c.CRDs(t, "argo", "flagger", "gateway", "istio", "knative", "kserve", "seldon", "traefik")
	kubeconfig := user(t, c, rbac.Reader)
	c.ArgoRollouts(t, "istio")
	t.Run("sees", func(t *testing.T) {
		t.Run("nothing", func(t *testing.T) { seesNothing(t, c, kubeconfig) })
		see := func(name string, m mechanism, objects string) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				m.isRead(t, c, kubeconfig, objects)
			})
		}
		for _, m := range append(slices.Clone(mechanisms), mechanism{name: "flagger", split: pair(70, 30)}, mechanism{name: "selector", split: pair(100, 0)}) {
			see(m.name, m, objects(t, m.name))
		}
		for name, objects := range map[string]string{"argo": argoManifest, "deployment": workload("fraud", "1.0.0", 1), "statefulset": stateful, "daemonset": everywhere} {
			see(name, mechanism{split: backends.Split{"A": 100}}, objects)
		}
	})
	if left := unused(rbac.Reader, rbac.Reader.Rules()); len(left) > 0 {
		t.Errorf("the role of a reader holds what nothing asked for: %s", strings.Join(left, ", "))
	}
	for r := range c.Requests(t, string(rbac.Reader)) {
		if r.Denied && r.Verb != "patch" && r.Verb != "create" {
			t.Errorf("a reader may not %s %s of %q, and pitwall asks for it", r.Verb, r.Resource, r.Group)
		}
	}
}

// isRead looks at everything that there is of fraud.
func (m mechanism) isRead(t *testing.T, c *clustertest.Cluster, kubeconfig, objects string) {
	p := &place{Namespace: c.Namespace(t)}
	p.applyAll(t, objects)
	p.backend = p.console(t, kubeconfig).Mutable()
	d := p.await(t, "the split is read", func(d backends.Deployment) bool { return d.Split().Equal(m.split) })
	ctx := t.Context()
	if _, err := p.backend.Events(ctx, d.Name, time.Time{}); err != nil {
		t.Errorf("events: %v", err)
	}
	if _, err := p.backend.Revisions(ctx, d.Name); err != nil {
		t.Errorf("revisions: %v", err)
	}
	if _, err := p.backend.Inspect(ctx, d.Name, ""); err != nil {
		t.Errorf("inspect: %v", err)
	}
	p.isSetUp(t, d)
	if replicas := d.Variants[0].Replicas; len(replicas) > 0 {
		if _, err := p.backend.Inspect(ctx, d.Name, replicas[0].Name); err != nil {
			t.Errorf("inspect a replica: %v", err)
		}
		logs, err := p.backend.Logs(ctx, backends.LogQuery{Deployment: d.Name})
		if err != nil {
			t.Errorf("logs: %v", err)
		}
		n := 0
		for range logs {
			n++
		}
		if n == 0 {
			t.Error("no line of a log")
		}
	}
	if m.want != nil {
		_, err := m.tries(t, p)
		if refused := (*backends.UnsupportedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "this user may not patch") {
			t.Errorf("a reader's split is answered with %v", err)
		}
	}
}

// isSetUp reads how fraud is set up, and what people share of it: whatever is
// not known is so for another reason than a right that is missing.
func (p *place) isSetUp(t *testing.T, d backends.Deployment) {
	t.Helper()
	got, err := p.backend.Setup(t.Context(), d.Name)
	if err != nil {
		t.Errorf("setup: %v", err)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "not permitted") {
		t.Errorf("a right is missing: %s", text)
	}
	if _, err := p.backend.ReadShared(t.Context(), d.Name); err != nil {
		t.Errorf("shared: %v", err)
	}
}
