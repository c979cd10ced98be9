package kubernetes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
	"pitwall/checklist"
)

// counting counts the writes that somebody else's came before.
type counting struct {
	backends.Sharer
	moved *atomic.Int32
}

func (c counting) WriteShared(ctx context.Context, deployment string, t backends.SharedText) error {
	err := c.Sharer.WriteShared(ctx, deployment, t)
	if errors.Is(err, backends.ErrSharedMoved) {
		c.moved.Add(1)
	}
	return err
}

// TestClusterShared: eight people write at the same time, each from a console of
// their own, and nothing is lost, neither of theirs nor what others put there.
func TestClusterShared(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 1))
	kubeconfig := user(t, c, rbac.Operator)
	const people = 8
	var (
		moved   atomic.Int32
		writing sync.WaitGroup
		begin   = make(chan struct{})
	)
	for i := range people {
		b := p.console(t, kubeconfig).Mutable()
		if _, err := b.Deployments(t.Context()); err != nil {
			t.Fatal(err)
		}
		writing.Go(func() {
			<-begin
			for n := range 3 {
				add := checklist.Record{SignOffs: []checklist.SignOff{{ID: fmt.Sprintf("%d-%d", i, n), Item: "on-call", Verdict: checklist.Attest, Note: "asked"}}}
				if _, err := (checklist.Shared{Sharer: counting{b, &moved}}).Merge(t.Context(), "fraud", add); err != nil {
					t.Errorf("person %d: %v", i, err)
				}
			}
		})
	}
	close(begin)
	writing.Wait()
	reading := p.console(t, c.Kubeconfig)
	got, err := checklist.SharedLoader{SharedReader: reading}.Load(t.Context(), "fraud")
	if err != nil || len(got.SignOffs) != 3*people {
		t.Errorf("%d of %d sign-offs are kept, %v", len(got.SignOffs), 3*people, err)
	}
	t.Logf("%d writes were refused because another came first", moved.Load())
	if moved.Load() == 0 {
		t.Error("no writer met another")
	}

	p.Kubectl(t, "patch", "configmap/fraud-pitwall", "--type=merge", "-p", `{"metadata":{"labels":{"team":"ml"}},"data":{"notes":"of somebody else"}}`)
	shared := checklist.Shared{Sharer: p.console(t, kubeconfig).Mutable()}
	if _, err := shared.Merge(t.Context(), "fraud", checklist.Record{SignOffs: []checklist.SignOff{{ID: "last", Item: "on-call", Verdict: checklist.Attest, Note: "asked"}}}); err != nil {
		t.Fatal(err)
	}
	said := p.Kubectl(t, "get", "configmap/fraud-pitwall", "--show-managed-fields", "-o", `jsonpath={.data.notes} {.metadata.labels.team} {.metadata.labels.app\.kubernetes\.io/managed-by} {.metadata.managedFields[*].manager}`)
	if !strings.HasPrefix(said, "of somebody else ml pitwall ") || !strings.Contains(said, " pitwall") || !strings.Contains(said, "kubectl") {
		t.Errorf("the ConfigMap says %q", said)
	}
	if got, err := shared.Load(t.Context(), "fraud"); err != nil || len(got.SignOffs) != 3*people+1 {
		t.Errorf("%d sign-offs are kept, %v", len(got.SignOffs), err)
	}
}

// TestClusterSharedIsRefused: a lost race, a text that is too large, a right that
// is missing, and a console that constructs nothing that writes.
func TestClusterSharedIsRefused(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 1))
	reader := p.console(t, user(t, c, rbac.Reader))
	if _, writes := any(reader).(backends.Sharer); writes {
		t.Error("a console that only reads can write")
	}
	empty, err := reader.ReadShared(t.Context(), "fraud")
	if err != nil || len(empty.Data) != 0 || empty.Version != "" || empty.From != "configmap "+p.Name+"/fraud-pitwall" {
		t.Errorf("nothing is read as %+v, %v", empty, err)
	}
	if _, err := reader.ReadShared(t.Context(), "no-such"); !errors.As(err, new(*backends.NotFoundError)) {
		t.Errorf("of no deployment: %v", err)
	}
	if err := reader.Mutable().WriteShared(t.Context(), "fraud", backends.SharedText{Data: []byte("{}")}); err == nil || !strings.Contains(err.Error(), "this user may not") || !strings.Contains(err.Error(), "`pitwall rbac operator`") {
		t.Errorf("a reader writes: %v", err)
	}

	b := p.console(t, user(t, c, rbac.Operator)).Mutable()
	write := func(text, version string) error {
		return b.WriteShared(t.Context(), "fraud", backends.SharedText{Data: []byte(text), Version: version})
	}
	if err := write(strings.Repeat("x", 900<<10+1), ""); err == nil || !strings.Contains(err.Error(), "921601 bytes, and 921600 are the most") {
		t.Errorf("too large: %v", err)
	}
	if err := write("{}", ""); err != nil {
		t.Fatal(err)
	}
	first, err := b.ReadShared(t.Context(), "fraud")
	if err != nil || string(first.Data) != "{}" || first.Version == "" {
		t.Fatalf("read back: %+v, %v", first, err)
	}
	if err := write("{ }", ""); !errors.Is(err, backends.ErrSharedMoved) {
		t.Errorf("a second that is the first: %v", err)
	}
	if err := write(strings.Repeat(" ", 900<<10), first.Version); err != nil {
		t.Errorf("the largest: %v", err)
	}
	if err := write("{ }", first.Version); !errors.Is(err, backends.ErrSharedMoved) {
		t.Errorf("over another's: %v", err)
	}
	p.Kubectl(t, "delete", "configmap/fraud-pitwall")
	if err := write("{ }", first.Version); !errors.Is(err, backends.ErrSharedMoved) {
		t.Errorf("over what was taken away: %v", err)
	}
}

// TestClusterSharedIsAnothers: a ConfigMap of that name that somebody else made
// for something else stays as it is, and so does one that nobody can change.
func TestClusterSharedIsAnothers(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 1))
	shared := checklist.Shared{Sharer: p.console(t, user(t, c, rbac.Operator)).Mutable()}
	add := checklist.Record{SignOffs: []checklist.SignOff{{ID: "1", Item: "on-call", Verdict: checklist.Attest, Note: "asked"}}}
	write := func() error { _, err := shared.Merge(t.Context(), "fraud", add); return err }

	p.Kubectl(t, "create", "configmap", "fraud-pitwall", "--from-literal=settings=ours")
	if r, err := shared.Load(t.Context(), "fraud"); err != nil || len(r.SignOffs) != 0 {
		t.Errorf("another's is read as %+v, %v", r, err)
	}
	if err := write(); !errors.As(err, new(*backends.SharedRefusedError)) || !strings.Contains(err.Error(), "is not pitwall's: it has no key checklist.json and no label") {
		t.Errorf("over another's: %v", err)
	}
	if kept := p.Kubectl(t, "get", "configmap/fraud-pitwall", "-o", "jsonpath={.data}"); kept != `{"settings":"ours"}` {
		t.Errorf("another's is now %s", kept)
	}
	p.Kubectl(t, "label", "configmap/fraud-pitwall", "app.kubernetes.io/managed-by=pitwall")
	if err := write(); err != nil {
		t.Errorf("into one that was given to pitwall: %v", err)
	}
	p.Kubectl(t, "patch", "configmap/fraud-pitwall", "--type=merge", "-p", `{"immutable":true}`)
	if err := write(); !errors.As(err, new(*backends.SharedRefusedError)) || !strings.Contains(err.Error(), "fraud-pitwall is immutable: delete it and make it anew") {
		t.Errorf("over what cannot be changed: %v", err)
	}
}
