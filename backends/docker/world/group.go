package world

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"pitwall/backends/docker/engine"
)

// Options is what the configuration knows of containers that do not tell.
type Options struct {
	Services []Service
	Ends     map[string]End // what else is known of how containers ended last, by ID
}

// Service gives the containers of a Compose service the labels that they lack.
// A container with a deployment label of its own is what that says.
type Service struct {
	Project string // "" for any
	Service string
	Labels  map[string]string // by the names of the labels of this package
}

// Deployment is a model that is served by containers.
type Deployment struct {
	Name        string // unique among those of one engine
	Environment string // "" when no container tells

	Door     *engine.Container // nil without one
	DoorEnd  End               // how the door ended last
	DoorKind string            // as LabelDoor says, or told by the command; "" when neither tells
	Monitor  *engine.Container // nil without one

	Variants []Variant // A first, then in name order
	Stack    string    // as LabelStack says
	Project  string    // of Compose
	Notes    []string  // what about the containers is amiss, one sentence each; foreign text
	Remarks  []string  // what is good to know about them and no fault; foreign text
}

// Variant is one side of a deployment.
type Variant struct {
	Name    string
	Members []Member // the replicas, in the order of their numbers
	Kept    []Member // stopped revisions that can be started again, the newest first
}

// Variant finds a variant by name.
func (d Deployment) Variant(name string) (Variant, bool) {
	i := slices.IndexFunc(d.Variants, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return Variant{}, false
	}
	return d.Variants[i], true
}

// Group finds the deployments among the containers of an engine, in name
// order. The order of the containers does not matter.
func Group(containers []engine.Container, o Options) []Deployment {
	all := facts(containers, o)
	groups := collect(all)
	out := make([]Deployment, 0, len(groups))
	for _, key := range slices.SortedFunc(maps.Keys(groups), compareKeys) {
		out = append(out, deployment(key, groups[key], all))
	}
	unique(out)
	slices.SortFunc(out, func(a, b Deployment) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// key tells deployments apart: two projects may use one name.
type key struct{ name, scope string }

func compareKeys(a, b key) int {
	return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.scope, b.scope))
}

// collect gathers what belongs to each deployment that has a replica or says
// its name. Containers outside of any project belong to the only project that
// has a deployment of their name.
func collect(all []fact) map[key][]fact {
	scopes := make(map[string]map[string]bool) // by name
	for _, f := range all {
		if f.deployment != "" && f.scope() != "" {
			if scopes[f.deployment] == nil {
				scopes[f.deployment] = make(map[string]bool)
			}
			scopes[f.deployment][f.scope()] = true
		}
	}
	groups := make(map[key][]fact)
	for _, f := range all {
		if f.deployment == "" || f.role != RoleReplica && f.role != RoleDoor {
			continue
		}
		k := key{f.deployment, f.scope()}
		if known := scopes[f.deployment]; k.scope == "" && len(known) == 1 {
			for only := range known {
				k.scope = only
			}
		}
		groups[k] = append(groups[k], f)
	}
	return groups
}

// deployment joins the containers of one deployment; all are those of the
// engine, for what a project shares.
func deployment(k key, own, all []fact) Deployment {
	d := Deployment{Name: k.name}
	variants := make(map[string][]Member)
	for _, f := range own {
		d.Project, d.Stack = cmp.Or(d.Project, f.project), cmp.Or(d.Stack, f.stack)
		if f.role != RoleReplica {
			continue
		}
		m, notes := f.member()
		d.Notes = append(d.Notes, notes...)
		variants[m.Variant] = append(variants[m.Variant], m)
	}
	for _, name := range slices.SortedFunc(maps.Keys(variants), compareVariants) {
		d.Variants = append(d.Variants, variant(name, variants[name]))
	}
	d.environment(own)
	d.door(k, own, all)
	d.Monitor = monitor(k, all)
	if _, ok := d.Variant(stable); !ok && len(d.Variants) > 0 {
		d.Notes = append(d.Notes, "no container is variant "+stable+": nothing takes all the traffic when it has to")
	}
	return d
}

const stable = "A"

func compareVariants(a, b string) int {
	if (a == stable) != (b == stable) {
		if a == stable {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

// environment takes production when any container says it, else the first one said.
func (d *Deployment) environment(own []fact) {
	const production = "production"
	said := make(map[string]bool)
	for _, f := range own {
		if e := f.label(LabelEnvironment); e != "" {
			said[e] = true
		}
	}
	names := slices.Sorted(maps.Keys(said))
	switch {
	case len(names) == 0:
	case said[production]:
		d.Environment = production
	default:
		d.Environment = names[0]
	}
	if len(names) > 1 {
		d.Notes = append(d.Notes, fmt.Sprintf("its containers name %d environments: %s counts", len(names), d.Environment))
	}
}

// monitor finds the Prometheus of a deployment, else that of its project or stack.
func monitor(k key, all []fact) *engine.Container {
	var found []fact
	for _, f := range all {
		if f.role == RoleMonitor && f.deployment == k.name {
			found = append(found, f)
		}
	}
	for _, f := range all {
		if f.role == RoleMonitor && f.deployment == "" && f.scope() == k.scope {
			found = append(found, f)
		}
	}
	return best(found)
}

// best is the one that runs and was made last, in the order given.
func best(found []fact) *engine.Container {
	if len(found) == 0 {
		return nil
	}
	c := slices.MinFunc(found, func(a, b fact) int {
		if a.Running() != b.Running() {
			if a.Running() {
				return -1
			}
			return 1
		}
		return b.Created.Compare(a.Created)
	}).Container
	return &c
}

// unique gives the second and later deployments of a name the name of their
// project, and both a remark.
func unique(list []Deployment) {
	taken := make(map[string]bool, len(list))
	for _, d := range list {
		taken[d.Name] = true
	}
	seen := make(map[string]int, len(list))
	for i := range list {
		d := &list[i]
		first, twice := seen[d.Name]
		if !twice {
			seen[d.Name] = i
			continue
		}
		plain, scope := d.Name, cmp.Or(d.Project, d.Stack)
		for taken[d.Name] {
			d.Name += "@" + scope
		}
		taken[d.Name] = true
		d.Remarks = append(d.Remarks, fmt.Sprintf("%s also names a deployment of %s: this one is shown as %s", plain, owner(list[first]), d.Name))
		list[first].Remarks = append(list[first].Remarks, fmt.Sprintf("%s also names a deployment of %s, which is shown as %s", plain, owner(*d), d.Name))
	}
}

func owner(d Deployment) string {
	switch {
	case d.Project != "":
		return "project " + d.Project
	case d.Stack != "":
		return "stack " + d.Stack
	default:
		return "no project"
	}
}
