package setup

import (
	"cmp"
	"strings"

	core "k8s.io/api/core/v1"

	"pitwall/backends"
)

// Images are those that some node of a cluster has: their digests, "" where none
// is told, by their whole references.
type Images map[string]string

// OnNodes gathers the images of nodes. A kubelet tells the largest fifty of its
// node only (nodeStatusMaxImages): what is not among them may be there.
func OnNodes(nodes []core.Node) Images {
	out := make(Images)
	for _, n := range nodes {
		for _, image := range n.Status.Images {
			digest := ""
			for _, name := range image.Names {
				if _, d, ok := strings.Cut(name, "@"); ok {
					digest = d
				}
			}
			for _, name := range image.Names {
				out[canonical(name)] = digest
			}
		}
	}
	return out
}

// Find tells whether a node has an image, and its digest.
func (i Images) Find(reference string) (digest string, there bool) {
	digest, there = i[canonical(reference)]
	if _, pinned, ok := strings.Cut(reference, "@"); ok {
		digest = pinned
	}
	return digest, there
}

// canonical is a reference as a runtime writes it: with its registry, and its
// digest or tag.
func canonical(reference string) string {
	name, tag, digest := backends.SplitImage(reference)
	host, rest, ok := strings.Cut(name, "/")
	switch {
	case !ok:
		name = "docker.io/library/" + name
	case !strings.ContainsAny(host, ".:") && host != "localhost":
		name = "docker.io/" + host + "/" + rest
	}
	if digest != "" {
		return name + "@" + digest
	}
	return name + ":" + cmp.Or(tag, "latest")
}
