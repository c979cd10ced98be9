package docker

import (
	"fmt"
	"maps"
	"slices"

	"pitwall/backends/desired"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate"
	"pitwall/backends/docker/world"
)

// door opens the front door of a deployment. conf tells the versions of the
// variants, which the gateway shows, and its salt.
func (b *Backend) door(d world.Deployment, conf desired.Deployment) (frontdoor.Door, error) {
	if d.Door == nil {
		return nil, fmt.Errorf("%s has no front door", d.Name)
	}
	switch d.DoorKind {
	case frontdoor.Gateway:
		versions := make(map[string]string)
		for _, v := range conf.Variants {
			if r := conf.Revision(v.Revision); r != nil {
				versions[v.Name] = r.Model.Version
			}
		}
		return pitgate.New(b.engine, *d.Door, pitgate.Options{Versions: versions, Salt: conf.Salt, Now: b.now}), nil
	}
	return nil, &frontdoor.UnreadableError{Kind: "front door", Where: d.Door.Name,
		Why: fmt.Sprintf("its kind %q is not known: label it %s=%s, %s or %s", d.DoorKind, world.LabelDoor, frontdoor.NGINX, frontdoor.HAProxy, frontdoor.Gateway)}
}

// serves reports whether a door already does what is wanted.
func serves(c frontdoor.Config, w frontdoor.Want) bool {
	if !c.Split.Equal(w.Split) {
		return false
	}
	names := slices.Collect(maps.Keys(w.Members))
	for name := range c.Members {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return !slices.ContainsFunc(names, func(name string) bool { return !sameMembers(c.Members[name], w.Members[name]) })
}

// sameMembers compares members in any order. What a door calls a member does
// not count where it tells no names.
func sameMembers(a, b []frontdoor.Member) bool {
	if len(a) != len(b) {
		return false
	}
	for _, m := range a {
		if !slices.ContainsFunc(b, func(o frontdoor.Member) bool {
			return m.Host == o.Host && m.Port == o.Port && m.Draining == o.Draining && (m.Name == "" || m.Name == o.Name)
		}) {
			return false
		}
	}
	return true
}
