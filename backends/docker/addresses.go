package docker

import (
	"slices"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/rollout"
	"pitwall/backends/docker/world"
)

// removed are at most so many replicas that the front door still sends to and
// whose containers are gone, and all of those whose requests another one gets.
// A name that is no container's says so alone when it is how the door finds it;
// in front of an address it may be anybody's choice, and nobody has the address
// either. A rollout takes its own out itself.
func (s scene) removed(variant, version string, most int) []backends.Replica {
	if s.doorErr != nil || s.Found.Door == nil || s.Entry.Work != nil {
		return nil
	}
	var out []backends.Replica
	for _, m := range s.Door.Members[variant] {
		there := func(c engine.Container) bool { return c.Name == m.Name }
		if m.Name == "" || m.Draining || slices.ContainsFunc(s.containers, there) {
			continue
		}
		found := world.Stale(*s.Found.Door, []world.DoorMember{s.doorMember(variant, m)}, s.containers)
		switch {
		case len(found) > 0 && found[0].Elsewhere():
			out = append(out, backends.Replica{Name: m.Name, Version: version, State: backends.Fail, Cause: backends.CauseStaleAddress, Reason: found[0].String()})
		case len(out) < most && (m.Host == m.Name || len(found) > 0):
			out = append(out, backends.Replica{Name: m.Name, Version: version, State: backends.Fail, Cause: backends.CauseRemoved,
				Reason: "it was removed from the engine, and the front door still sends to it"})
		}
	}
	return out
}

// stale are the members of a variant whose address in the front door is not
// theirs, by name.
func (s scene) stale(variant string) map[string]string {
	if s.doorErr != nil || s.Found.Door == nil {
		return nil
	}
	var members []world.DoorMember
	for _, m := range s.Door.Members[variant] {
		members = append(members, s.doorMember(variant, m))
	}
	out := make(map[string]string)
	for _, f := range world.Stale(*s.Found.Door, members, s.containers) {
		if f.Want != "" || f.Elsewhere() {
			out[f.Member.Name] = f.String()
		}
	}
	return out
}

// doorMember is a member as its address is judged: one whose container is gone
// is any of its variant that has the address now, and of nobody else.
func (s scene) doorMember(variant string, m frontdoor.Member) world.DoorMember {
	out := world.DoorMember{Variant: variant, Name: m.Name, Host: m.Host, Port: m.Port}
	if m.Name == "" || m.Name == m.Host || !rollout.Gone(s.Scene, m.Name) {
		return out
	}
	out.Own = []string{}
	v, _ := s.Found.Variant(variant)
	for _, own := range v.Members {
		out.Own = append(out.Own, own.Container.ID)
	}
	return out
}

// abandoned is a variant that gets requests and of which the front door names
// only containers that are gone; nothing else tells of it when nobody operated
// on it. "" when there is none.
func (s scene) abandoned() string {
	if s.doorErr != nil || s.working() {
		return ""
	}
	for _, name := range s.Door.Split.Names() {
		members := s.Door.Members[name]
		if s.Entry.Conf.Variant(name) == nil && s.Door.Split[name] > 0 && len(members) > 0 && !slices.ContainsFunc(members, func(m frontdoor.Member) bool {
			alias := m.Name == m.Host && s.Door.Kind != frontdoor.Gateway // which need not be a container's name
			return m.Name == "" || alias || !rollout.Gone(s.Scene, m.Name)
		}) {
			return name
		}
	}
	return ""
}
