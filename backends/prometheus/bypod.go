package prometheus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends/pods"
)

// Workloads tells which pods serve which variant of which deployment.
type Workloads interface {
	// Workloads are all that serve a variant, and those that are mistaken for
	// one of these (pods.Workload.Mistaken). It is asked before every query, from
	// any goroutine: it has to be quick once it answered. The result must not be
	// changed.
	Workloads(ctx context.Context) ([]pods.Workload, error)
}

// PodLabels are the labels that name a series' namespace and pod.
type PodLabels struct{ Namespace, Pod string }

// UsualPodLabels are those of the Prometheus operator and of the usual scrape
// configurations, those that tell more surely first: of a series that was read
// through another server, exported_pod is the pod and pod that of the server.
func UsualPodLabels() []PodLabels {
	return []PodLabels{
		{"exported_namespace", "exported_pod"}, {"namespace", "pod"}, {"kubernetes_namespace", "kubernetes_pod_name"},
		{"kubernetes_namespace", "kubernetes_pod"}, {"k8s_namespace_name", "k8s_pod_name"}, {"namespace", "pod_name"},
	}
}

// slowestVariant is the caveat of latency by pod.
const slowestVariant = "of a whole deployment in a list, the slowest variant's"

// ByPod tells deployments and variants by the pods that the series are of, as
// scrapes of Kubernetes label them. The workload is read from the pod's name
// inside the query, so that histograms of all its pods are added up before a
// quantile is taken, pods that are gone among them, and the number of queries
// and their length do not depend on the number of deployments.
//
// What is not of one variant is put together from its variants: of a whole
// deployment sums are exact, its mean is weighted, and its quantiles are those
// of its slowest variant with requests.
//
// A system that measures in front of its variants is an error: there the pods
// are the front door's.
func (p Profile) ByPod(w Workloads, labels PodLabels) (Profile, error) {
	if p.front {
		return Profile{}, fmt.Errorf("profile %s by pod: it measures at the front door, whose series tell deployment and variant by the labels %q and %q",
			p.Name, p.Deployment, p.Variant)
	}
	if p.byModel() {
		return Profile{}, errors.New("by pod and by model: a series is either of what its pod serves, or of the model that it names")
	}
	if labels.Namespace == "" || labels.Pod == "" {
		return Profile{}, fmt.Errorf("profile %s by pod: name the labels of both, the namespace and the pod", p.Name)
	}
	p = p.clone()
	for _, of := range []*Selector{&p.Memory, &p.CPU} {
		if of.Match == ofReplicas { // a label of pitwall's own targets, which pods are told from the front door by otherwise
			of.Match = ""
		}
	}
	p.pods = &podNaming{source: w, labels: labels}
	if p.has(Latency) {
		if p.Caveats == nil {
			p.Caveats = map[Panel]string{}
		}
		p.Caveats[Latency] = strings.TrimPrefix(p.Caveats[Latency]+"; "+slowestVariant, "; ")
	}
	return p, nil
}

// PodsTell reports whether ByPod can be asked of the profile.
func (p Profile) PodsTell() bool { return !p.front && !p.byModel() }

// TargetsTell reports whether series with these labels name deployments or
// variants themselves.
func (p Profile) TargetsTell(labels []string) bool {
	return slices.Contains(labels, p.Deployment) || slices.Contains(labels, p.Variant)
}

// PodLabelsAmong picks the labels of pods among those of a server's series,
// false when there are none.
func PodLabelsAmong(labels []string) (PodLabels, bool) {
	for _, l := range UsualPodLabels() {
		if slices.Contains(labels, l.Namespace) && slices.Contains(labels, l.Pod) {
			return l, true
		}
	}
	return PodLabels{}, false
}

// Labels are the names of all labels that the series of the profile's requests
// lately had, for PodLabelsAmong and Profile.TargetsTell. None says that there are no series.
func (c *Client) Labels(ctx context.Context) ([]string, error) {
	return shared(ctx, c, "labels", refreshTimeout, func(ctx context.Context) ([]string, error) {
		matches := make([]string, len(c.profile.Requests))
		for i, of := range c.profile.Requests {
			matches[i] = of.where()
		}
		if len(matches) == 0 {
			return nil, nil
		}
		now := c.now()
		list, warnings, _, err := c.api.LabelNames(ctx, matches, now.Add(-recent), now)
		if err != nil {
			return nil, c.explain(err)
		}
		names := make([]string, len(list))
		for i, name := range list {
			names[i] = string(name)
		}
		return names, c.warned(warnings)
	})
}

// asked is the profile for one query: by pod it holds what the pods serve now.
func (c *Client) asked(ctx context.Context, deployment string) (Profile, error) {
	p := c.profile
	if p.pods == nil {
		return p, nil
	}
	list, err := p.pods.source.Workloads(ctx)
	if err != nil {
		return p, fmt.Errorf("find out what the pods serve: %w", err)
	}
	p.pods = p.pods.of(list, deployment)
	return p, nil
}
