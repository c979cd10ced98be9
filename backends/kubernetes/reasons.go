package kubernetes

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pitwall/backends"
	"pitwall/backends/internal/words"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/rollout"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

var _ backends.Explainer = (*Backend)(nil)

// Reasons implements backends.Explainer: why a rollout does not go on, since when
// containers end and what they wrote last, and what the route, the Services, the
// autoscalers and the nodes say, and who took back what pitwall wrote. Where the
// Events may not be read, the others still tell.
func (b *Backend) Reasons(ctx context.Context, deployment string) ([]backends.Reason, error) {
	s, err := b.scene(ctx, deployment)
	if err != nil {
		return nil, err
	}
	events, err := b.store.Events(ctx, s.found.Namespace)
	if err != nil {
		err = fmt.Errorf("read the events of namespace %s: %w", s.found.Namespace, err)
	}
	reasons := s.reasons(events, b.store.Nodes())
	b.tellCrashes(ctx, s, events, reasons)
	back, failed := b.takenBack(ctx, s)
	return append(back, reasons...), errors.Join(err, failed)
}

// reasons are all, the most telling first. nodes is nil where they may not be
// read.
func (s scene) reasons(events []*objects.Event, nodes map[string]*objects.Node) []backends.Reason {
	var machines []*objects.Node // nil for those that may not be read, as nodes
	for _, n := range nodes {
		machines = append(machines, n)
	}
	out := []backends.Reason{}
	for _, v := range s.found.Variants {
		if v.Workload != nil {
			for _, r := range rollout.Stuck(rollout.Scene{Space: s.space, Workload: v.Workload, Events: events, Nodes: machines}) {
				if r.Blocker != rollout.BlockedByNode { // for machines to tell
					out = append(out, stuck(v, r))
				}
			}
		}
		out = append(out, s.endpoints(v)...)
		out = append(out, s.scalers(v)...)
		out = append(out, s.machines(v, nodes)...)
	}
	out = append(out, s.taken()...)
	slices.SortStableFunc(out, func(a, b backends.Reason) int { return b.State.Severity() - a.State.Severity() })
	return out
}

// taken tells of a split that the controller of the front door has not taken.
// Most say nothing of it ever; those of the Gateway API have to.
func (s scene) taken() []backends.Reason {
	d := s.found.Door
	if d == nil {
		return nil
	}
	r := backends.Reason{Kind: "route", State: d.Accepted.State, Evidence: []string{d.Accepted.Text}, Since: d.SetAt}
	switch {
	case r.State == backends.Fail || r.State == backends.Warn:
		r.Text = "the controller of " + d.Ref.String() + " does not take it as it stands"
		r.Next = "look at its status: the split that it asks for is not the one that requests get"
	case d.Mechanism == split.GatewayAPI && (r.State == backends.Unknown || r.State == backends.Progressing):
		r.Text = "no controller has taken the " + d.Ref.String() + " as it stands yet"
		r.Next = "see whether its Gateway is there and the Gateway's controller runs: the split that it asks for is not known to be the one that requests get"
	default:
		return nil
	}
	return []backends.Reason{r}
}

// stuck is a reason why a rollout does not go on, for the other screens.
func stuck(v world.Variant, r rollout.Reason) backends.Reason {
	out := backends.Reason{Kind: string(r.Blocker), Variant: v.Name, Cause: r.Cause, State: backends.Fail, Text: v.Name + ": " + r.Text,
		Evidence: r.Evidence, Next: r.Next, Rollout: true}
	switch r.Blocker {
	case rollout.BlockedByScheduler:
		out.Cause = backends.CauseUnschedulable
	case rollout.BlockedByPause:
		out.State = backends.Paused
	case rollout.BlockedByController, rollout.BlockedByStrategy, rollout.BlockedByDeadline:
		out.State = backends.Warn
	case rollout.BlockedByBudget:
		out.State = backends.OK
	}
	return out
}

// endpoints finds a Service that does not choose the ready pods that it is to
// send requests to.
func (s scene) endpoints(v world.Variant) []backends.Reason {
	ready := 0
	for _, p := range v.Pods {
		if p.Ready {
			ready++
		}
	}
	if v.Side.Service == "" || v.Side.Elsewhere != "" || v.Side.Ready != 0 || ready == 0 || v.Weight <= 0 {
		return nil
	}
	r := backends.Reason{Kind: "endpoints", Variant: v.Name, State: backends.Fail,
		Text: fmt.Sprintf("Service %s has no endpoint: requests for %s fail, though %s", v.Side.Service, v.Name, podsReady(ready)),
		Next: "compare its selector and its target port with the labels and the ports of the pods"}
	service := s.space.Service(v.Side.Service)
	if service == nil {
		r.Text = fmt.Sprintf("Service %s is not there: requests for %s fail", v.Side.Service, v.Name)
		r.Next = "make the Service, or send the requests to another"
	} else {
		r.Evidence = []string{"its selector is " + objects.FormatSelector(service.Selector)}
	}
	return []backends.Reason{r}
}

func podsReady(n int) string {
	if n == 1 {
		return "1 pod is ready"
	}
	return words.Count(n, "pod") + " are ready"
}

// scalers finds autoscalers that want more than they may, or cannot measure.
func (s scene) scalers(v world.Variant) []backends.Reason {
	var out []backends.Reason
	for _, h := range s.space.Scalers {
		if v.Workload == nil || h.TargetKind != v.Workload.Kind || h.TargetName != v.Workload.Name {
			continue
		}
		name := "HorizontalPodAutoscaler " + h.Name
		for _, c := range h.Conditions {
			r := backends.Reason{Kind: "autoscaler", Variant: v.Name, State: backends.Warn, Evidence: []string{c.Reason + ": " + c.Message}, Since: c.Since}
			switch {
			case c.Type == "ScalingLimited" && c.Status == "True" && c.Reason == "TooManyReplicas":
				r.Text = fmt.Sprintf("%s wants more than its maximum: %s of %s carry the load", name, words.Count(h.Current, "replica"), v.Name)
				r.Next = "raise maxReplicas if there is room, or take load away"
			case (c.Type == "ScalingActive" || c.Type == "AbleToScale") && c.Status == "False" && c.Reason != "ScalingDisabled":
				r.Text = name + " cannot scale " + v.Name
				r.Next = "look whether metrics are there (`kubectl get apiservices`, the adapter of its metric) and the pods ask for resources"
			default:
				continue
			}
			out = append(out, r)
		}
	}
	return out
}
