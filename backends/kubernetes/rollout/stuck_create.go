package rollout

import (
	"regexp"
	"strings"

	"pitwall/backends/kubernetes/objects"
)

// refused tells why pods cannot be made: out of the condition of the newest
// ReplicaSet, which ends when it holds no more, or else out of events.
func (s Scene) refused() []Reason {
	w := s.Workload
	missing := w.Desired - w.Replicas
	about := []*objects.Workload{w}
	if w.Kind == objects.Deployment {
		set := s.newest()
		if set == nil {
			return s.fromCondition(w, missing)
		}
		missing = set.Desired - set.Replicas
		about = []*objects.Workload{set, w}
	}
	for _, o := range about {
		if out := s.fromCondition(o, missing); out != nil {
			return out
		}
	}
	if missing <= 0 {
		return nil
	}
	if e := s.newestFailure(about[0]); e != nil {
		return []Reason{refusal(e.Text, e.Kind+" "+e.Object+": "+e.Reason+": "+e.Text, missing)}
	}
	return nil
}

func (s Scene) fromCondition(w *objects.Workload, missing int) []Reason {
	c, ok := condition(w, "ReplicaFailure")
	if !ok || c.Status != "True" {
		return nil
	}
	return []Reason{refusal(c.Message, w.Kind+" "+w.Name+": "+c.Reason+": "+c.Message, missing)}
}

// newestFailure is the last event that tells of a pod that could not be made,
// nil when one was made after it.
func (s Scene) newestFailure(w *objects.Workload) *objects.Event {
	var out *objects.Event
	for _, e := range s.Events {
		if e.Kind != w.Kind || e.Object != w.Name || e.Reason != "FailedCreate" && e.Reason != "SuccessfulCreate" {
			continue
		}
		if out == nil || e.Last.After(out.Last) {
			out = e
		}
	}
	if out == nil || out.Reason != "FailedCreate" {
		return nil
	}
	return out
}

// What the API server says when a rule refuses a pod.
var (
	quotaName   = regexp.MustCompile(`(?:exceeded quota|[Ff]ailed quota): ([^,:\s]+)`)
	webhookName = regexp.MustCompile(`webhook "([^"]+)"`)
)

// refusal tells the refusals of the API server apart by its words.
func refusal(message, evidence string, missing int) Reason {
	r := Reason{Pods: max(missing, 0), Evidence: []string{evidence}}
	in := func(words string) bool { return strings.Contains(message, words) }
	name := func(form *regexp.Regexp) string {
		if m := form.FindStringSubmatch(message); m != nil {
			return " " + m[1]
		}
		return ""
	}
	switch {
	case in("exceeded quota"):
		r.Blocker, r.Text = BlockedByQuota, "the quota"+name(quotaName)+" of the namespace leaves no room for its pods"
		r.Next = "raise the quota, lower the requests of the pods, or end what is not needed: kubectl describe quota shows what is used"
	case in("ailed quota"):
		r.Blocker, r.Text = BlockedByQuota, "the quota"+name(quotaName)+" of the namespace asks for requests or limits that the template does not say"
		r.Next = "write requests and limits into the template"
	case in("failed calling webhook"), in("failed to call webhook"):
		r.Blocker, r.Text = BlockedByAdmission, "the admission webhook"+name(webhookName)+" does not answer, so its pods are refused"
		r.Next = "heal the service of that webhook"
	case in("admission webhook") && in("denied the request"), in("ValidatingAdmissionPolicy"):
		r.Blocker, r.Text = BlockedByAdmission, "the admission webhook"+name(webhookName)+" refuses its pods"
		if !in("admission webhook") {
			r.Text = "an admission policy refuses its pods"
		}
		r.Next = "change the template to what the rule asks for"
	case in("violates PodSecurity"):
		r.Blocker, r.Text = BlockedByAdmission, "the pod security level of the namespace refuses its pods"
		r.Next = "set the security context that the message asks for"
	case in("serviceaccount") && in("not found"):
		r.Blocker, r.Text, r.Next = BlockedByConfig, "the service account of its pods is not there", "make the service account"
	default:
		r.Blocker, r.Text, r.Next = BlockedByCreation, "the API server refuses its pods", "read the message; change the template"
	}
	return r
}
