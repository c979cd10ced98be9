package rollout

import (
	"fmt"
	"strings"

	apps "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// Plan is one change of a workload: what to write, and what it means.
type Plan struct {
	Patch   api.Patch
	Effects []backends.Effect
	Images  map[string]string // by container, of those that get another one
	Notes   []string          // what a person has to know before it
	Then    []Step            // what may have to be done after it, each on its own word
}

// Step is something to be done after the patch, which a person has to ask for.
type Step struct {
	Text    string  // why, one sentence
	Delete  api.Ref // pod to delete, of that UID
	Version string  // resource version that was read
}

// Cause is who asks for a change and why. It becomes the change-cause of the
// revision that the change makes; the zero value leaves what is there.
type Cause struct{ Who, Why string }

// CausePrefix begins every change-cause that pitwall writes.
const CausePrefix = "pitwall: "

// text is one line: an annotation is shown in tables.
func (c Cause) text(what string) string {
	if c == (Cause{}) {
		return ""
	}
	line := CausePrefix + what
	if c.Who != "" {
		line += " by " + c.Who
	}
	if c.Why != "" {
		line += ": " + c.Why
	}
	return strings.Join(strings.Fields(line), " ")
}

var resources = map[string]string{objects.Deployment: "deployments", objects.StatefulSet: "statefulsets", objects.DaemonSet: "daemonsets"}

// Ref names a workload for a patch.
func Ref(w *objects.Workload) api.Ref {
	return api.Ref{Resource: apps.SchemeGroupVersion.WithResource(resources[w.Kind]), Kind: w.Kind, Namespace: w.Namespace, Name: w.Name, UID: w.UID}
}

func podRef(p *objects.Pod) api.Ref {
	return api.Ref{Resource: schema.GroupVersionResource{Version: "v1", Resource: "pods"}, Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID}
}

// unsupported refuses an operation on a workload.
func unsupported(op backends.Op, w *objects.Workload, format string, args ...any) error {
	return &backends.UnsupportedError{Op: op, Reason: Ref(w).String() + " " + fmt.Sprintf(format, args...)}
}
