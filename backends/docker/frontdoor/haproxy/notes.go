package haproxy

import (
	"fmt"
	"strings"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// notes says what a change of this door costs and what about it is amiss.
func (d *Door) notes(v *view, configured, achieved backends.Split, apart *frontdoor.Apart) []string {
	b, r := v.backend, v.running
	var notes []string
	add := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	switch {
	case b.static():
		add("The balance of backend %s is fixed at start: every change is a reload, which can lose requests on idle keep-alive connections.", b.name)
	case !r.dynamic():
		add("Weights change at once without a reload; HAProxy %s takes new members by a reload only.", r.version)
	default:
		add("A change takes effect at once over the runtime API and closes no connection.")
	}
	add("%s", b.stickiness())
	if v.unkept != nil {
		add("The file is not kept in step (%v): a restart of HAProxy gives A/B weights as %s says them.", v.unkept, v.path)
	}
	if !configured.Equal(achieved) {
		add("Weights are whole numbers per server: %s is asked for and %s is the closest that these members can get.", configured, achieved)
	}
	if apart != nil {
		add("A restart of HAProxy would bring back what %s says: %s.", v.path, apart.Text)
	}
	if names := d.byName(v); len(names) > 0 {
		add("The variant of %s is told by the server's name: \"# pitwall: variant A\" above the servers says it for sure.", strings.Join(names, ", "))
	}
	for _, l := range v.running.servers {
		switch {
		case v.leftOver(l):
			add("Server %s gets nothing new (%d requests are open) and is deleted by a later change, once its connections are closed.", l.name, l.sessions)
		case l.down && !l.backup && l.takes() && l.weight > 0:
			add("Server %s is down: HAProxy gives its share to all other servers, of either variant.", l.name)
		case l.addr == "" && !l.backup:
			add("Server %s has no address: its name %s is not resolved.", l.name, l.fqdn)
		}
	}
	if all := sockets(b.conf); len(all) > 0 && !all[0].admin {
		add("The stats socket has no \"level admin\": HAProxy will refuse a change.")
	}
	return notes
}

// byName lists the members whose variant only their names tell.
func (d *Door) byName(v *view) []string {
	var names []string
	for _, l := range v.members() {
		s, inFile := v.backend.server(l.name)
		if inFile && v.backend.guessed(s, d.options.Deployment) {
			names = append(names, l.name)
		}
	}
	return names
}

// key tells by what a user is told, "" when each request is dealt anew.
func (b *backend) key() string {
	if b.sticky != "" {
		return b.sticky
	}
	if len(b.balance) == 0 {
		return ""
	}
	switch algorithm, _, _ := strings.Cut(b.balance[0], "("); algorithm {
	case "roundrobin", "static-rr", "leastconn", "first", "random":
		return ""
	}
	return strings.Join(b.balance, " ")
}

// stickiness says, in a sentence, whether a user stays on a variant.
func (b *backend) stickiness() string {
	what := "Each request"
	if b.mode == "tcp" {
		what = "Each connection (mode tcp)"
	} else if b.lastOne {
		what = "Each connection (option prefer-last-server)"
	}
	algorithm := strings.Join(b.balance, " ")
	switch key := b.key(); {
	case b.sticky != "":
		return fmt.Sprintf("A user stays on the server it has (%s): a change of weights deals new users only.", b.sticky)
	case key != "":
		return fmt.Sprintf("A user is told by %q: a change of weights moves only as many users as it has to when the hash is consistent.", key)
	case algorithm == "leastconn":
		return what + " goes to the server with the fewest connections for its weight: shares of requests follow the weights only roughly, and no user stays on a variant."
	default:
		return fmt.Sprintf("%s is dealt anew (%s): no user stays on a variant unless a stick-table, a cookie or \"balance hdr(X-User-Id)\" with \"hash-type consistent\" is configured.", what, algorithm)
	}
}

// startSplit is the split that a start from the file gives.
func (b *backend) startSplit() backends.Split {
	sums := map[string]int{}
	for _, s := range b.servers {
		switch {
		case s.has("backup"):
		case s.has("disabled"):
			sums[s.variant] += 0
		default:
			sums[s.variant] += s.weight
		}
	}
	return percents(sums)
}

// guessed reports whether no remark tells the variant of a server.
func (b *backend) guessed(s server, deployment string) bool {
	if s.variant != variantOf(s.name, deployment) || strings.HasPrefix(s.line.remark(), "variant ") {
		return false
	}
	for _, l := range b.conf.in(b.section) {
		if l.start >= s.line.start {
			break
		}
		if len(l.words) == 0 && strings.HasPrefix(l.remark(), "variant ") {
			return false
		}
	}
	return true
}
