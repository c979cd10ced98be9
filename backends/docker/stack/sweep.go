package stack

import (
	"context"
	"strings"
)

// sweep removes the images of the stack whose tag went to another build, as it
// does with another binary or kind of front door, unless an operation that is
// remembered was of one. What the engine keeps for a container, or for an image
// that is built on it, stays: the next up looks again.
func (u *upper) sweep(ctx context.Context) {
	images, err := u.engine.Images(ctx, labelImage+"="+u.o.Name)
	if err != nil {
		return // it is room on a disk, not what up is for
	}
	wanted := make(map[string]bool)
	for _, e := range u.entries {
		for _, m := range e.Conf.Models {
			wanted[m.SHA256] = true
		}
		for _, r := range e.Conf.Revisions {
			wanted[r.Model.SHA256] = true
		}
	}
	for _, i := range images { // the newest first: an image goes before the one that it was built on
		if len(i.Tags) == 0 && !wanted[strings.TrimPrefix(i.ID, "sha256:")] {
			_ = u.engine.RemoveImage(ctx, i.ID)
		}
	}
}
