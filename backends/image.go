package backends

import "strings"

// SplitImage takes an image reference apart: NAME:TAG@DIGEST, of which the name
// may hold a registry with a port. What is not there is "".
func SplitImage(reference string) (name, tag, digest string) {
	name, digest, _ = strings.Cut(reference, "@")
	if i := strings.LastIndexByte(name, ':'); i > strings.LastIndexByte(name, '/') {
		name, tag = name[:i], name[i+1:]
	}
	return name, tag, digest
}
