package split

import (
	"slices"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// claims are the objects that controllers write because their own spec names
// them. What a controller owns says so itself.
func claims(space *objects.Space) map[claimed]api.Ref {
	out := map[claimed]api.Ref{}
	for _, c := range space.Customs[argoRollout.groupResource()] {
		claimOfRollout(out, c)
	}
	for _, c := range space.Customs[flaggerCanary.groupResource()] {
		ref, name := refOf(flaggerCanary, c), flaggerService(c)
		claim(out, ref, service, name, name+"-primary", name+"-canary")
		for _, k := range []kind{httpRoute, virtualService, traefikService} {
			claim(out, ref, k, name)
		}
		if target := text(c.Object, "spec", "targetRef", "name"); target != "" {
			claim(out, ref, deployment, target, target+"-primary")
		}
		if name := text(c.Object, "spec", "ingressRef", "name"); name != "" {
			claim(out, ref, ingress, name+"-canary")
		}
	}
	return out
}

// claim notes that a controller writes objects of a kind; the first that says
// so has them.
func claim(claims map[claimed]api.Ref, by api.Ref, k kind, names ...string) {
	for _, name := range names {
		key := claimed{k.groupResource(), name}
		if _, taken := claims[key]; !taken && name != "" {
			claims[key] = by
		}
	}
}

// claimOfRollout notes what a Rollout of Argo Rollouts moves weights in.
func claimOfRollout(claims map[claimed]api.Ref, c *objects.Custom) {
	ref := refOf(argoRollout, c)
	claim(claims, ref, service, rolloutServices(c)...)
	claim(claims, ref, deployment, text(c.Object, "spec", "workloadRef", "name"))
	routing := members(c.Object, "spec", "strategy", "canary", "trafficRouting")
	claim(claims, ref, virtualService, named(routing, "istio", "virtualService")...)
	claim(claims, ref, virtualService, named(routing, "istio", "virtualServices")...)
	claim(claims, ref, traefikService, text(routing, "traefik", "weightedTraefikServiceName"))
	claim(claims, ref, traefikOld, text(routing, "traefik", "weightedTraefikServiceName"))
	for _, main := range append(texts(routing, "nginx", "stableIngresses"), text(routing, "nginx", "stableIngress")) {
		claim(claims, ref, ingress, c.Name+"-"+main+"-canary")
	}
	plugin := members(routing, "plugins", "argoproj-labs/gatewayAPI")
	claim(claims, ref, httpRoute, append(named(plugin, "httpRoutes"), text(plugin, "httpRoute"))...)
	claim(claims, ref, grpcRoute, append(named(plugin, "grpcRoutes"), text(plugin, "grpcRoute"))...)
}

// named are the names in an object or in a list of objects.
func named(v any, path ...any) []string {
	var out []string
	for _, item := range append(slices.Clone(list(v, path...)), at(v, path...)) {
		if name := text(item, "name"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// rolloutServices are the Services whose selectors a Rollout writes.
func rolloutServices(c *objects.Custom) []string {
	strategy := members(c.Object, "spec", "strategy")
	var out []string
	for _, path := range [][]any{{"canary", "stableService"}, {"canary", "canaryService"}, {"blueGreen", "activeService"}, {"blueGreen", "previewService"}} {
		if name := text(strategy, path...); name != "" {
			out = append(out, name)
		}
	}
	return out
}
