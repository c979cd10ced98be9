package review

import (
	tea "charm.land/bubbletea/v2"

	"pitwall/backends"
	"pitwall/views"
)

// Open plans a change and opens its review.
func Open(d views.Deps, c backends.Change) tea.Cmd { return nil }

// AllToStable is the change behind the key A of every screen: the stable
// variant gets all the traffic. It is a split and not an abort, because an
// abort would also stop a rollback that is under way, and because a split is
// taken back exactly.
func AllToStable(d backends.Deployment) backends.Change {
	names := make([]string, len(d.Variants))
	for i, v := range d.Variants {
		names[i] = v.Name
	}
	return backends.Change{Op: backends.OpSplit, Deployment: d.Name, Split: backends.AllToStable(names)}
}
