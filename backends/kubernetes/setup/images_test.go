package setup

import (
	"testing"

	core "k8s.io/api/core/v1"
)

func TestImagesOfNodes(t *testing.T) {
	images := OnNodes(read[core.NodeList](t, `
items:
- status: {images: [{names: ["registry.test:5000/fraud@sha256:feed", "registry.test:5000/fraud:1.0.0"]}]}
- status: {images: [{names: ["docker.io/library/nginx:1.30"]}, {names: ["docker.io/team/churn:latest"]}]}
`).Items)
	for reference, want := range map[string]struct {
		digest string
		there  bool
	}{
		"registry.test:5000/fraud:1.0.0":             {"sha256:feed", true},
		"registry.test:5000/fraud:1.0.0@sha256:feed": {"sha256:feed", true},
		"registry.test:5000/fraud@sha256:dead":       {"sha256:dead", false},
		"registry.test:5000/fraud":                   {"", false},
		"nginx:1.30":                                 {"", true},
		"team/churn":                                 {"", true},
		"localhost/churn":                            {"", false},
		"docker.io/library/nginx:1.31":               {"", false},
	} {
		if digest, there := images.Find(reference); digest != want.digest || there != want.there {
			t.Errorf("%s: %q %t, want %+v", reference, digest, there, want)
		}
	}
	if _, there := Images(nil).Find("nginx"); there {
		t.Error("where no node may be read an image is there")
	}
}
