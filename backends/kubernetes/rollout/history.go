package rollout

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"pitwall/backends/kubernetes/objects"
)

// Annotations that Kubernetes and kubectl keep the history in.
const (
	CauseAnnotation    = "kubernetes.io/change-cause"
	RevisionAnnotation = "deployment.kubernetes.io/revision"
	formerAnnotation   = "deployment.kubernetes.io/revision-history"
)

// Revision is a template that a workload has or had, and can have again.
type Revision struct {
	Number   int64   // counts up; going back to a revision gives it a new number
	Former   []int64 // numbers that it had before, Deployments only
	Name     string  // of the ReplicaSet or ControllerRevision that keeps it
	Images   []string
	Cause    string // kubernetes.io/change-cause, foreign
	Created  time.Time
	Replicas int // pods that it is asked to have now, Deployments only
	Current  bool

	template    *core.PodTemplateSpec // nil where trimmed objects were read
	annotations map[string]string
	data        []byte // patch of a ControllerRevision
}

// Of is the workload as it was in the revision, with the name, the time and the
// annotations of what keeps it. The revision must not come out of Watched.
func (r Revision) Of(w *objects.Workload) *objects.Workload {
	was := *w
	was.Name, was.Created, was.Annotations = r.Name, r.Created, r.annotations
	was.Template = objects.TrimTemplate(*r.template)
	return &was
}

// History is what is left of a workload's revisions.
type History struct {
	Revisions []Revision // newest first
	Limit     int        // revisionHistoryLimit: how many old ones are kept; -1 when it was not read
	Gone      bool       // there were older ones
}

// Note says that older revisions are gone, "" when they are not.
func (h History) Note() string {
	switch {
	case h.Limit == 0:
		return "no old revision is kept (revisionHistoryLimit is 0): there is nothing to go back to"
	case h.Gone && h.Limit > 0:
		return fmt.Sprintf("older revisions are gone: the last %d are kept (revisionHistoryLimit)", h.Limit)
	case h.Gone:
		return "older revisions are gone"
	}
	return ""
}

// numbers lists what there is, newest first.
func (h History) numbers() []string {
	out := make([]string, 0, len(h.Revisions))
	for _, r := range h.Revisions {
		out = append(out, strconv.FormatInt(r.Number, 10))
	}
	return out
}

// Watched is the history of a Deployment out of the watched objects: without
// templates, so nothing can be undone with it. The current revision is the one
// whose number the controller wrote on the Deployment.
func Watched(w *objects.Workload, sets []*objects.Workload) History {
	h := History{Limit: -1}
	for _, s := range sets {
		number, ok := revisionOf(s.Annotations)
		if s.Owner.UID != w.UID || !ok {
			continue
		}
		r := Revision{Number: number, Former: former(s.Annotations), Name: s.Name, Cause: s.Annotations[CauseAnnotation], Created: s.Created,
			Replicas: s.Desired, Current: s.Annotations[RevisionAnnotation] == w.Annotations[RevisionAnnotation]}
		for _, c := range s.Template.Containers {
			r.Images = append(r.Images, c.Image)
		}
		h.Revisions = append(h.Revisions, r)
	}
	return h.sorted()
}

// DeploymentHistory is the history of a Deployment out of ReplicaSets, of which
// only its own count. The current one has the Deployment's template, whatever
// its pod-template-hash; of several the oldest.
func DeploymentHistory(d *apps.Deployment, sets []*apps.ReplicaSet) History {
	own := slices.DeleteFunc(slices.Clone(sets), func(s *apps.ReplicaSet) bool { return !meta.IsControlledBy(s, d) })
	slices.SortFunc(own, func(a, b *apps.ReplicaSet) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	h := History{Limit: limit(d.Spec.RevisionHistoryLimit)}
	found := false
	for _, s := range own {
		is := !found && equalTemplates(&s.Spec.Template, &d.Spec.Template)
		found = found || is
		number, ok := revisionOf(s.Annotations)
		if !ok {
			continue // made a moment ago: its controller has not numbered it
		}
		r := Revision{Number: number, Former: former(s.Annotations), Name: s.Name, Images: images(&s.Spec.Template), Cause: s.Annotations[CauseAnnotation],
			Created: s.CreationTimestamp.Time, Replicas: 1, Current: is, template: &s.Spec.Template, annotations: s.Annotations}
		if s.Spec.Replicas != nil {
			r.Replicas = int(*s.Spec.Replicas)
		}
		h.Revisions = append(h.Revisions, r)
	}
	return h.sorted()
}

// StatefulSetHistory is the history of a StatefulSet out of ControllerRevisions,
// of which only its own count.
func StatefulSetHistory(s *apps.StatefulSet, kept []*apps.ControllerRevision) (History, error) {
	return controllerHistory(s, limit(s.Spec.RevisionHistoryLimit), &s.Spec.Template, kept)
}

// DaemonSetHistory is the history of a DaemonSet out of ControllerRevisions, of
// which only its own count.
func DaemonSetHistory(d *apps.DaemonSet, kept []*apps.ControllerRevision) (History, error) {
	return controllerHistory(d, limit(d.Spec.RevisionHistoryLimit), &d.Spec.Template, kept)
}

func controllerHistory(owner meta.Object, limit int, template *core.PodTemplateSpec, kept []*apps.ControllerRevision) (History, error) {
	h := History{Limit: limit}
	for _, c := range kept {
		if !meta.IsControlledBy(c, owner) {
			continue
		}
		var data struct {
			Spec struct{ Template core.PodTemplateSpec }
		} // a strategic merge patch
		if err := json.Unmarshal(c.Data.Raw, &data); err != nil {
			return h, fmt.Errorf("read revision %d of %s out of %s: %w", c.Revision, owner.GetName(), c.Name, err)
		}
		t := &data.Spec.Template
		h.Revisions = append(h.Revisions, Revision{Number: c.Revision, Name: c.Name, Images: images(t), Cause: c.Annotations[CauseAnnotation],
			Created: c.CreationTimestamp.Time, Current: equalTemplates(t, template), template: t, annotations: c.Annotations, data: c.Data.Raw})
	}
	h = h.sorted()
	// A revision that is used again gets a new number and does not keep the old
	// one, so missing numbers prove nothing unless the limit is reached.
	h.Gone = h.Gone && len(h.Revisions) > limit
	return h, nil
}

// sorted puts the newest first and finds out whether older ones are missing.
func (h History) sorted() History {
	slices.SortFunc(h.Revisions, func(a, b Revision) int {
		return cmp.Or(cmp.Compare(b.Number, a.Number), cmp.Compare(a.Name, b.Name))
	})
	oldest := int64(1)
	for i, r := range h.Revisions {
		least := slices.Min(append([]int64{r.Number}, r.Former...))
		if i == 0 || least < oldest {
			oldest = least
		}
	}
	h.Gone = oldest > 1
	return h
}

// revisionOf reads the number of a revision, which its controller writes.
func revisionOf(annotations map[string]string) (int64, bool) {
	n, err := strconv.ParseInt(annotations[RevisionAnnotation], 10, 64)
	return n, err == nil
}

// former reads the numbers that a ReplicaSet had before it was used again.
func former(annotations map[string]string) []int64 {
	var out []int64
	for word := range strings.SplitSeq(annotations[formerAnnotation], ",") {
		if n, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// limit is a revisionHistoryLimit, of which the API's default is 10.
func limit(n *int32) int {
	if n == nil {
		return 10
	}
	return int(*n)
}

// equalTemplates compares templates without the hash that a Deployment's
// controller adds, and with nothing equal to empty.
func equalTemplates(a, b *core.PodTemplateSpec) bool {
	return equality.Semantic.DeepEqual(withoutHash(a), withoutHash(b))
}

func withoutHash(t *core.PodTemplateSpec) *core.PodTemplateSpec {
	t = t.DeepCopy()
	delete(t.Labels, apps.DefaultDeploymentUniqueLabelKey)
	return t
}

func images(t *core.PodTemplateSpec) []string {
	var out []string
	for _, c := range t.Spec.Containers {
		out = append(out, c.Image)
	}
	return out
}
