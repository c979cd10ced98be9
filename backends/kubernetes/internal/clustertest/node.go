package clustertest

import (
	"os"
	"strings"
	"testing"
)

// NodeVariable is the environment variable by which testdata/cluster/node/run.sh tells that pods run for real.
const NodeVariable = "PITWALL_NODE"

// Real is the cluster of testdata/cluster/node/run.sh, whose only node is a real one: images are run, probes are made,
// Services carry requests. It skips the test elsewhere.
func Real(t testing.TB) *Cluster {
	t.Helper()
	if os.Getenv(NodeVariable) == "" {
		t.Skip("needs a real node: runs with testdata/cluster/node/run.sh, as make test-cluster does")
	}
	return Shared(t)
}

// Digest is that of an image which the node has under a tag.
func (c *Cluster) Digest(t testing.TB, image string) string {
	t.Helper()
	repository := image[:strings.LastIndexByte(image, ':')]
	for line := range strings.Lines(c.Kubectl(t, "get", "nodes", "-o", `jsonpath={range .items[*].status.images[*]}{.names}{"\n"}{end}`)) {
		names := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(`[]",`+"\n ", r) })
		tagged, digest := false, ""
		for _, name := range names {
			tagged = tagged || name == image
			if rest, ok := strings.CutPrefix(name, repository+"@"); ok {
				digest = rest
			}
		}
		if tagged && digest != "" {
			return digest
		}
	}
	t.Fatalf("the node has no %s with a digest", image)
	return ""
}
