package split

import (
	"maps"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/kubernetes/api"
	"pitwall/backends/kubernetes/objects"
)

// selector reads a Service that chooses one version while another waits under
// the same other labels: blue-green. It is false where none waits.
func (r *reader) selector(s *objects.Service, scaled map[string]*objects.Scaler) (Door, bool) {
	for _, key := range versionLabels {
		value, ok := s.Selector[key]
		if !ok {
			continue
		}
		rest := maps.Clone(s.Selector)
		delete(rest, key)
		if len(rest) == 0 || previews(s.Name, value) {
			return Door{}, false // every workload would be the same thing, or the Service is for one version
		}
		c := cutover{service: s, key: key, rest: rest, versions: map[string][]*objects.Workload{}, scaled: scaled}
		for _, w := range r.choose(rest) {
			if version := w.Template.Labels[key]; version != "" && w.Kind != objects.DaemonSet {
				c.versions[version] = append(c.versions[version], w)
			}
		}
		c.aware = r.index.direct[s.Name] || aware(s, c.versions)
		c.leave(value)
		if len(c.versions[value]) == 0 || len(c.versions) < 2 {
			continue
		}
		return r.cutoverDoor(s, c), true
	}
	return Door{}, false
}

func (r *reader) cutoverDoor(s *objects.Service, c cutover) Door {
	d := r.atService(s, Selector)
	active := s.Selector[c.key]
	names := slices.Sorted(maps.Keys(c.versions))
	names = append([]string{active}, slices.DeleteFunc(names, func(n string) bool { return n == active })...)
	for _, name := range names {
		side := Side{Name: name, Service: s.Name, Selector: joined(c.rest, map[string]string{c.key: name}), Ready: c.ready(name),
			Stable: name == "stable"}
		if pods := r.readyPods(side.Selector); pods >= 0 {
			side.Ready = pods
		}
		d.Sides = append(d.Sides, side)
	}
	d.Sides[0].Weight, d.Sides[0].Share = 1, 100
	for _, workloads := range c.versions {
		if parent := r.parent(workloadKind(workloads[0]).groupResource(), workloads[0].Meta); parent != nil {
			d.Parent = parent
			d.fix("the %s rolls %s out: change the split there", *parent, workloads[0].Name)
		}
	}
	d.Accepted = Lamp{backends.OK, "the Service chooses " + active}
	if ready := r.ready(s.Name, nil); ready == 0 {
		d.Accepted = Lamp{backends.Fail, "the Service has no ready endpoint"}
	}
	d.warn("connections that are open stay with the version that they go to: keep it running until it has no requests")
	d.how = c
	if len(d.Sides) > 2 {
		d.fix("several versions wait (%s): pitwall cuts over between two", strings.Join(names[1:], ", "))
	}
	d.Stops = []float64{0, 100}
	if d.Parent == nil && d.Fixed == "" {
		d.offer(backends.OpCutover, backends.OpAbort)
	}
	return d
}

// cutover is a Service with the versions that it could choose.
type cutover struct {
	service  *objects.Service
	key      string            // the label that tells versions apart
	rest     map[string]string // the selector without it
	versions map[string][]*objects.Workload
	scaled   map[string]*objects.Scaler
	aware    bool // a load balancer or a mesh before it knows the pods
}

// leave takes away versions that were left behind without pods, where more
// than one waits.
func (c cutover) leave(active string) {
	for _, version := range slices.Sorted(maps.Keys(c.versions)) {
		asked := 0
		for _, w := range c.versions[version] {
			asked += w.Desired
		}
		if asked == 0 && version != active && len(c.versions) > 2 {
			delete(c.versions, version)
		}
	}
}

func (c cutover) ready(version string) int {
	n := 0
	for _, w := range c.versions[version] {
		n += w.Ready
	}
	return n
}

// move cuts over to the side that is to get everything.
func (c cutover) move(d Door, shares []float64) ([]Write, []string, error) {
	to := slices.IndexFunc(shares, func(s float64) bool { return s > 50 })
	return c.change(d, backends.OpCutover, max(to, 0))
}

// act cuts over to the version that waits. An abort does so in a hurry: it goes
// back to a version that has any ready pod, be they fewer than now serve.
func (c cutover) act(d Door, op backends.Op) (Plan, error) {
	if op != backends.OpCutover && op != backends.OpAbort {
		return Plan{}, refuse(op, "a Service can be cut over to the version that waits, and back")
	}
	if d.Fixed != "" {
		return Plan{}, refuse(op, "%s", d.Fixed)
	}
	writes, notes, err := c.change(d, op, 1)
	if err != nil {
		return Plan{}, err
	}
	plan := d.outline([]float64{0, 100})
	plan.Patches, plan.Notes = writes, notes
	return plan, nil
}

func (c cutover) change(d Door, op backends.Op, to int) ([]Write, []string, error) {
	notes, err := c.preflight(d, op, to)
	if err != nil {
		return nil, nil, err
	}
	from, target := d.Sides[0].Name, d.Sides[to].Name
	notes = append(notes, from+" keeps its replicas: leave them until its requests have ended, they are the way back")
	pointer := api.Pointer("spec", "selector", c.key)
	if !c.aware {
		writes, err := one(api.JSONPatch(d.Ref, api.Test("/spec/selector", c.service.Selector), api.Replace(pointer, target)))
		return writes, notes, err
	}
	widen, err := api.JSONPatch(d.Ref, api.Test("/spec/selector", c.service.Selector), api.Remove(pointer))
	if err != nil {
		return nil, nil, err
	}
	narrow, err := api.JSONPatch(d.Ref, api.Test("/spec/selector", c.rest), api.Add(pointer, target))
	if err != nil {
		return nil, nil, err
	}
	side, workload := d.Sides[to], c.versions[target][0]
	await := func(space *objects.Space) Lamp {
		return readyLamp(space, workload, side.Service, side.Selector, side.Ready)
	}
	notes = append(notes, "a load balancer or a mesh sends straight to its pods: both versions serve until those of "+target+" are endpoints, and then only they")
	return []Write{{Patch: widen}, {Patch: narrow, Await: await}}, notes, nil
}
