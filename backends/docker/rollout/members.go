package rollout

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/desired"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/world"
)

type (
	doorMember = frontdoor.Member
	revision   = desired.Revision
)

// Want is what the front door has to serve: the configuration's weights, and
// the members that it serves and that still run, at the address that each has
// now, with one put in and one taken out by name. A door that has lost its split
// gets every member that is well, as does one whose members were replaced
// without pitwall. One that reaches a variant by a name of its
// owner's keeps that name until a container has to be put in or taken out.
func Want(s Scene, in, out *string) frontdoor.Want {
	w := frontdoor.Want{Split: backends.Split{}, Members: map[string][]doorMember{}, By: s.Entry.Conf.SplitBy, At: s.Entry.Conf.SplitAt}
	for _, v := range s.Entry.Conf.Variants {
		w.Split[v.Name] = v.Weight
	}
	for _, v := range s.Found.Variants {
		if shared(s, v) && !moves(v, in, out) {
			w.Members[v.Name] = slices.Clone(s.Door.Members[v.Name]) // the owner's own words stay
			continue
		}
		var members []doorMember
		for _, m := range v.Members {
			name := m.Container.Name
			wanted := in != nil && name == *in || Serves(s, m) || (s.Door.Split == nil || Replaced(s, v) || Lacks(s, v, m)) && world.Replica(m, "").State == backends.OK
			if !wanted || out != nil && name == *out || Host(s, m) == "" {
				continue
			}
			members = append(members, doorMember{Name: name, Host: Host(s, m), Port: m.Port})
		}
		if len(members) > 0 || w.Split[v.Name] == 0 && s.Entry.Conf.Variant(v.Name) != nil {
			w.Members[v.Name] = members
		}
	}
	// Who has weight and nobody to serve keeps the members it had: a door that
	// refuses those users tells more than one that hides them.
	for name, members := range s.Door.Members {
		if _, told := w.Members[name]; !told && s.Entry.Conf.Variant(name) != nil {
			w.Members[name] = slices.Clone(members)
		}
	}
	return w
}

// Replaced reports whether somebody else made the containers of a variant anew,
// as `docker-compose up` does: none is left of those that the front door names,
// under whatever name, nor any other that pitwall made.
func Replaced(s Scene, v world.Variant) bool {
	members := s.Door.Members[v.Name]
	ours := func(m world.Member) bool { return m.Revision > 0 }
	if s.Entry.Work != nil || len(members) == 0 || len(v.Members) == 0 || slices.ContainsFunc(v.Members, ours) || slices.ContainsFunc(v.Kept, ours) {
		return false
	}
	return !slices.ContainsFunc(members, func(d doorMember) bool {
		_, there := memberNamed(s, v.Name, d.Name)
		return d.Name == "" || there || slices.ContainsFunc(v.Members, func(m world.Member) bool { return isMember(s, d, m) && !Took(s, d, m) })
	})
}

// Lacks reports whether a front door sends to fewer containers of a variant than
// are wanted, and not to this one of Compose: of those that were made anew it
// came up when the others had been put in already.
func Lacks(s Scene, v world.Variant, m world.Member) bool {
	wanted := s.Entry.Conf.Variant(v.Name)
	return s.Entry.Work == nil && wanted != nil && m.Compose && m.Revision == 0 && m.Container.Running() &&
		len(s.Door.Members[v.Name]) < wanted.Replicas && !Serves(s, m)
}

// Host is how the front door reaches a member: pitwall's gateway asks for the
// name with every connection, the others keep the address that they were given.
func Host(s Scene, m world.Member) string {
	network := DoorNetwork(s, m)
	address := m.Container.Address(network)
	if address != "" && s.Door.Kind == frontdoor.Gateway && network != "" && network != "bridge" {
		return m.Container.Name
	}
	return address
}

// DoorNetwork is a network that a member shares with the front door, "" when
// there is none.
func DoorNetwork(s Scene, m world.Member) string {
	if s.Found.Door == nil {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(s.Found.Door.Networks)) {
		if _, both := m.Container.Networks[name]; both {
			return name
		}
	}
	return ""
}

// isMember reports whether a member of the door is that container: by name
// where the door tells it and such a container is left, else by address.
func isMember(s Scene, d doorMember, m world.Member) bool {
	if d.Name != "" && d.Name == m.Container.Name || d.Host == m.Container.Name {
		return true
	}
	if d.Name != "" && d.Name != d.Host && !Gone(s, d.Name) {
		return false
	}
	return at(s, d, m) || byAlias(d, m)
}

// at reports whether a container has the address of a member of the door, on a
// network of the door.
func at(s Scene, d doorMember, m world.Member) bool {
	for network, address := range m.Container.Networks {
		if address != "" && address == d.Host && (s.Found.Door == nil || world.Sees(*s.Found.Door, network)) {
			return true
		}
	}
	return false
}

// Took reports whether a container got the address of a member of the door
// whose own container is gone: the engine hands out again what became free.
func Took(s Scene, d doorMember, m world.Member) bool {
	return d.Name != "" && d.Name != d.Host && d.Name != m.Container.Name && Gone(s, d.Name) && at(s, d, m)
}

// Gone reports whether no container has a name.
func Gone(s Scene, name string) bool {
	if s.Names != nil {
		return !s.Names[name]
	}
	return !slices.ContainsFunc(s.Found.Variants, func(v world.Variant) bool {
		_, there := memberNamed(s, v.Name, name)
		return there
	})
}

// byAlias reports whether a door reaches a container by a name that several
// may share, as it does a Compose service: it sends to all that had the name
// when it looked it up.
func byAlias(d doorMember, m world.Member) bool {
	for _, names := range m.Container.Aliases {
		if slices.Contains(names, d.Host) {
			return true
		}
	}
	return false
}

// shared reports whether a door reaches a variant by such a name.
func shared(s Scene, v world.Variant) bool {
	return slices.ContainsFunc(s.Door.Members[v.Name], func(d doorMember) bool {
		return slices.ContainsFunc(v.Members, func(m world.Member) bool { return d.Host != m.Container.Name && byAlias(d, m) })
	})
}

// moves reports whether a container of a variant is put in or taken out.
func moves(v world.Variant, in, out *string) bool {
	return slices.ContainsFunc(append(slices.Clone(v.Members), v.Kept...), func(m world.Member) bool {
		return in != nil && m.Container.Name == *in || out != nil && m.Container.Name == *out
	})
}

// memberNamed finds a container of a variant, running or kept.
func memberNamed(s Scene, variant, name string) (world.Member, bool) {
	for _, v := range s.Found.Variants {
		if v.Name != variant {
			continue
		}
		for _, m := range append(slices.Clone(v.Members), v.Kept...) {
			if m.Container.Name == name {
				return m, true
			}
		}
	}
	return world.Member{}, false
}

// keptMember finds a stopped container that can simply be started again.
func keptMember(s Scene, variant string, t target) (world.Member, bool) {
	if ro := s.Entry.Conf.Active(); ro != nil && ro.Operation != backends.OpRollback && ro.Operation != backends.OpScale {
		return world.Member{}, false // a deploy and a restart want new ones
	}
	for _, v := range s.Found.Variants {
		if v.Name != variant {
			continue
		}
		for _, m := range v.Kept {
			if !m.Compose && t.same(m) && (s.Entry.Work == nil || !slices.Contains(s.Entry.Work.Fresh, m.Container.Name)) {
				return m, true
			}
		}
	}
	return world.Member{}, false
}

// template is the container to make another one like: of the variant one whose
// number no wanted container has yet, else any, else one of stable.
func template(s Scene, variant string, t target) (world.Member, bool) {
	var all []world.Member
	for _, name := range []string{variant, backends.Stable} {
		for _, v := range s.Found.Variants {
			if v.Name == name {
				all = append(all, append(slices.Clone(v.Members), v.Kept...)...)
			}
		}
	}
	_, fresh := t.running(s, variant)
	for _, m := range all {
		if m.Variant == variant && !slices.ContainsFunc(fresh, func(f world.Member) bool { return f.Number == m.Number }) {
			return m, true
		}
	}
	if len(all) == 0 {
		return world.Member{}, false
	}
	return all[0], true
}

// freeNumber is the template's number, or the lowest that no wanted container has.
func freeNumber(s Scene, variant string, t target, template world.Member) int {
	_, fresh := t.running(s, variant)
	taken := func(n int) bool {
		return slices.ContainsFunc(fresh, func(m world.Member) bool { return m.Number == n })
	}
	if template.Variant == variant && template.Number > 0 && !taken(template.Number) {
		return template.Number
	}
	n := 1
	for taken(n) {
		n++
	}
	return n
}

// freeName makes the attempt-th name that no container of the deployment has,
// from the plain one on.
func freeName(s Scene, base string, attempt int) string {
	taken := map[string]bool{}
	for _, v := range s.Found.Variants {
		for _, m := range append(slices.Clone(v.Members), v.Kept...) {
			taken[m.Container.Name] = true
		}
	}
	for i := 1; ; i++ {
		name := base
		if i > 1 {
			name = fmt.Sprintf("%s-%d", base, i)
		}
		if taken[name] {
			continue
		}
		if attempt--; attempt <= 0 {
			return name
		}
	}
}

// numbered is the end of a container's name: a revision and a number of
// pitwall's, or a number of Compose's.
var numbered = regexp.MustCompile(`(-r\d+-\d+(-\d+)?|[-_]\d+)$`)

// baseName begins the names of the containers that are made like another one.
func baseName(template world.Member, variant string) string {
	base := numbered.ReplaceAllString(template.Container.Name, "")
	from, to := strings.ToLower(template.Variant), strings.ToLower(variant)
	for _, dash := range []string{"-", "_"} {
		if plain, ok := strings.CutSuffix(base, dash+from); ok {
			return plain + dash + to
		}
	}
	return base + "-" + to
}

// ImageOf pins the image of a model: a tag may have moved since.
func ImageOf(m desired.Model) string {
	if m.SHA256 != "" {
		return "sha256:" + m.SHA256
	}
	return m.File
}
