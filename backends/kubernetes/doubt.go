package kubernetes

import (
	"maps"
	"slices"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// doubted is what was found of a revision by somebody who left it.
type doubted struct {
	Op     backends.Op `json:"op"` // by which it was left
	By     string      `json:"by"`
	Broken bool        `json:"broken,omitempty"` // no replica of it was ready
}

func (d doubted) String() string {
	switch {
	case d.By == "":
		return ""
	case !d.Broken:
		return d.By + " took it back"
	case d.Op == backends.OpScale:
		return "no replica of it was ready when " + d.By + " scaled it"
	}
	return "no replica of it was ready when " + d.By + " replaced it"
}

// noneReady reports whether no replica of a template is ready of those that
// there should be.
func noneReady(set *objects.Workload) bool { return set != nil && set.Desired > 0 && set.Ready == 0 }

// doubt is what speaks against a revision, and whether that is that it does not
// work. Kubernetes keeps no record of how it did, but pitwall notes on the
// workload what it found when it changed it.
func doubt(w *objects.Workload, current bool, doubts map[string]doubted) (why string, broken bool) {
	switch known := doubts[w.Name]; {
	case !current:
		return known.String(), known.Broken
	case noneReady(w):
		return "no replica of it is ready", true
	}
	return "", false
}

// doubts are those to note with a change: what is known of the revisions that
// are kept, and what is found of the one that is the newest now. What a way back
// asks for, with the images that it writes, is judged anew. The note of a revision
// itself would not do: its number and its neighbours change with every way back,
// and a later note takes its place.
func (s scene) doubts(c backends.Change, v world.Variant, images map[string]string) map[string]doubted {
	known, _ := readNote(v.Workload.Meta, operationNote)
	out := maps.Clone(known.Doubts)
	if out == nil {
		out = map[string]doubted{}
	}
	newest, back := v.Workload.Update, c.Op == backends.OpRollback || c.Op == backends.OpAbort
	if v.Workload.Kind == objects.Deployment {
		maps.DeleteFunc(out, func(name string, _ doubted) bool {
			set := s.space.Workload(objects.ReplicaSet, name)
			return set == nil || set.Owner.UID != v.Workload.UID || back && hasImages(set, images)
		})
		newest = ""
		if v.Set != nil {
			newest = v.Set.Name
		}
	}
	switch {
	case newest == "":
	case noneReady(v.Set), back:
		out[newest] = doubted{Op: c.Op, By: c.By, Broken: noneReady(v.Set)}
	case v.Set == nil || v.Set.Desired > 0:
		delete(out, newest) // it serves
	}
	return out
}

// hasImages reports whether a template has these images, by container.
func hasImages(template *objects.Workload, images map[string]string) bool {
	return len(images) > 0 && !slices.ContainsFunc(template.Template.Containers, func(c objects.TemplateContainer) bool {
		image, named := images[c.Name]
		return named && image != c.Image
	})
}
