package kubernetes_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/internal/clustertest"
	"pitwall/backends/kubernetes/rbac"
)

// TestClusterForwards sends through the API server to a pod, which answers with
// what it is sent.
func TestClusterForwards(t *testing.T) {
	c := clustertest.Shared(t)
	p := &place{Namespace: c.Namespace(t)}
	p.Apply(t, workload("fraud", "1.0.0", 2))
	p.backend = p.console(t, user(t, c, rbac.Operator)).Mutable()
	d := p.await(t, "it is well", func(d backends.Deployment) bool { return d.State == backends.OK && len(d.Variants[0].Replicas) == 2 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- p.backend.Forward(ctx, "fraud", d.Variants[0].Replicas[1].Name, 0, 0, func(address string) { ready <- address })
	}()
	address := ""
	select {
	case address = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	if host, _, _ := net.SplitHostPort(address); host != "127.0.0.1" {
		t.Errorf("it listens at %s", address)
	}
	for range 2 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "hello"); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
			t.Errorf("the pod answers %q, %v", got, err)
		}
		_ = conn.Close()
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended by its caller: %v", err)
	}
	if err := p.backend.Forward(t.Context(), "fraud", "fraud-x", 0, 0, nil); err == nil || !strings.Contains(err.Error(), `no replica "fraud-x"`) {
		t.Errorf("to no replica: %v", err)
	}
	reader := p.console(t, user(t, c, rbac.Reader))
	if err := reader.Forward(t.Context(), "fraud", d.Variants[0].Replicas[0].Name, 0, 0, nil); err == nil || !strings.Contains(err.Error(), "create pods/portforward") {
		t.Errorf("a reader's: %v", err)
	}
}
