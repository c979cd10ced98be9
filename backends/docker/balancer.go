package docker

import (
	"cmp"
	"net"
	"slices"
	"strconv"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/rollout"
)

// balancer is the front door with the replicas that it sends to.
func (s scene) balancer(listed backends.Deployment) backends.Fact[backends.Balancer] {
	if s.Found.Door == nil {
		return backends.Known(backends.Balancer{}, containersPath)
	}
	if s.doorErr != nil {
		return backends.NotKnown[backends.Balancer](frontDoorOf(s.Found), s.doorErr)
	}
	out := backends.Balancer{Kind: s.Found.DoorKind, Address: address(s.Found)}
	for _, v := range listed.Variants {
		for _, d := range s.Door.Members[v.Name] {
			out.Endpoints = append(out.Endpoints, s.endpoints(v, d)...)
		}
	}
	return backends.Known(out, frontDoorOf(s.Found))
}

// endpoints are the replicas that one member of the door stands for: a name that
// several share stands for all of them. One that is no replica's is an endpoint
// that is not ready.
func (s scene) endpoints(v backends.Variant, d frontdoor.Member) []backends.Endpoint {
	e := backends.Endpoint{Variant: v.Name, Name: cmp.Or(d.Name, d.Host), Address: net.JoinHostPort(d.Host, strconv.Itoa(int(d.Port)))}
	told := d
	told.Draining = false // one that drains is known, too
	alone := s.Scene
	alone.Door.Members = map[string][]frontdoor.Member{v.Name: {told}}
	found, _ := s.Found.Variant(v.Name)
	var out []backends.Endpoint
	for _, m := range found.Members {
		if !rollout.Serves(alone, m) {
			continue
		}
		e.Name = m.Container.Name
		e.Ready = !d.Draining && slices.ContainsFunc(v.Replicas, func(r backends.Replica) bool { return r.Name == e.Name && r.State == backends.OK })
		out = append(out, e)
	}
	if out == nil {
		return []backends.Endpoint{e}
	}
	return out
}
