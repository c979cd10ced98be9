package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestClusterTakenBackIsExplained: what was done here and taken back by another
// stands in the command line's explanation and in the console's.
func TestClusterTakenBackIsExplained(t *testing.T) {
	namespace := fraudNamespace(t)
	state := filepath.Join(t.TempDir(), "state")
	pitwall := func(args ...string) answer {
		return run(t, state, append([]string{"--backend", "k8s:///" + namespace}, args...)...)
	}
	if a := pitwall("deploy", "fraud", "--variant", "B", "--image", ":1.2.0", "--confirm", "fraud", "--reason", "a test"); a.code != 0 {
		t.Fatalf("deploy ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	kubectl(t, fraudManifest, "apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller", "--namespace", namespace, "-f", "-")
	kubectl(t, "", "rollout", "status", "deployment/fraud-b", "--timeout=60s", "--namespace", namespace)
	const title = "argocd-controller took back the deploy of B (deployment "
	if a := pitwall("explain", "fraud"); a.code != 0 || !strings.Contains(a.stdout, title) || !strings.Contains(a.stdout, "next: commit it to Git, or pause what takes it back: set spec.syncPolicy.automated.enabled: false") {
		t.Errorf("explain ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	if a := pitwall("snapshot", "explain", "fraud", "--size", "160x40"); a.code != 0 || !strings.Contains(a.stdout, title) || !strings.Contains(a.stdout, "commit it to Git") {
		t.Errorf("the screen is (%d)\n%s%s", a.code, a.stdout, a.stderr)
	}
}
