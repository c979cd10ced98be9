package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestClusterTellsWhatIsNotShown: a workload beside model servers is not listed,
// and whoever looks for it learns that it is there and how it is shown.
func TestClusterTellsWhatIsNotShown(t *testing.T) {
	namespace := fraudNamespace(t)
	kubectl(t, "", "create", "deployment", "shop", "--image=registry.test/shop:1", "--namespace", namespace)
	state := filepath.Join(t.TempDir(), "state")
	pitwall := func(args ...string) answer {
		return run(t, state, append([]string{"--backend", "k8s:///" + namespace}, args...)...)
	}
	const why = "1 other workload is not shown: they do not look like model servers. The label com.pitwall.deployment shows one"
	if a := pitwall("get", "deployments"); a.code != 0 || strings.Contains(a.stdout, "shop") || !strings.Contains(a.stderr, why) {
		t.Errorf("get ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	if a := pitwall("explain", "shop"); a.code != 1 || !strings.Contains(a.stderr, `there is a workload "shop", which is not shown: they do not look like model servers`) {
		t.Errorf("explain ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
	if a := pitwall("snapshot", "fleet", "--size", "120x30"); a.code != 0 || !strings.Contains(a.stdout, "+1 not shown") || !strings.Contains(a.stdout, "1 other workload is not shown") {
		t.Errorf("the screen is (%d)\n%s%s", a.code, a.stdout, a.stderr)
	}
	kubectl(t, "", "label", "deployment/shop", "com.pitwall.deployment=shop", "--namespace", namespace)
	if a := pitwall("get", "deployments"); a.code != 0 || !strings.Contains(a.stdout, "shop") || a.stderr != "" {
		t.Errorf("labelled, get ended with %d:\n%s%s", a.code, a.stdout, a.stderr)
	}
}
