package split

import (
	"fmt"
	"strings"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// istio reads VirtualServices: a door a rule for HTTP. A weight that is missing
// is 0; a lone destination gets everything.
func (r *reader) istio() []Door {
	var doors []Door
	for _, c := range r.customs(virtualService) {
		base := r.door(virtualService, c, Istio)
		base.Step, base.Hosts = 0.01, texts(c.Object, "spec", "hosts")
		base.Accepted = istioLamp(c)
		rules := list(c.Object, "spec", "http")
		if len(rules) == 0 {
			base.fix("it has no rules for HTTP")
			doors = append(doors, base)
		}
		for i, rule := range rules {
			doors = append(doors, r.istioRule(base, rule, i, len(rules)))
		}
	}
	return doors
}

func (r *reader) istioRule(d Door, rule any, index, rules int) Door {
	if rules > 1 {
		d.Part = fmt.Sprintf("http %d", index+1)
	}
	if name := text(rule, "name"); name != "" {
		d.Part = "http " + name
	}
	routes := list(rule, "route")
	r.targets(&d, routes, 0, r.istioTargets(d.Namespace, routes))
	if len(routes) == 0 {
		d.fix("its rule redirects or delegates: it has no destinations")
	}
	d.share(true)
	d.how = istioRule{index, routes, list(rule, "match")}
	mirrors := []string{text(rule, "mirror", "host")}
	for _, m := range list(rule, "mirrors") {
		mirrors = append(mirrors, text(m, "destination", "host"))
	}
	for _, mirror := range mirrors {
		if mirror != "" {
			d.warn("requests are mirrored to %s, which no weight changes", mirror)
		}
	}
	for _, side := range d.Sides {
		if rule := r.destination(d.Namespace, side.Service); rule != nil && members(rule.Object, "spec", "trafficPolicy", "loadBalancer", "consistentHash") != nil {
			d.warn("DestinationRule %s hashes requests to keep users on one pod of a side", rule.Name)
			break
		}
	}
	return d
}

// istioTargets names destinations by their subsets where all have one host, by
// their hosts otherwise.
func (r *reader) istioTargets(namespace string, routes []any) func(any) target {
	hosts := map[string]bool{}
	for _, route := range routes {
		hosts[text(route, "destination", "host")] = true
	}
	return func(item any) target {
		host, subset := text(item, "destination", "host"), text(item, "destination", "subset")
		service, elsewhere, outside := splitHost(host)
		t := target{name: service, service: service, namespace: elsewhere, outside: outside, port: word(item, "destination", "port", "number")}
		if elsewhere != "" && elsewhere != namespace {
			t.name += "." + elsewhere
		}
		if subset == "" {
			return t
		}
		if t.name = subset; len(hosts) > 1 {
			t.name = service + "/" + subset
		}
		if rule := r.destination(namespace, service); rule != nil {
			for _, s := range list(rule.Object, "spec", "subsets") {
				if text(s, "name") == subset {
					t.selector = labels(s, "labels")
				}
			}
		}
		if t.selector == nil {
			t.outside = true // its pods are not known
		}
		return t
	}
}

// destination finds the DestinationRule of a Service.
func (r *reader) destination(namespace, service string) *objects.Custom {
	for _, c := range r.customs(destinationRule) {
		name, elsewhere, outside := splitHost(text(c.Object, "spec", "host"))
		if !outside && name == service && (elsewhere == "" || elsewhere == namespace) {
			return c
		}
	}
	return nil
}

// splitHost takes a host of Istio apart: a Service's short name or its full
// name in the cluster. Any other host is outside.
func splitHost(host string) (service, namespace string, outside bool) {
	service, rest, dotted := strings.Cut(host, ".")
	if !dotted {
		return service, "", false
	}
	namespace, suffix, _ := strings.Cut(rest, ".")
	if suffix != "" && suffix != "svc" && !strings.HasPrefix(suffix, "svc.") {
		return host, "", true
	}
	return service, namespace, false
}

// istioRule is one rule of a VirtualService.
type istioRule struct {
	index         int
	routes, match []any
}

func (istioRule) sums() ([]int64, int64) { return []int64{100, 10000}, heaviest }

func (i istioRule) weigh(d Door, weights []int64) ([]Write, []string, error) {
	var ops []api.Op
	if i.match != nil { // the rule is still the same one
		ops = append(ops, api.Test(api.Pointer("spec", "http", i.index, "match"), i.match))
	}
	ops = append(ops, reweigh([]any{"spec", "http", i.index, "route"}, i.routes, weights)...)
	writes, err := one(api.JSONPatch(d.Ref, ops...))
	return writes, nil, err
}

// istioLamp tells what istiod says of the object, which is nothing unless its
// status is switched on. Of the proxies it says nothing at all.
func istioLamp(c *objects.Custom) Lamp {
	if conditionOf(c, "Reconciled") != nil {
		return conditionLamp(c, "Reconciled")
	}
	return Lamp{Text: "Istio does not say whether its proxies have the weights: traffic shows it"}
}
