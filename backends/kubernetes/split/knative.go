package split

import (
	"maps"

	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// knative reads Services and Routes of Knative. A Route that a Service owns has
// it for its parent.
func (r *reader) knative() []Door {
	var doors []Door
	for _, k := range []kind{knativeService, knativeRoute} {
		for _, c := range r.customs(k) {
			d := r.door(k, c, Knative)
			d.Step, d.Hosts = 1, hostOf(text(c.Object, "status", "url"))
			d.Accepted = conditionLamp(c, knativeConditions(k)...)
			r.knativeTraffic(&d, c)
			doors = append(doors, d)
		}
	}
	return doors
}

func knativeConditions(k kind) []string {
	if k.resource == knativeService.resource {
		return []string{"RoutesReady"}
	}
	return []string{"AllTrafficAssigned", "IngressReady"}
}

func (r *reader) knativeTraffic(d *Door, c *objects.Custom) {
	latest := text(c.Object, "status", "latestReadyRevisionName")
	if latest == "" {
		latest = "latest revision"
	}
	traffic := list(c.Object, "spec", "traffic")
	if len(traffic) == 0 {
		d.Sides = []Side{{Name: latest, Service: latest, Share: 100, Ready: r.revisionReady(latest)}}
		d.fix("the latest revision gets everything: name two revisions in its traffic to divide between them")
		return
	}
	sum := int64(0)
	seen := map[string]bool{}
	for i, item := range traffic {
		name := text(item, "revisionName")
		if name == "" {
			name = text(item, "configurationName")
		}
		if name == "" {
			name = latest
		}
		side := Side{Name: name, Service: name, Ready: r.revisionReady(name)}
		if tag := text(item, "tag"); seen[name] && tag != "" { // a second entry, for the URL of its tag
			side.Name += " (" + tag + ")"
		}
		side.Name = distinct(seen, side.Name, i)
		weight, err := weightOf(item, "percent", 0)
		if err != nil {
			d.fix("the percent of %s %s", side.Name, err)
		}
		side.Weight, side.Share = weight, float64(weight)
		sum += weight
		d.Sides = append(d.Sides, side)
	}
	if sum != 100 {
		d.fix("its percents sum to %d, not 100", sum)
	}
	if len(traffic) == 1 {
		d.fix("it has one target only: there is nothing to divide")
	}
	for _, annotations := range []map[string]string{c.Annotations, labels(c.Object, "spec", "template", "metadata", "annotations")} {
		if duration := annotations["serving.knative.dev/rollout-duration"]; duration != "" {
			d.warn("Knative moves to new weights over %s: until then the traffic lags behind on purpose", duration)
			break
		}
	}
	d.own = 100
	d.how = knativeTraffic{traffic}
}

// knativeTraffic is the list spec.traffic.
type knativeTraffic struct{ entries []any }

func (knativeTraffic) sums() ([]int64, int64) { return nil, 100 }

// weigh replaces the whole list: only then do its percents sum to 100 at every
// moment, which a webhook checks.
func (k knativeTraffic) weigh(d Door, weights []int64) ([]Write, []string, error) {
	entries := make([]any, len(k.entries))
	for i, item := range k.entries {
		entry := maps.Clone(members(item))
		if entry == nil {
			entry = map[string]any{}
		}
		entry["percent"] = weights[i]
		entries[i] = entry
	}
	writes, err := one(api.JSONPatch(d.Ref, api.Test("/spec/traffic", k.entries), api.Replace("/spec/traffic", entries)))
	return writes, nil, err
}
