package kubernetes_test

import (
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
)

// TestClusterDeployByDigest: the label of what ran before tells nothing of an
// image that is named by its digest, and its way back names that label's version.
func TestClusterDeployByDigest(t *testing.T) {
	b := openTrial(t)
	b.Kubectl(t, "patch", "deployment/fraud-b", "-p", `{"spec":{"template":{"metadata":{"labels":{"com.pitwall.version":"2.0.0"}}}}}`)
	b.Kubectl(t, "rollout", "status", "deployment/fraud-b", "--timeout=60s")
	b.await(t, "its label tells", func(d backends.Deployment) bool { return d.Variants[1].Version == "2.0.0" && d.Rollout == nil })
	deploy := func(digit, version, want string) {
		t.Helper()
		b.run(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Image: "@sha256:" + strings.Repeat(digit, 64), Version: version})
		b.await(t, "B runs "+want, func(d backends.Deployment) bool { return d.Variants[1].Version == want && d.Rollout == nil })
	}
	deploy("3", "", "333333333333")
	deploy("4", "4.0.0", "4.0.0")
	revisions, err := b.backend.Revisions(t.Context(), "fraud")
	var versions []string
	for _, r := range revisions {
		if r.Variant == "B" {
			versions = append(versions, r.Version)
		}
	}
	if want := []string{"4.0.0", "333333333333", "2.0.0", "1.1.0"}; err != nil || !slices.Equal(versions, want) {
		t.Errorf("the revisions of B are %q, %v; want %q", versions, err, want)
	}
}
