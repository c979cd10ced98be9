package clustertest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long one command may take.
const patience = 2 * time.Minute

// Try runs kubectl with everything allowed and gives its output, without the white space around it. The error holds
// what kubectl says.
func (c *Cluster) Try(args ...string) (string, error) { return c.run(nil, c.Client, args...) }

// Kubectl is Try for a command that must not fail.
func (c *Cluster) Kubectl(t testing.TB, args ...string) string {
	t.Helper()
	return must(t)(c.Try(args...))
}

// Apply applies manifests with server-side apply.
func (c *Cluster) Apply(t testing.TB, yaml string) {
	t.Helper()
	must(t)(c.run([]byte(yaml), c.Client, "apply", "--server-side", "-f", "-"))
}

// CRDs installs the custom resource definitions of projects and returns when the API server serves them. The names are
// those of `cluster crds`: argo, flagger, gateway, istio, knative, kserve, seldon, traefik.
func (c *Cluster) CRDs(t testing.TB, projects ...string) {
	t.Helper()
	yaml := must(t)(c.run(nil, c.Program, append([]string{"crds"}, projects...)...))
	c.Apply(t, yaml)
	// kubectl fails on one that has no status yet, instead of waiting for it.
	must(t)(c.run([]byte(yaml), c.Client, "wait", "--for=jsonpath={.status.conditions}", "--timeout=60s", "-f", "-"))
	must(t)(c.run([]byte(yaml), c.Client, "wait", "--for=condition=Established", "--timeout=60s", "-f", "-"))
}

// User gives the path of a kubeconfig of another user, who may do nothing but what a test allows. Its certificate is
// valid for as long as given, an hour when 0.
func (c *Cluster) User(t testing.TB, name string, valid time.Duration, groups ...string) string {
	t.Helper()
	if valid == 0 {
		valid = time.Hour
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	args := []string{"user", "-dir", c.dir, "-user", name, "-for", valid.String(), "-file", file}
	for _, group := range groups {
		args = append(args, "-group", group)
	}
	must(t)(c.run(nil, c.Program, args...))
	return file
}

// run runs a program of the cluster's with a text for it to read.
func (c *Cluster) run(input []byte, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig)
	cmd.Stdin = bytes.NewReader(input)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(args, " "), err, bytes.TrimSpace(failed.Bytes()))
	}
	return strings.TrimSpace(string(out)), err
}

// must ends the test of a command that failed.
func must(t testing.TB) func(string, error) string {
	return func(out string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}
