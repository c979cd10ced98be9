package nginx

import (
	"fmt"
	"slices"
	"strings"

	"pitwall/serve/gateway/split"
)

// perRequest are variables that differ from request to request: a key that
// holds one deals every request anew.
var perRequest = []string{"request_id", "msec", "connection_requests", "time_iso8601", "time_local"}

// key is what a split tells users apart by.
type key struct {
	text     string   // with what a map decides written out; "" when each request is dealt anew
	from     []string // variables
	fallback bool     // requests without the header are dealt anew
}

// key reads the split's key. A variable that a map of the configuration sets
// is replaced by what that map takes by default.
func (p *plan) key() key {
	k := key{text: p.split.arg(1)}
	for _, name := range variables(k.text) {
		for _, d := range p.conf.http() {
			if d.name() != "map" || !d.hasBlock || len(d.words) != 3 || !isVariable(d.arg(2), name) {
				continue
			}
			if to := p.conf.mapped(d, "default"); to != "" {
				k.text = replaceVariable(k.text, name, to)
			}
			if empty := p.conf.mapped(d, ""); anyPerRequest(variables(empty)) && len(variables(d.arg(1))) > 0 {
				k.fallback = true
			}
		}
	}
	k.from = variables(k.text)
	if anyPerRequest(k.from) {
		k.text = ""
	}
	return k
}

func anyPerRequest(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(perRequest, n) })
}

// keyNotes tell what about a key keeps the observed split from the configured one.
func (p *plan) keyNotes(k key) []string {
	if k.text == "" {
		return []string{"every request is dealt anew: a user may get another variant with each one"}
	}
	var notes []string
	few := func(n string) bool { return n == "remote_addr" || n == "binary_remote_addr" || n == "http_user_agent" }
	address := slices.ContainsFunc(k.from, func(n string) bool { return strings.HasSuffix(n, "remote_addr") })
	switch {
	case len(k.from) == 0:
		notes = append(notes, fmt.Sprintf("the key %q is the same for every request: all of them go to one side", k.text))
	case slices.ContainsFunc(k.from, func(n string) bool { return !few(n) }):
		notes = append(notes, p.withoutHeader(k)...)
	case address && slices.Contains(k.from, "http_user_agent"):
		notes = append(notes, "the key can take few values: behind a published port every client has the address of the bridge's gateway, so only its User-Agent tells it apart, and clients with the same one all go to one side")
	case address:
		notes = append(notes, "the key can take few values: behind a published port every client has the address of the bridge's gateway, so all of them go to one side")
	default:
		notes = append(notes, "the key can take few values: clients with the same User-Agent all go to one side")
	}
	return notes
}

// withoutHeader tells where requests go that lack what the key is made of.
func (p *plan) withoutHeader(k key) []string {
	optional := func(n string) bool {
		return strings.HasPrefix(n, "http_") || strings.HasPrefix(n, "cookie_") || strings.HasPrefix(n, "arg_")
	}
	constant, missing := "", []string{}
	for _, part := range pieces(k.text) {
		switch {
		case part.variable == "":
			constant += part.text
		case optional(part.variable):
			missing = append(missing, "$"+part.variable)
		default:
			return nil
		}
	}
	what := strings.Join(missing, " and ")
	if k.fallback {
		return []string{fmt.Sprintf("requests without %s are dealt anew each time", what)}
	}
	side := "no variant"
	if i := owner(p.slots, split.Hash(constant)); i >= 0 {
		side = p.slots[i].variant
	}
	return []string{fmt.Sprintf("all requests without %s go to %s", what, side)}
}

// costNotes tell what a change of this door costs.
func (p *plan) costNotes() []string {
	if p.keepsAlive() {
		return []string{"a change takes about 0.2 s; nginx closes idle keep-alive connections on a reload: clients that do not retry a POST may lose 2-5 requests per change (keepalive_timeout 0 avoids it)"}
	}
	return []string{"a change takes about 0.2 s and loses no request, as keepalive_timeout is 0"}
}

// keepsAlive tells whether connections of clients stay open between requests
// in any server of the http block. nginx's default is 75 s.
func (p *plan) keepsAlive() bool {
	zero := func(list []*directive) (isZero, set bool) {
		for _, d := range list {
			if d.name() == "keepalive_timeout" {
				isZero, set = strings.Trim(d.arg(1), "0smhd") == "" && strings.HasPrefix(d.arg(1), "0"), true
			}
		}
		return isZero, set
	}
	whole, _ := zero(p.conf.http())
	servers := 0
	for _, d := range p.conf.http() {
		if d.name() != "server" || !d.hasBlock {
			continue
		}
		servers++
		if own, set := zero(p.conf.children(d)); set && !own || !set && !whole {
			return true
		}
	}
	return servers == 0 && !whole
}

// splitNotes tell what about the lines is amiss.
func (p *plan) splitNotes() []string {
	notes := slices.Clone(p.notes)
	points := p.weights()
	if left := p.unassigned(); left > 0 {
		notes = append(notes, fmt.Sprintf("the split has no * line: %s of the users get no variant", percent(left)))
	}
	for _, v := range p.variants {
		if points[v.name] > 0 && !slices.ContainsFunc(p.conf.servers(v.upstream), func(s server) bool { return !s.down }) && v.upstream != nil {
			notes = append(notes, fmt.Sprintf("%s has %s and no member that takes requests: they are answered with 502", v.name, percent(points[v.name])))
		}
	}
	var order strings.Builder
	for _, s := range p.slots {
		order.WriteString(s.variant)
	}
	if _, laidOut := places(order.String()); !laidOut && len(p.variants) > 2 {
		notes = append(notes, fmt.Sprintf("the lines stand in the order %s: a change of one candidate moves users between the others too; the order B, A, C avoids it", strings.Join(strings.Split(order.String(), ""), ", ")))
	}
	if p.last != nil {
		text, _ := p.split.file.remark(*p.last)
		if c, ok := readChange(text); ok && !c.split.Equal(p.configured()) {
			notes = append(notes, fmt.Sprintf("the weights were changed by hand after pitwall set %s", c.split))
		}
	}
	return append(notes, p.conf.unread...)
}
