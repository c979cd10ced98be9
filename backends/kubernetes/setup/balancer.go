package setup

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"pitwall/backends"
	"pitwall/backends/kubernetes/objects"
	"pitwall/backends/kubernetes/split"
	"pitwall/backends/kubernetes/world"
)

// Balancer is what spreads the requests of a deployment: its front door, else an
// Ingress before its Services, else those. Without one its kind is "".
func Balancer(s *objects.Space, d world.Deployment) backends.Balancer {
	var (
		out      backends.Balancer
		services []string
	)
	for _, v := range d.Variants {
		mine := servicesOf(s, v)
		services = append(services, mine...)
		out.Endpoints = append(out.Endpoints, endpoints(s, v, mine)...)
	}
	if len(services) > 0 {
		out.Kind = "Service"
	}
	if door := d.Door; door != nil {
		out.Kind, out.Accepted = door.Kind, accepted(door)
	}
	if out.Kind == "Service" || out.Kind == ingressKind {
		if found, address := ingressBefore(s, d.Door, services); found {
			out.Kind, out.Address = ingressKind, address
		}
	}
	return out
}

const ingressKind = "Ingress"

// servicesOf names the Services that send to a variant: that of its side, else
// those whose selector chooses its pods.
func servicesOf(s *objects.Space, v world.Variant) []string {
	if v.Side.Service != "" {
		return []string{v.Side.Service}
	}
	labels := v.Side.Selector
	if v.Workload != nil {
		labels = v.Workload.Template.Labels
	}
	var out []string
	for _, service := range s.Choosing(labels) {
		out = append(out, service.Name)
	}
	return out
}

// endpoints are the pods of a variant that Services know. Of a variant none of
// whose pods is seen they are all of them.
func endpoints(s *objects.Space, v world.Variant, services []string) []backends.Endpoint {
	pods := slices.Concat(v.Pods, v.Leaving)
	var out []backends.Endpoint
	for _, service := range services {
		for _, e := range s.Endpoints(service) {
			mine := func(p *objects.Pod) bool { return p.UID == e.PodUID }
			if len(pods) > 0 && !slices.ContainsFunc(pods, mine) {
				continue
			}
			name := cmp.Or(e.Pod, e.Address)
			i := slices.IndexFunc(out, func(have backends.Endpoint) bool { return have.Name == name })
			if i < 0 {
				out = append(out, backends.Endpoint{Variant: v.Name, Name: name, Address: e.Address})
				i = len(out) - 1
			}
			out[i].Ready = out[i].Ready || e.Ready && !e.Terminating
		}
	}
	return out
}

// accepted is what the controller of a front door says. Of a route of Gateway API
// one has to have said something; others say nothing when all is well.
func accepted(d *split.Door) []backends.Condition {
	lamp := d.Accepted
	silent := lamp.State == backends.Unknown
	if silent && d.Mechanism != split.GatewayAPI {
		return nil
	}
	return []backends.Condition{{Type: "accepted", OK: lamp.State == backends.OK, Text: lamp.Text}}
}

// ingress is what is read of an Ingress.
type ingress struct {
	Spec struct {
		DefaultBackend ingressBackend
		Rules          []struct {
			HTTP struct {
				Paths []struct{ Backend ingressBackend }
			}
		}
	}
	Status struct {
		LoadBalancer struct {
			Ingress []struct{ IP, Hostname string }
		}
	}
}

type ingressBackend struct{ Service struct{ Name string } }

// sendsTo reports whether an Ingress sends requests to one of some Services.
func (i ingress) sendsTo(services []string) bool {
	if slices.Contains(services, i.Spec.DefaultBackend.Service.Name) {
		return true
	}
	for _, rule := range i.Spec.Rules {
		for _, path := range rule.HTTP.Paths {
			if slices.Contains(services, path.Backend.Service.Name) {
				return true
			}
		}
	}
	return false
}

// ingressBefore finds the Ingress that is the front door, or that sends to one of
// the Services, and its load balancer's address, "" while it has none.
func ingressBefore(s *objects.Space, d *split.Door, services []string) (found bool, address string) {
	for _, c := range s.Customs[schema.GroupResource{Group: "networking.k8s.io", Resource: "ingresses"}] {
		var i ingress
		if decode(c.Object, &i) != nil || !i.sendsTo(services) {
			continue
		}
		found = found || d == nil || d.Kind != ingressKind || d.Name == c.Name
		for _, at := range i.Status.LoadBalancer.Ingress {
			address = cmp.Or(address, at.Hostname, at.IP)
		}
	}
	return found, address
}

// Gateway names a Gateway that a route hangs on.
type Gateway struct{ Namespace, Name string }

// Gateways are those that a route of Gateway API names.
func Gateways(route *objects.Custom) []Gateway {
	var r struct {
		Spec struct {
			ParentRefs []struct{ Kind, Name, Namespace string }
		}
	}
	if decode(route.Object, &r) != nil {
		return nil
	}
	var out []Gateway
	for _, ref := range r.Spec.ParentRefs {
		g := Gateway{cmp.Or(ref.Namespace, route.Namespace), ref.Name}
		if cmp.Or(ref.Kind, "Gateway") == "Gateway" && !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}

// Programmed tells whether a Gateway serves. One that is not there is nil.
func Programmed(g Gateway, object map[string]any) backends.Condition {
	out := backends.Condition{Type: "programmed", Text: "Gateway " + g.Name + " is not there"}
	if object == nil {
		return out
	}
	out.Text = "Gateway " + g.Name + " has no controller that says so"
	var have struct {
		Status struct {
			Conditions []struct{ Type, Status, Reason, Message string }
		}
	}
	if err := decode(object, &have); err != nil {
		out.Text = err.Error()
		return out
	}
	for _, c := range have.Status.Conditions {
		if c.Type == "Programmed" {
			out.OK, out.Text = c.Status == "True", "Gateway "+g.Name+": "+says(c.Reason, c.Message)
		}
	}
	return out
}
