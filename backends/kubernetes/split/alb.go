package split

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

const (
	albActions     = "alb.ingress.kubernetes.io/actions."
	albManaged     = "rollouts.argoproj.io/managed-alb-actions"
	albManagedToo  = "rollouts.argoproj.io/managed-alb-annotations"
	albWeightLimit = 999
)

// alb reads the forward actions of Ingresses of the AWS load balancer
// controller: a door an action.
func (r *reader) alb() []Door {
	var doors []Door
	for _, c := range r.customs(ingress) {
		var names []string
		for name := range c.Annotations {
			if strings.HasPrefix(name, albActions) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			doors = append(doors, r.albAction(c, name, len(names))...)
		}
	}
	return doors
}

func (r *reader) albAction(c *objects.Custom, annotation string, actions int) []Door {
	raw := c.Annotations[annotation]
	var whole any
	err := json.Unmarshal([]byte(raw), &whole)
	if err == nil && !strings.EqualFold(text(folded(whole), "type"), "forward") {
		return nil // a redirect, or an answer of the load balancer's own
	}
	name := strings.TrimPrefix(annotation, albActions)
	d := r.door(ingress, c, ALB)
	if actions > 1 {
		d.Part = "action " + name
	}
	d.Step = 0.1
	d.Accepted = Lamp{Text: "only AWS knows whether the load balancer has the weights: traffic shows it"}
	for _, p := range ingressPaths(c) {
		if p.service == name && p.host != "" && !slices.Contains(d.Hosts, p.host) {
			d.Hosts = append(d.Hosts, p.host)
		}
	}
	if rollout := albManager(c, annotation); rollout != "" && d.Parent == nil {
		ref := refOfOwner(c.Namespace, objects.Owner{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: rollout})
		if found := r.space.Custom(argoRollout.groupResource(), rollout); found != nil {
			ref.UID = found.UID
		}
		d.Parent = &ref
		d.fix("the %s writes it and would undo a change: change the split there", ref)
	}
	if err != nil {
		d.fix("its annotation is no JSON: %s", err)
		return []Door{d}
	}
	forward := at(folded(whole), "forwardconfig")
	groups := list(forward, "targetgroups")
	r.targets(&d, groups, 0, func(item any) target {
		if service := text(item, "servicename"); service != "" {
			return target{name: service, service: service, port: word(item, "serviceport")}
		}
		return target{name: text(item, "targetgrouparn"), outside: true}
	})
	d.share(true)
	if flag(forward, "targetgroupstickinessconfig", "enabled") {
		d.warn("the load balancer keeps users on their target group, whatever the weights, until their cookie ends")
	}
	d.how = albForward{annotation, raw}
	return []Door{d}
}

// albManager is the Rollout that writes an action, "" when none does. The
// annotation lists "rollout:action,…".
func albManager(c *objects.Custom, annotation string) string {
	for _, list := range []string{c.Annotations[albManaged], c.Annotations[albManagedToo]} {
		for _, entry := range strings.Split(list, ",") {
			parts := strings.Split(strings.TrimSpace(entry), ":")
			if slices.ContainsFunc(parts[1:], func(p string) bool { return p == annotation || albActions+p == annotation }) {
				return parts[0]
			}
		}
	}
	return ""
}

// folded gives a JSON value with all names in lower case: the controller reads
// them in any, and Argo Rollouts writes "ForwardConfig" and "Weight".
func folded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[strings.ToLower(name)] = folded(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = folded(item)
		}
		return out
	}
	return v
}

// albForward is a forward action as its annotation gives it.
type albForward struct{ annotation, raw string }

// sums: a single weight is at most 999, so that 1000 leaves out all-or-nothing,
// which 100 can say.
func (albForward) sums() ([]int64, int64) { return []int64{100, 1000}, albWeightLimit }

func (a albForward) weigh(d Door, weights []int64) ([]Write, []string, error) {
	action, err := rewriteWeights(a.raw, weights)
	if err != nil {
		return nil, nil, fmt.Errorf("write the weights of %s: %w", d.Ref, err)
	}
	annotations := map[string]any{a.annotation: action}
	writes, err := one(api.MergePatch(d.Ref, d.Version, map[string]any{"metadata": map[string]any{"annotations": annotations}}))
	return writes, nil, err
}
