package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// VariantOf names the variant of a deployment that serves a version of its
// model, "" when none does. It is called from any goroutine. The version is as
// the server writes it: MLServer's is "None" for a model without one.
type VariantOf func(deployment, version string) string

// ByModel tells deployments and variants by the server's own labels instead of
// those of the scrape's targets: the deployment is the model, and variants says
// which variant a version is. A version that is none counts in the deployment
// only. Two versions must not be the same variant of one deployment. Without a
// VariantOf (nil) the versions themselves are the variants.
//
// Signals whose series carry no model are taken away, because they would be
// those of all models together; Missing then says so. Where the server has no
// label of the version (KServe), only whole deployments are told. A server that
// has none of the model either is an error.
func (p Profile) ByModel(variants VariantOf) (Profile, error) {
	if p.Model == "" {
		return Profile{}, fmt.Errorf("profile %s by model: its series carry no label of the model; give its targets the labels %q and %q",
			p.Name, p.Deployment, p.Variant)
	}
	if variants == nil {
		variants = func(_, version string) string { return version }
	}
	p = p.clone()
	p.Deployment, p.Variant, p.variantOf = p.Model, p.Version, variants
	p.dropped = map[Panel]bool{}
	whole := func(l LatencySource) bool { return l.Whole }
	p.dropped[Latency] = slices.ContainsFunc(p.Latency, whole)
	p.Latency = slices.DeleteFunc(p.Latency, whole)
	for panel, of := range map[Panel]*Selector{Errors: &p.Errors, InFlight: &p.InFlight, Memory: &p.Memory, CPU: &p.CPU} {
		if of.Whole {
			p.dropped[panel], *of = true, Selector{}
		}
	}
	maps.DeleteFunc(p.Caveats, func(panel Panel, _ string) bool { return p.dropped[panel] }) // about what is gone
	return p, nil
}

// byModel tells whether the server's own labels are used.
func (p Profile) byModel() bool { return p.variantOf != nil }

// only is the matcher that picks one deployment's series of a metric.
func (p Profile) only(of Selector, deployment string) string {
	if p.pods != nil {
		return p.pods.matchers()
	}
	label := p.Deployment
	if p.byModel() && of.Model != "" {
		label = of.Model
	}
	return label + "=" + strconv.Quote(deployment)
}

// unified gives the series of a metric with labels of its own those of the
// profile, and those of pods that of what they serve.
func (p Profile) unified(of Selector, expr string) string {
	if p.pods != nil {
		return p.pods.derived(expr)
	}
	if !p.byModel() || of.Model == "" {
		return expr
	}
	expr = moved(expr, p.Model, of.Model)
	if of.Version != "" && p.Version != "" {
		expr = moved(expr, p.Version, of.Version)
	}
	return expr
}

func moved(expr, to, from string) string {
	return fmt.Sprintf(`label_replace(%s, %q, "$1", %q, "(.*)")`, expr, to, from)
}
