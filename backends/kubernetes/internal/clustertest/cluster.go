package clustertest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Variable is the environment variable that asks for these tests.
const Variable = "PITWALL_CLUSTER"

// Cluster is one that runs. Safe for concurrent use, as far as its tests do not break it.
type Cluster struct {
	Kubeconfig string             `json:"kubeconfig"` // the path of one with which everything is allowed
	Server     string             `json:"server"`     // the API server's URL
	Program    string             `json:"program"`    // the path of the cluster command: see testdata/cluster/main.go
	Client     string             `json:"kubectl"`    // the path of a kubectl of the cluster's own version
	Control    string             `json:"control"`    // the socket for fault.go
	PIDs       map[string]int     `json:"pids"`       // by component; etcd is part of "cluster"
	Seconds    map[string]float64 `json:"seconds"`    // how long the start took, to the end of each step

	dir string
}

// Dir is the cluster's state directory: kubeconfig, certificates, etcd's data, logs/COMPONENT.log.
func (c *Cluster) Dir() string { return c.dir }

// shared is the cluster of this test binary.
var shared = sync.OnceValues(func() (*Cluster, error) {
	if dir := os.Getenv(Variable); dir != "1" {
		return open(dir)
	}
	c, _, err := launch() // it ends when this process does: see launch
	return c, err
})

// Shared is the cluster of this test binary, or that of PITWALL_CLUSTER. It skips the test when nobody asked for one.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	skipUnlessAsked(t)
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Running is the cluster that Shared gives, where the tests have run already.
func Running() *Cluster {
	c, err := shared()
	if err != nil {
		panic(err)
	}
	return c
}

// New starts a cluster for one test, which may break it, and stops it when the test ends. The flags are those of
// `cluster up`, such as "-nodes=50". It skips the test when nobody asked for a cluster.
func New(t testing.TB, flags ...string) *Cluster {
	t.Helper()
	skipUnlessAsked(t)
	c, stop, err := launch(flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return c
}

func skipUnlessAsked(t testing.TB) {
	t.Helper()
	if os.Getenv(Variable) == "" {
		t.Skip("needs a Kubernetes cluster: runs with make test-cluster")
	}
}

// open reads what a cluster says of itself.
func open(dir string) (*Cluster, error) {
	text, err := os.ReadFile(filepath.Join(dir, "ready.json"))
	if err != nil {
		return nil, fmt.Errorf("no cluster runs in %s (%s): %w", dir, Variable, err)
	}
	c := &Cluster{dir: dir}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("read what the cluster in %s says of itself: %w", dir, err)
	}
	return c, nil
}
