package kubernetes

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/mask"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
)

// Annotations by which pitwall tells others who changed an object last, and
// what is left of a change of several objects. They hold nothing that is needed
// to read the object.
const (
	splitNote     = "com.pitwall.split"     // on a front door
	operationNote = "com.pitwall.operation" // on a workload
)

// note is the value of such an annotation.
type note struct {
	Op     backends.Op    `json:"op"`
	By     string         `json:"by"`
	At     time.Time      `json:"at"`
	Reason string         `json:"reason,omitempty"`
	Split  backends.Split `json:"split,omitempty"`

	Images map[string]string  `json:"images,omitempty"` // that were written, by container
	Doubts map[string]doubted `json:"doubts,omitempty"` // what speaks against revisions, by the name of what keeps them

	Promoted *promotedNote `json:"promoted,omitempty"` // on A: what its promote has to do yet
}

// promotedNote is what is needed to carry a promote on.
type promotedNote struct {
	Candidate string `json:"candidate"` // variant that is retired at the end
	Image     string `json:"image"`     // that A gets
	Done      bool   `json:"done,omitempty"`
}

func (n note) String() string {
	text, err := json.Marshal(n)
	if err != nil {
		return ""
	}
	return string(text)
}

// readNote reads a note; one that somebody else wrote badly is none.
func readNote(m objects.Meta, name string) (note, bool) {
	var n note
	text, ok := m.Annotations[name]
	if !ok || json.Unmarshal([]byte(text), &n) != nil || n.By == "" {
		return note{}, false
	}
	return n, true
}

// madeBy is the note of who made the template of a workload. Every later template
// inherits the annotation: one that was made well after what it tells, or that has
// another image than was written, is somebody else's.
func madeBy(template *objects.Workload) (note, bool) {
	n, ours := readNote(template.Meta, operationNote)
	if !ours || !slices.Contains(templateOps, n.Op) || n.inherited(template) {
		return note{}, false
	}
	return n, true
}

func (n note) inherited(template *objects.Workload) bool {
	return template.Created.Sub(n.At) > sameChange || len(n.Images) > 0 && !hasImages(template, n.Images)
}

// causeOf is the change-cause of a template, foreign, "" where it is that of an
// earlier change by pitwall, which the template inherited.
func causeOf(template *objects.Workload) string {
	text := template.Annotations[rollout.CauseAnnotation]
	if _, ours := madeBy(template); !ours && strings.HasPrefix(text, rollout.CausePrefix) {
		return ""
	}
	return mask.Text(oneLine(text))
}

// metaOf is the metadata of an object, empty when it is not kept.
func metaOf(s *objects.Space, r api.Ref) objects.Meta {
	switch r.Resource.Group { // kinds of other groups have the same names: Knative's Service
	case "":
		if service := s.Service(r.Name); service != nil && r.Kind == "Service" {
			return service.Meta
		}
	case "apps":
		if w := s.Workload(r.Kind, r.Name); w != nil {
			return w.Meta
		}
	default:
		if c := s.Custom(r.Resource.GroupResource(), r.Name); c != nil {
			return c.Meta
		}
	}
	return objects.Meta{}
}
