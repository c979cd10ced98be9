package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/backends/docker/frontdoor"
)

// plan is how a door gets from a view to what is wanted.
type plan struct {
	add     []string // commands that make new servers, which take nothing yet
	raise   []string // commands that let servers take more, and set addresses
	lower   []string // commands that let servers take less; after raise, or there may be none for a moment
	remove  []string // names of servers
	members bool     // servers come or go
	weights bool     // a weight changes
	text    string   // of the file
	expect  map[string]expectation
}

// expectation is what a server has to show after the change.
type expectation struct {
	weight int
	takes  bool
	host   string // "" when it is not told
	port   uint16
}

// place is a wanted member with the server that it is, if there is one.
type place struct {
	member  frontdoor.Member
	variant string
	weight  int
	server  string // name of the server
	now     *live
}

// plan works out the change. Errors: *frontdoor.RejectedError.
func (d *Door) plan(v *view, want frontdoor.Want) (plan, error) {
	places, err := d.places(v, want)
	if err != nil {
		return plan{}, err
	}
	p := plan{expect: map[string]expectation{}}
	e := editor{view: v, deployment: d.options.Deployment}
	kept := map[string]bool{}
	for _, at := range places {
		kept[at.server] = true
		x := expectation{weight: at.weight, takes: !at.member.Draining, port: at.member.Port}
		if isAddress(at.member.Host) {
			x.host = at.member.Host
		}
		p.expect[at.server] = x
		if at.now == nil {
			p.addServer(v, at)
		} else {
			p.changeServer(v, at)
		}
		e.place(at)
	}
	for _, l := range v.running.servers {
		if !l.backup && !kept[l.name] {
			p.remove = append(p.remove, l.name)
			p.members = p.members || !v.leftOver(l)
		}
	}
	e.removeOthers(kept)
	e.remark(remarkText(want, d.options.Now()))
	p.text = e.text()
	return p, nil
}

// places gives every wanted member its weight and its server.
func (d *Door) places(v *view, want frontdoor.Want) ([]place, error) {
	names := want.Split.Names()
	for name := range want.Members {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if err := want.Split.Validate(names); err != nil {
		return nil, rejected("%v", err)
	}
	counts := map[string]int{}
	for _, name := range names {
		for _, m := range want.Members[name] {
			if !m.Draining {
				counts[name]++
			}
		}
		if want.Split[name] > 0 && counts[name] == 0 {
			return nil, rejected("variant %s has weight and no member that takes requests", name)
		}
	}
	weights, _ := weigh(want.Split, counts)
	var all []place
	taken := map[string]bool{}
	for _, name := range names {
		for _, m := range want.Members[name] {
			at, err := d.placeOf(v, m, name, weights[name])
			if err != nil {
				return nil, err
			}
			if taken[at.server] {
				return nil, rejected("server %s is wanted twice", at.server)
			}
			taken[at.server] = true
			all = append(all, at)
		}
	}
	return all, nil
}

func (d *Door) placeOf(v *view, m frontdoor.Member, variant string, weight int) (place, error) {
	at := place{member: m, variant: variant, weight: weight, server: m.Name}
	if !plainName(m.Host) || m.Port == 0 {
		return at, rejected("member %q of %s has no usable address: %q port %d", m.Name, variant, m.Host, m.Port)
	}
	if m.Draining {
		at.weight = 0
	}
	for i, l := range v.running.servers {
		if l.backup {
			continue
		}
		is := d.memberOf(v, l, false)
		if l.name == m.Name || m.Name != "" && is.Name == m.Name || (m.Name == "" || is.Name == "") && is.Host == m.Host && is.Port == m.Port {
			at.server, at.now = l.name, &v.running.servers[i]
			break
		}
	}
	if !plainName(at.server) {
		return at, rejected("%q cannot be the name of a server", at.server)
	}
	if at.now != nil {
		if is := d.variantOf(v, *at.now); is != variant && !v.leftOver(*at.now) {
			return at, rejected("server %s belongs to variant %s, not %s", at.server, is, variant)
		}
		if at.now.inMaint() && v.leftOver(*at.now) {
			return at, rejected("server %s is still being taken out: try again", at.server)
		}
	}
	return at, nil
}

// plainName reports whether a text can stand in a command and in the file as
// one word without meaning of its own.
func plainName(s string) bool {
	return s != "" && len(s) < 200 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:") == ""
}

func (p *plan) addServer(v *view, at place) {
	id := v.backend.name + "/" + at.server
	params := v.backend.dynamicParams(at.variant)
	p.members = true
	p.add = append(p.add, fmt.Sprintf("add server %s %s weight %d %s", id, joinAddress(at.member.Host, at.member.Port), at.weight, strings.Join(params, " ")))
	if slices.Contains(params, "check") {
		p.raise = append(p.raise, "enable health "+id)
	}
	p.state(v, id, at)
}

func (p *plan) changeServer(v *view, at place) {
	id := v.backend.name + "/" + at.server
	if isAddress(at.member.Host) && (at.now.addr != at.member.Host || at.now.port != at.member.Port) {
		p.raise = append(p.raise, fmt.Sprintf("set server %s addr %s port %d", id, at.member.Host, at.member.Port))
	}
	if at.now.weight != at.weight {
		p.weights = true
		command := fmt.Sprintf("set server %s weight %d", id, at.weight)
		if at.now.weight < at.weight {
			p.raise = append(p.raise, command)
		} else {
			p.lower = append(p.lower, command)
		}
	}
	if at.now.takes() == at.member.Draining {
		p.state(v, id, at)
	}
}

// state lets a server take requests or stop to. Drain lets sticky users in, so
// where there are any, it is maint that gives it nothing new.
func (p *plan) state(v *view, id string, at place) {
	switch command := "set server " + id + " state "; {
	case !at.member.Draining:
		p.raise = append(p.raise, command+"ready")
	case v.backend.sticky != "":
		p.lower = append(p.lower, command+"maint")
	default:
		p.lower = append(p.lower, command+"drain")
	}
}

// reload says why the running process cannot make the change, "" when it can.
func (v *view) reload(p plan) string {
	b := v.backend
	switch {
	case p.members && !v.running.dynamic():
		return "HAProxy " + v.running.version + " takes no members at run time"
	case (p.members || p.weights) && b.static():
		return "the balance of backend " + b.name + " is fixed at start"
	case slices.ContainsFunc(p.add, func(c string) bool { return !isAddress(hostOf(c)) }):
		return "a new member is told by name, which HAProxy resolves at start only"
	}
	return ""
}

func hostOf(add string) string {
	host, _ := splitAddress(strings.Fields(add)[3])
	return host
}
