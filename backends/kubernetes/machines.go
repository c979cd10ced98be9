package kubernetes

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/world"
)

// machines finds nodes that pods of a variant suffer from: not ready, short of
// something, or in a drain that a budget holds up.
func (s scene) machines(v world.Variant, nodes map[string]*objects.Node) []backends.Reason {
	if nodes == nil {
		return nil
	}
	on := make(map[string][]*objects.Pod)
	var names []string
	for _, p := range v.Pods {
		if p.Node == "" {
			continue
		}
		if on[p.Node] == nil {
			names = append(names, p.Node)
		}
		on[p.Node] = append(on[p.Node], p)
	}
	slices.Sort(names)
	var out []backends.Reason
	for _, name := range names {
		n, pods := nodes[name], on[name]
		if n == nil {
			out = append(out, backends.Reason{Kind: "node", Variant: v.Name, State: backends.Fail, Text: fmt.Sprintf("the node %s of %s is no more", name, podNames(v, pods)),
				Next: "its pods are made anew elsewhere when the API server has removed them: delete them if it takes long"})
			continue
		}
		for _, c := range n.Conditions {
			out = append(out, pressed(v, n, c, pods))
		}
		if r, held := s.drained(v, n, pods); held {
			out = append(out, r)
		}
	}
	return out
}

func pressed(v world.Variant, n *objects.Node, c objects.Condition, pods []*objects.Pod) backends.Reason {
	r := backends.Reason{Kind: "node", Variant: v.Name, State: backends.Warn, Evidence: []string{strings.TrimSuffix(c.Reason+": "+c.Message, ": ")}, Since: c.Since,
		Text: fmt.Sprintf("the node %s of %s has %s", n.Name, podNames(v, pods), c.Type),
		Next: "it may evict pods: move load off it, or give the pods requests and limits that fit"}
	if c.Type == "Ready" {
		r.State, r.Text = backends.Fail, fmt.Sprintf("the node %s of %s is not ready", n.Name, podNames(v, pods))
		r.Next = "look at its kubelet and its network; its pods are made anew elsewhere after five minutes"
	}
	return r
}

// drained finds a node that takes no more pods and waits for a budget that lets
// none go.
func (s scene) drained(v world.Variant, n *objects.Node, pods []*objects.Pod) (backends.Reason, bool) {
	if !n.Unschedulable {
		return backends.Reason{}, false
	}
	for _, b := range s.space.Budgets {
		if b.Allowed > 0 || !slices.ContainsFunc(pods, func(p *objects.Pod) bool { return objects.Matches(b.Selector, p.Labels) }) {
			continue
		}
		return backends.Reason{Kind: "disruption-budget", Variant: v.Name, State: backends.Warn,
			Text:     fmt.Sprintf("the node %s is cordoned, and PodDisruptionBudget %s does not let %s go", n.Name, b.Name, podNames(v, pods)),
			Evidence: []string{fmt.Sprintf("%d healthy, %d asked for, 0 disruptions allowed", b.Healthy, b.Asked)},
			Next:     "a drain waits until there are more ready pods than the budget asks for: add a replica, or uncordon the node"}, true
	}
	return backends.Reason{}, false
}

// podNames names few pods, and counts many.
func podNames(v world.Variant, pods []*objects.Pod) string {
	if len(pods) == 1 {
		return "pod " + pods[0].Name
	}
	return fmt.Sprintf("%d pods of %s", len(pods), v.Name)
}
