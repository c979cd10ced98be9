package prometheus

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"

	"pitwall/backends/pods"
)

// The labels that a query by pod derives.
const (
	workloadLabel = "pitwall_workload" // in a query of all: the forms of pods.Pattern, parted by slashes
	variantLabel  = "pitwall_variant"  // in a query of one deployment
)

// mostKept is how many names of workloads a query may hold. Beyond it every
// ReplicaSet counts as a workload, so that a fleet of Argo Rollouts makes no
// query that takes the server seconds; of a Deployment that is being rolled out
// the slower of the two then has its quantiles.
const mostKept = 100

// podNaming derives what a series is of from its pod.
type podNaming struct {
	source Workloads
	labels PodLabels

	// What they serve at the time of one query.
	places map[place]key
	names  map[string]bool // of deployments
	kept   []pods.Workload // those that look like another

	// In a query of one deployment only.
	deployment string
	own        []pods.Workload // of its variants
}

// place is a workload.
type place struct {
	namespace, name string
	form            pods.Form
}

// of prepares a query of all deployments, or of one.
func (n podNaming) of(list []pods.Workload, deployment string) *podNaming {
	n.deployment, n.places, n.names = deployment, make(map[place]key, len(list)), map[string]bool{}
	for _, w := range list {
		at, is := place{w.Namespace, w.Name, w.Form}, key{w.Deployment, w.Variant}
		if was, twice := n.places[at]; twice && was != is {
			is.variant = "" // it serves both
			if was.deployment != is.deployment {
				is.deployment = ""
			}
		} else if !twice && w.Mistaken() {
			n.kept = append(n.kept, w)
		}
		n.places[at] = is
		n.names[w.Deployment] = true
	}
	if deployment == "" {
		return &n
	}
	for _, w := range list {
		is := n.places[place{w.Namespace, w.Name, w.Form}]
		if is.deployment == deployment && is.variant != "" && !slices.Contains(n.own, w) {
			n.own = append(n.own, w)
		}
	}
	slices.SortStableFunc(n.own, func(a, b pods.Workload) int { return number(a.Mistaken()) - number(b.Mistaken()) }) // the last that matches counts
	return &n
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// grouping is the list of labels by which a value is asked for.
func (n *podNaming) grouping() string {
	if n.deployment != "" {
		return variantLabel
	}
	return n.labels.Namespace + "," + workloadLabel
}

// matchers pick the series of the only deployment.
func (n *podNaming) matchers() string {
	if len(n.own) == 0 {
		return fmt.Sprintf(`%s="",%[1]s!=""`, n.labels.Pod) // nothing
	}
	namespace := n.own[0].Namespace
	var mine, others []string
	for _, w := range n.own {
		mine = append(mine, w.Pods())
	}
	for _, w := range n.kept {
		form, name := pods.ReadWorkload(w.Name)
		looksMine := slices.ContainsFunc(n.own, func(o pods.Workload) bool { return o.Form == form && o.Name == name })
		if w.Namespace == namespace && looksMine && !slices.Contains(n.own, w) {
			others = append(others, w.Pods())
		}
	}
	out := fmt.Sprintf("%s=%q,%s=~%s", n.labels.Namespace, namespace, n.labels.Pod, strconv.Quote(strings.Join(mine, "|")))
	if others != nil {
		out += fmt.Sprintf(",%s!~%s", n.labels.Pod, strconv.Quote(strings.Join(others, "|")))
	}
	return out
}

// derived gives the series of an expression the label of grouping.
func (n *podNaming) derived(expr string) string {
	if n.deployment == "" {
		return n.byWorkload(expr)
	}
	for _, w := range n.own {
		expr = n.replaced(expr, variantLabel, strings.ReplaceAll(w.Variant, "$", "$$"), w.Pods())
	}
	return expr
}

func (n *podNaming) byWorkload(expr string) string {
	var kept []string
	for _, w := range n.kept {
		if name := regexp.QuoteMeta(w.Name); !slices.Contains(kept, name) { // in another namespace
			kept = append(kept, name)
		}
	}
	if len(kept) > mostKept {
		return n.replaced(expr, workloadLabel, "/$1/$2/$3", pods.PatternOfSets)
	}
	expr = n.replaced(expr, workloadLabel, "$1/$2/$3/$4", pods.Pattern)
	if len(kept) == 0 {
		return expr
	}
	return n.replaced(expr, workloadLabel, "/$1//", "("+strings.Join(kept, "|")+")"+pods.Suffix)
}

func (n *podNaming) replaced(expr, label, value, pattern string) string {
	return fmt.Sprintf("label_replace(%s, %q, %s, %q, %s)", expr, label, strconv.Quote(value), n.labels.Pod, strconv.Quote(pattern))
}

// key tells what a sample of a query is about, false for pods that serve
// nothing that is known.
func (n *podNaming) key(metric model.Metric) (key, bool) {
	if n.deployment != "" {
		variant := string(metric[variantLabel])
		return key{n.deployment, variant}, variant != ""
	}
	parts := strings.Split(string(metric[workloadLabel]), "/")
	for form, name := range parts {
		if name != "" {
			return n.find(string(metric[model.LabelName(n.labels.Namespace)]), pods.Form(form), name)
		}
	}
	return key{}, false
}

// find is what a workload serves. A ReplicaSet that is not known by itself is
// its Deployment's.
func (n *podNaming) find(namespace string, form pods.Form, name string) (key, bool) {
	k, known := n.places[place{namespace, name, form}]
	if !known && form == pods.Suffixed {
		form, name = pods.ReadWorkload(name)
		k = n.places[place{namespace, name, form}]
	}
	return k, k.deployment != ""
}

// workload tells the workload that a sample is of from others of its variant.
func (n *podNaming) workload(metric model.Metric) string {
	if n == nil {
		return ""
	}
	return string(metric[model.LabelName(n.labels.Namespace)] + "/" + metric[workloadLabel])
}

// controllers are the labels by which alerts of a cluster name a workload.
var controllers = []struct {
	label model.LabelName
	form  pods.Form
}{{"deployment", pods.Hashed}, {"statefulset", pods.Numbered}, {"daemonset", pods.Suffixed}, {"replicaset", pods.Suffixed}}

// alerted tells what an alert is about, and its pod: what that serves, else its workload, else the
// deployment that it names as a listing does. Alerts of what watches a cluster
// name a pod by other labels than the pod's own series.
func (n *podNaming) alerted(labels model.Metric) (k key, pod string) {
	for _, l := range append([]PodLabels{n.labels}, UsualPodLabels()...) {
		namespace, pod := string(labels[model.LabelName(l.Namespace)]), string(labels[model.LabelName(l.Pod)])
		if k, known := n.ofPod(namespace, pod); known {
			return k, pod
		}
		for _, c := range controllers {
			if k, known := n.find(namespace, c.form, string(labels[c.label])); known {
				return k, ""
			}
		}
	}
	if name := string(labels["deployment"]); name != "" && n.names[name] {
		return key{name, string(labels["variant"])}, ""
	}
	return key{}, string(labels[model.LabelName(n.labels.Pod)])
}

// ofPod is what a pod serves.
func (n *podNaming) ofPod(namespace, pod string) (key, bool) {
	for _, w := range n.kept {
		if w.Namespace == namespace && pods.MadeBy(w.Name, pod) {
			return n.find(namespace, w.Form, w.Name)
		}
	}
	form, name := pods.Read(pod)
	return n.find(namespace, form, name)
}
