package split

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

const nginxPrefix = "nginx.ingress.kubernetes.io/"

// nginx reads canary Ingresses, each with the Ingress that it takes requests
// from. Traefik reads the same annotations.
func (r *reader) nginx() []Door {
	var doors []Door
	for _, c := range r.customs(ingress) {
		if c.Annotations[nginxPrefix+"canary"] == "true" {
			doors = append(doors, r.nginxCanary(c))
		}
	}
	return doors
}

func (r *reader) nginxCanary(c *objects.Custom) Door {
	d := r.door(ingress, c, IngressNGINX)
	d.Accepted = Lamp{Text: "the controller does not say whether it has the weight: traffic shows it"}
	paths := ingressPaths(c)
	if len(paths) == 0 {
		d.fix("the canary Ingress has no path")
		return d
	}
	main, canary := "", paths[0].service
	for _, other := range r.index.ingresses[paths[0].place()] {
		switch {
		case other.name == c.Name:
		case other.canary:
			d.fix("%s is a canary of the same path: ingress-nginx takes only one of them", other.name)
		case main == "":
			main = other.service
		}
	}
	for _, p := range paths {
		if p.host != "" && !slices.Contains(d.Hosts, p.host) {
			d.Hosts = append(d.Hosts, p.host)
		}
	}
	r.nginxSides(&d, c, main, canary)
	warnOfIngress(&d, c)
	return d
}

func (r *reader) nginxSides(d *Door, c *objects.Custom, main, canary string) {
	total, err := annotated(c, "canary-weight-total", 100)
	if err != nil {
		d.fix("%s", err)
	}
	total = max(total, 100) // a total counts only when it is greater
	weight, err := annotated(c, "canary-weight", 0)
	if err != nil {
		d.fix("%s", err)
	}
	weight = min(weight, total)
	if main == "" {
		d.fix("no other Ingress serves its path: there is nothing to divide")
		main = "nothing"
	}
	name := canary
	if canary == main {
		name += " (canary)"
	}
	d.Sides = []Side{
		{Name: main, Service: main, Weight: total - weight, Stable: true, Ready: r.ready(main, nil)},
		{Name: name, Service: canary, Weight: weight, Ready: r.ready(canary, nil)},
	}
	d.share(false)
	d.Step = 100 / float64(total)
	d.how = nginxWeight{}
}

func warnOfIngress(d *Door, c *objects.Custom) {
	class := text(c.Object, "spec", "ingressClassName")
	if class == "" {
		class = c.Annotations["kubernetes.io/ingress.class"]
	}
	if !strings.Contains(class, "traefik") {
		d.warn("ingress-nginx is retired: since March 2026 it gets no releases and no security fixes")
	}
	for _, name := range []string{"canary-by-header", "canary-by-cookie"} {
		if value := c.Annotations[nginxPrefix+name]; value != "" {
			d.warn("%s %s goes before the weight", name, value)
		}
	}
	if c.Annotations[nginxPrefix+"affinity"] != "" && c.Annotations[nginxPrefix+"affinity-canary-behavior"] != "legacy" {
		d.warn("a sticky cookie keeps users on their side when the weight moves")
	}
}

// annotated reads a whole number out of an annotation of ingress-nginx.
func annotated(c *objects.Custom, name string, absent int64) (int64, error) {
	value, ok := c.Annotations[nginxPrefix+name]
	if !ok {
		return absent, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 || n > heaviest {
		return absent, fmt.Errorf("its annotation %s is no weight: %.40q", name, value)
	}
	return n, nil
}

// ingressPath is where an Ingress sends the requests for a path.
type ingressPath struct{ host, path, service string }

func (p ingressPath) place() [2]string { return [2]string{p.host, p.path} }

func ingressPaths(c *objects.Custom) []ingressPath {
	var out []ingressPath
	for _, rule := range list(c.Object, "spec", "rules") {
		for _, path := range list(rule, "http", "paths") {
			if service := text(path, "backend", "service", "name"); service != "" {
				out = append(out, ingressPath{text(rule, "host"), text(path, "path"), service})
			}
		}
	}
	if service := text(c.Object, "spec", "defaultBackend", "service", "name"); service != "" {
		out = append(out, ingressPath{"", "", service})
	}
	return out
}

// nginxWeight is the annotation of a canary Ingress. It keeps its total: some
// releases read none (ingress-nginx#9745), and 250 of 10000 would then be all.
type nginxWeight struct{}

func (nginxWeight) sums() ([]int64, int64) { return nil, heaviest }

func (nginxWeight) weigh(d Door, weights []int64) ([]Write, []string, error) {
	annotations := map[string]any{nginxPrefix + "canary-weight": strconv.FormatInt(weights[1], 10)}
	writes, err := one(api.MergePatch(d.Ref, d.Version, map[string]any{"metadata": map[string]any{"annotations": annotations}}))
	return writes, nil, err
}
