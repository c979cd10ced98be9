package kubernetes

import (
	"encoding/json"
	"time"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
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

	Images map[string]string `json:"images,omitempty"` // that were written, by container
	Broken bool              `json:"broken,omitempty"` // no replica was ready of what it changed

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
