package split

import (
	"fmt"
	"reflect"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// gateway reads HTTPRoutes and GRPCRoutes: a door a rule, since each rule
// divides on its own. A weight that is missing is 1.
func (r *reader) gateway() []Door {
	var doors []Door
	for _, k := range []kind{httpRoute, grpcRoute} {
		for _, c := range r.customs(k) {
			doors = append(doors, r.gatewayRules(k, c)...)
		}
	}
	return doors
}

func (r *reader) gatewayRules(k kind, c *objects.Custom) []Door {
	base := r.door(k, c, GatewayAPI)
	base.Step, base.Hosts, base.Accepted = 0.01, texts(c.Object, "spec", "hostnames"), routeLamp(c)
	if base.Parent == nil && c.Labels["rollouts.argoproj.io/gatewayapi-canary"] != "" {
		base.fix("Argo Rollouts is moving its weights")
	}
	rules := list(c.Object, "spec", "rules")
	if len(rules) == 0 {
		base.fix("it has no rules")
		return []Door{base}
	}
	var doors []Door
	for i, rule := range rules {
		d := base
		if len(rules) > 1 {
			d.Part = fmt.Sprintf("rule %d", i+1)
			if name := text(rule, "name"); name != "" {
				d.Part = "rule " + name
			}
		}
		refs := list(rule, "backendRefs")
		r.targets(&d, refs, 1, gatewayTarget)
		d.share(false)
		d.how = gatewayRule{index: i, refs: refs, matches: list(rule, "matches")}
		d.warnOfRule(rule, rules, i)
		doors = append(doors, d)
	}
	return doors
}

func gatewayTarget(item any) target {
	name, kind := text(item, "name"), text(item, "kind")
	outside := kind != "" && kind != "Service" || text(item, "group") != ""
	return target{name: name, service: name, namespace: text(item, "namespace"), port: word(item, "port"), outside: outside}
}

func (d *Door) warnOfRule(rule any, rules []any, index int) {
	if members(rule, "sessionPersistence") != nil {
		d.warn("sessions persist: whoever has one stays where they are, whatever the weights, even at 0 %%")
	}
	for _, filter := range list(rule, "filters") {
		if mirror := text(filter, "requestMirror", "backendRef", "name"); mirror != "" {
			d.warn("requests are mirrored to %s, which no weight changes", mirror)
		}
	}
	const most = 16 // rules that a route may have, as the API says
	for i, other := range rules[:min(len(rules), most)] {
		if i != index && len(d.Sides) > 1 && sameNames(list(rule, "backendRefs"), list(other, "backendRefs")) {
			d.warn("rule %d divides between the same targets and keeps its own weights", i+1)
		}
	}
}

func sameNames(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !reflect.DeepEqual(gatewayTarget(a[i]), gatewayTarget(b[i])) {
			return false
		}
	}
	return true
}

// gatewayRule is one rule of a route.
type gatewayRule struct {
	index         int
	refs, matches []any
}

func (gatewayRule) sums() ([]int64, int64) { return []int64{100, 10000}, 1_000_000 }

func (g gatewayRule) weigh(d Door, weights []int64) ([]Write, []string, error) {
	var ops []api.Op
	if g.matches != nil { // the rule is still the same one
		ops = append(ops, api.Test(api.Pointer("spec", "rules", g.index, "matches"), g.matches))
	}
	ops = append(ops, reweigh([]any{"spec", "rules", g.index, "backendRefs"}, g.refs, weights)...)
	var notes []string
	for i, w := range weights {
		if w == 0 && d.Sides[i].Weight > 0 {
			notes = append(notes, fmt.Sprintf("some gateways take a weight of 0 wrongly: see that the requests of %s end", d.Sides[i].Name))
		}
	}
	writes, err := one(api.JSONPatch(d.Ref, ops...))
	return writes, notes, err
}

// routeLamp is the worst of what the gateways of a route say of it.
func routeLamp(c *objects.Custom) Lamp {
	parents := list(c.Object, "status", "parents")
	if len(parents) == 0 {
		return Lamp{Text: "no controller has taken it yet: the route has no status"}
	}
	worst := Lamp{}
	for i, parent := range parents {
		if lamp := parentLamp(parent, c.Generation); i == 0 || lamp.State.Severity() > worst.State.Severity() {
			worst = lamp
		}
	}
	return worst
}

func parentLamp(parent any, generation int64) Lamp {
	name := text(parent, "parentRef", "name")
	if name == "" {
		name = "a gateway"
	}
	lamp := Lamp{backends.OK, name + " has taken it"}
	worse := func(state backends.State, format string, args ...any) {
		if state.Severity() > lamp.State.Severity() {
			lamp = Lamp{state, fmt.Sprintf(format, args...)}
		}
	}
	seen := map[string]bool{}
	for _, condition := range list(parent, "conditions") {
		kind, holds := text(condition, "type"), text(condition, "status")
		if kind != "Accepted" && kind != "ResolvedRefs" && kind != "PartiallyInvalid" {
			continue
		}
		seen[kind] = true
		says := strings.TrimSpace(text(condition, "reason") + ": " + text(condition, "message"))
		observed, told := number(condition, "observedGeneration")
		switch {
		case kind == "PartiallyInvalid" && holds == "True" && strings.HasPrefix(text(condition, "message"), "Fall Back"):
			worse(backends.Fail, "%s fell back to what it had before, the new weights are not live: %s", name, says)
		case kind == "PartiallyInvalid" && holds == "True":
			worse(backends.Warn, "%s took a part of it only: %s", name, says)
		case kind == "PartiallyInvalid":
		case told && observed < generation:
			worse(backends.Progressing, "%s has not seen the newest change yet", name)
		case holds == "False" && text(condition, "reason") == "Pending":
			worse(backends.Progressing, "%s has not taken it yet", name)
		case holds == "False":
			worse(backends.Fail, "%s refuses it: %s", name, says)
		case holds != "True" || !told:
			worse(backends.Unknown, "%s does not say whether it took the newest change", name)
		}
	}
	if !seen["Accepted"] || !seen["ResolvedRefs"] {
		worse(backends.Unknown, "%s has not said whether it takes it", name)
	}
	return lamp
}
