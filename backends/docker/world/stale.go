package world

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends/docker/engine"
)

// DoorMember is a member as a front door's configuration names it.
type DoorMember struct {
	Variant string
	Name    string // of the container, "" when the door does not say
	Host    string // address or name that the door reaches it by
	Port    uint16
	Own     []string // ids of the containers of the variant, nil when only their labels tell
}

// Finding is a member of a front door whose address is no longer its own.
type Finding struct {
	Member DoorMember
	Holder string // container that the requests reach now, "" for none
	Want   string // address and port that the member has now, "" while it has none
}

// Elsewhere reports whether the requests are answered by another container,
// which is worse than by none.
func (f Finding) Elsewhere() bool { return f.Holder != "" }

// String says it in one sentence; its names are foreign text.
func (f Finding) String() string {
	at := net.JoinHostPort(f.Member.Host, strconv.Itoa(int(f.Member.Port)))
	name := cmp.Or(f.Member.Name, "a member of "+f.Member.Variant)
	s := fmt.Sprintf("the front door sends the requests of %s to %s", name, at)
	if f.Elsewhere() {
		s += ", where " + f.Holder + " answers"
	} else {
		s += ", which nobody has"
	}
	if f.Want != "" {
		s += ": it is at " + f.Want
	}
	return s
}

// Stale finds the members of a front door that point at what is another
// container's address now, or nobody's: a door that looked an address up once
// does not notice that it went to somebody else.
//
// Of a name it is known only that it leads nowhere while its container does
// not run; what the door made of it at the time is not known.
func Stale(door engine.Container, members []DoorMember, containers []engine.Container) []Finding {
	var out []Finding
	for _, m := range members {
		if f, stale := look(door, m, containers); stale {
			out = append(out, f)
		}
	}
	return out
}

func look(door engine.Container, m DoorMember, containers []engine.Container) (Finding, bool) {
	f := Finding{Member: m}
	own, known := named(m.Name, containers)
	addr, err := netip.ParseAddr(m.Host)
	if err != nil {
		return f, leadsNowhere(door, m.Host, containers)
	}
	holder, held := holderOf(door, addr.Unmap(), m.Port, containers)
	if known && own.Running() && !addr.IsLoopback() {
		f.Want = want(door, own, m)
	}
	switch {
	case !held:
		return f, !addr.IsLoopback() && !addr.IsUnspecified() || known && !own.Running()
	case known:
		f.Holder = holder.Name
		return f, holder.ID != own.ID
	case m.Own != nil: // of the one that it names nothing is left
		f.Holder = holder.Name
		return f, !slices.Contains(m.Own, holder.ID)
	default: // the door does not say whose it is: then the variant has to agree
		f.Holder = holder.Name
		says := variantName(holder.Labels[LabelVariant])
		return f, says != "" && m.Variant != "" && says != m.Variant
	}
}

func named(name string, containers []engine.Container) (engine.Container, bool) {
	for _, c := range containers {
		if name != "" && c.Name == name {
			return c, true
		}
	}
	return engine.Container{}, false
}

// leadsNowhere reports whether a name is one of a container of which, as of
// every other one of that name, nothing runs.
func leadsNowhere(door engine.Container, host string, containers []engine.Container) bool {
	known := false
	for _, c := range containers {
		if !goesBy(door, c, host) {
			continue
		}
		if c.Running() {
			return false
		}
		known = true
	}
	return known
}

// goesBy reports whether a door finds a container by a name.
func goesBy(door, c engine.Container, host string) bool {
	const least = 12 // digits of a short id
	if c.Name == host || c.Labels[ComposeService] == host || len(host) >= least && strings.HasPrefix(c.ID, host) {
		return true
	}
	for network, names := range c.Aliases {
		if Sees(door, network) && slices.Contains(names, host) {
			return true
		}
	}
	return false
}

// holderOf finds the running container that has an address on a network of the
// door, or publishes the port when the address is the machine's own.
func holderOf(door engine.Container, addr netip.Addr, port uint16, containers []engine.Container) (engine.Container, bool) {
	for _, c := range containers {
		if !c.Running() {
			continue
		}
		for network, its := range c.Networks {
			if a, err := netip.ParseAddr(its); err == nil && a.Unmap() == addr && Sees(door, network) {
				return c, true
			}
		}
		for _, p := range c.Ports {
			if p.Host == port && port != 0 && (addr.IsLoopback() || addr.IsUnspecified()) {
				return c, true
			}
		}
	}
	return engine.Container{}, false
}

// Sees reports whether a door is on a network. One on none, or on that of the
// machine itself, sees all.
func Sees(door engine.Container, network string) bool {
	if _, host := door.Networks["host"]; host || len(door.Networks) == 0 {
		return true
	}
	_, on := door.Networks[network]
	return on
}

// want is where the door reaches a member now: on a network of both.
func want(door, own engine.Container, m DoorMember) string {
	common := ""
	for network := range own.Networks {
		if Sees(door, network) && own.Networks[network] != "" && (common == "" || network < common) {
			common = network
		}
	}
	if common == "" {
		return ""
	}
	return net.JoinHostPort(own.Networks[common], strconv.Itoa(int(m.Port)))
}

// Apart reports whether a door has no way to a container: no network of both,
// and no published port.
func Apart(door, c engine.Container) bool {
	if _, host := c.Networks["host"]; host || slices.ContainsFunc(c.Ports, func(p engine.Port) bool { return p.Host != 0 }) {
		return false
	}
	for network := range c.Networks {
		if Sees(door, network) {
			return false
		}
	}
	_, host := door.Networks["host"]
	return !host && len(door.Networks) > 0
}
