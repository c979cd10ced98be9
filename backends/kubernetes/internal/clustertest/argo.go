package clustertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// ArgoRollouts installs Argo Rollouts, and runs its real controller until the test ends. With "istio" among the
// projects, whose definitions are installed too, it moves the weights of VirtualServices. The first call on a machine
// builds the controller, which takes minutes.
func (c *Cluster) ArgoRollouts(t testing.TB, projects ...string) {
	t.Helper()
	program := must(t)(script("argo.sh"))
	c.CRDs(t, append([]string{"argo"}, projects...)...)
	log, err := os.CreateTemp(t.TempDir(), "argo-rollouts-*.log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, "--kubeconfig", c.Kubeconfig, "--leader-elect=false", "--metricsPort=0", "--healthzPort=0")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGKILL)
		_ = cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s: %s", filepath.Base(program), text[max(0, len(text)-4000):])
		}
	})
}
