package owner

import (
	"slices"
	"time"

	"pitwall/backends/kubernetes/objects"
)

// reconcilers write what they believe the object should be, again and again.
var reconcilers = append([]string{"kustomize-controller", "helm-controller", "helm", "rollouts-controller", "argo-rollouts", "flagger"}, argoManagers...)

// Reverted tells who took back what pitwall wrote to an object, and when: a
// field manager that wrote since. It is asked when the object no longer says
// what was written; before is the object as it was right after that write, at
// since. The API server's time of that write counts where managedFields has it:
// clocks differ, and it keeps whole seconds. Of several managers the one that
// reconciles is named, else the last one.
func Reverted(before, after objects.Meta, since time.Time) (by string, at time.Time, ok bool) {
	if before.UID != after.UID || before.ResourceVersion == after.ResourceVersion {
		return "", time.Time{}, false
	}
	since = since.Truncate(time.Second)
	if i := slices.IndexFunc(before.Managers, func(m objects.Manager) bool { return m.Name == manager && !m.At.IsZero() }); i >= 0 {
		since = before.Managers[i].At // the last one: they are in that order
	}
	for _, m := range after.Managers {
		if m.Name == manager || m.Subresource == "status" || m.At.Before(since) || slices.Contains(before.Managers, m) {
			continue
		}
		if reconciles := slices.Contains(reconcilers, m.Name); !ok || reconciles && !slices.Contains(reconcilers, by) {
			by, at, ok = m.Name, m.At, true
		}
	}
	return by, at, ok
}
