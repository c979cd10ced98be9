package operation

import (
	"fmt"

	"pitwall/backends"
)

// stranded is a first deploy in progress that nothing takes away by itself: the
// objects of a cluster are people's own, and nothing ran before to go back to.
// Elsewhere an abort stops what was started.
func stranded(d backends.Deployment) (backends.Rollout, bool) {
	if r := d.Rollout; r != nil && r.First() && d.Backend == "kubernetes" {
		return *r, true
	}
	return backends.Rollout{}, false
}

// nothingBefore says that there is no way back from a first deploy, and what is
// left to do.
func nothingBefore(d backends.Deployment, r backends.Rollout) string {
	left := "deploy another version, or abort it"
	if _, is := stranded(d); is {
		left = fmt.Sprintf("deploy another image, scale %s to 0, or delete it", r.Variant)
	}
	return fmt.Sprintf("nothing ran before the %s: %s", r.Title(), left)
}
