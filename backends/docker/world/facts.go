package world

import (
	"cmp"
	"slices"
	"strings"

	"pitwall/backends/docker/engine"
)

// fact is a container with what it is, said by its own labels, else by the
// configuration, else by the names of its Compose project's services.
type fact struct {
	engine.Container
	given map[string]string // labels by the configuration, for what its own do not say
	end   End

	deployment, role, variant string
	project, service, stack   string
}

// label is what the container says, or the configuration of it.
func (f *fact) label(name string) string {
	return cmp.Or(f.Labels[name], f.given[name])
}

// scope is what keeps equal names apart.
func (f *fact) scope() string { return cmp.Or(f.project, f.stack) }

// facts tells what every container is, in a fixed order. Those of a one-off
// command are left out.
func facts(containers []engine.Container, o Options) []fact {
	out := make([]fact, 0, len(containers))
	for _, c := range containers {
		if !strings.EqualFold(c.Labels[ComposeOneOff], "true") {
			out = append(out, factOf(c, o))
		}
	}
	slices.SortFunc(out, func(a, b fact) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	bySiblings(out)
	byName(out)
	return out
}

func factOf(c engine.Container, o Options) fact {
	f := fact{Container: c, end: o.Ends[c.ID], project: c.Labels[ComposeProject], service: c.Labels[ComposeService]}
	if c.Labels[LabelDeployment] == "" && f.service != "" {
		for _, s := range o.Services {
			if s.Service == f.service && (s.Project == "" || s.Project == f.project) {
				f.given = s.Labels
				break
			}
		}
	}
	f.deployment, f.stack = f.label(LabelDeployment), f.label(LabelStack)
	f.role = f.label(LabelRole)
	if f.deployment != "" {
		f.role, f.variant = cmp.Or(f.role, RoleReplica), cmp.Or(variantName(f.label(LabelVariant)), stable)
	}
	return f
}

// variantName is the name of a variant: one letter is a capital one.
func variantName(s string) string {
	if len(s) == 1 && s[0] >= 'a' && s[0] <= 'z' {
		return strings.ToUpper(s)
	}
	return s
}

// service is one service of a Compose project.
type service struct{ project, name string }

// bySiblings makes the unlabelled containers of a service what the labels of
// the others say: those that pitwall made in the place of the first ones.
func bySiblings(all []fact) {
	said := make(map[service]*fact)
	for i := range all {
		f := &all[i]
		if f.service != "" && f.Labels[LabelDeployment] != "" && said[service{f.project, f.service}] == nil {
			said[service{f.project, f.service}] = f
		}
	}
	for i := range all {
		f := &all[i]
		if s := said[service{f.project, f.service}]; s != nil && f.Labels[LabelDeployment] == "" {
			f.deployment, f.role, f.variant = s.deployment, s.role, s.variant
		}
	}
}

// byName names the deployments of the Compose services that nothing else
// tells: X-a, X-b… are the variants A, B… of X when X-a is there.
func byName(all []fact) {
	stables := make(map[service]bool)
	for i := range all {
		f := &all[i]
		base, variant, ok := f.apart()
		if ok && variant == stable && (f.unknown() || f.deployment == base && f.variant == stable) {
			stables[service{f.project, base}] = true
		}
	}
	for i := range all {
		f := &all[i]
		if base, variant, ok := f.apart(); ok && f.unknown() && stables[service{f.project, base}] {
			f.deployment, f.variant, f.role = base, variant, RoleReplica
		}
	}
}

// unknown reports whether nothing has told what the container is. The command
// of a front door tells.
func (f *fact) unknown() bool { return f.deployment == "" && f.role == "" && runs(f.Command) == "" }

// apart takes the name of a service apart: "churn-b" is B of churn.
func (f *fact) apart() (base, variant string, ok bool) {
	n := len(f.service)
	if f.project == "" || n < 3 {
		return "", "", false
	}
	letter, dash := f.service[n-1], f.service[n-2]
	if letter < 'a' || letter > 'z' || dash != '-' && dash != '_' {
		return "", "", false
	}
	return f.service[:n-2], variantName(f.service[n-1:]), true
}
