package nginx

import (
	"fmt"
	"strings"

	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/gateway/split"
)

// plan is what a configuration says about one split: where its weights and
// its members stand.
type plan struct {
	conf     *config
	split    *directive // split_clients KEY $variable { … }
	use      use
	slots    []slot
	last     *token // remark of the last change, in the split block
	variants []variant
	proof    *directive // the return of the proof location, if there is one
	notes    []string   // what is amiss
}

// variant is a side of a split.
type variant struct {
	name     string
	value    string     // that the split gives it
	upstream *directive // nil when the value is an address
}

// use is how requests follow the variable of a split.
type use struct {
	pass     string     // argument of proxy_pass
	variable string     // in pass
	through  *directive // map from the split's variable to that one, or nil
}

// find reads the split of a configuration.
// Errors: *frontdoor.UnreadableError, *SyntaxError.
func find(c *config) (*plan, error) {
	p := &plan{conf: c}
	if err := p.choose(); err != nil {
		return nil, err
	}
	var err error
	if p.slots, p.last, err = readSlots(p.split); err != nil {
		return nil, err
	}
	if len(p.slots) == 0 {
		return nil, p.unreadable("its split_clients block is empty")
	}
	if err := p.nameVariants(); err != nil {
		return nil, err
	}
	p.findProof()
	return p, nil
}

func (p *plan) unreadable(why string) error {
	return &frontdoor.UnreadableError{Kind: frontdoor.NGINX, Where: p.conf.main.path, Why: why}
}

// choose finds the split that requests follow.
func (p *plan) choose() error {
	var all, used, marked []*directive
	uses := map[*directive]use{}
	for _, d := range p.conf.http() {
		if d.name() != "split_clients" || !d.hasBlock || len(d.words) != 3 {
			continue
		}
		all = append(all, d)
		if u, ok := p.conf.useOf(strings.TrimPrefix(d.arg(2), "$")); ok {
			used = append(used, d)
			uses[d] = u
			if d.marked() {
				marked = append(marked, d)
			}
		}
	}
	if len(marked) == 1 {
		used = marked
	}
	switch {
	case len(all) == 0:
		return p.unreadable("it has no split_clients block" + p.hint())
	case len(used) == 0:
		return p.unreadable(fmt.Sprintf("no proxy_pass uses %s, which its split_clients sets", all[0].arg(2)))
	case len(used) > 1:
		return p.unreadable(fmt.Sprintf("requests follow %d splits (%s in line %d, %s in line %d): write \"%sA=… B=… by … at …\" in the one of this deployment, or \"# pitwall: split\"",
			len(used), used[0].arg(2), used[0].line(), used[1].arg(2), used[1].line(), remarkPrefix))
	}
	p.split, p.use = used[0], uses[used[0]]
	return nil
}

func (p *plan) hint() string {
	if len(p.conf.unread) == 0 {
		return ""
	}
	return "; " + strings.Join(p.conf.unread, "; ")
}

// marked tells whether a block holds a remark of pitwall.
func (d *directive) marked() bool {
	for _, comment := range d.file.commentsIn(d.open, d.close) {
		if _, ok := d.file.remark(comment); ok {
			return true
		}
	}
	return false
}

// useOf finds a proxy_pass that a variable decides, itself or through one map.
func (c *config) useOf(variable string) (u use, found bool) {
	passes := func(variable string) (string, bool) {
		var pass string
		c.each(c.main.top, nil, func(d *directive, _ []*directive) {
			if pass == "" && (d.name() == "proxy_pass" || d.name() == "grpc_pass") && mentions(d.arg(1), variable) {
				pass = d.arg(1)
			}
		})
		return pass, pass != ""
	}
	if pass, ok := passes(variable); ok {
		return use{pass: pass, variable: variable}, true
	}
	for _, d := range c.http() {
		if d.name() == "map" && d.hasBlock && len(d.words) == 3 && isVariable(d.arg(1), variable) {
			to := strings.TrimPrefix(d.arg(2), "$")
			if pass, ok := passes(to); ok {
				return use{pass: pass, variable: to, through: d}, true
			}
		}
	}
	return use{}, false
}

// host gives the upstream or address that a value of the split leads to.
func (p *plan) host(value string) string {
	if p.use.through != nil {
		value = p.conf.mapped(p.use.through, value)
	}
	host := replaceVariable(p.use.pass, p.use.variable, value)
	if _, rest, found := strings.Cut(host, "://"); found {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	return host
}

// mapped looks a value up in a map block. Patterns are not followed.
func (c *config) mapped(d *directive, value string) string {
	fallback := ""
	for _, line := range c.children(d) {
		switch line.name() {
		case value:
			return line.arg(1)
		case "default":
			fallback = line.arg(1)
		}
	}
	return fallback
}

// upstreams are the upstream blocks by name.
func (c *config) upstreams() (inOrder []*directive) {
	for _, d := range c.http() {
		if d.name() == "upstream" && d.hasBlock && len(d.words) == 2 {
			inOrder = append(inOrder, d)
		}
	}
	return inOrder
}

func (c *config) upstream(name string) *directive {
	for _, d := range c.upstreams() {
		if d.arg(1) == name {
			return d
		}
	}
	return nil
}

// ProofPath is the location that answers with the change that is being served.
const ProofPath = "/-/pitwall/split"

// findProof finds the return directive of the proof location.
func (p *plan) findProof() {
	p.conf.each(p.conf.main.top, nil, func(d *directive, around []*directive) {
		if p.proof != nil || d.name() != "return" || len(d.words) != 3 || d.arg(1) != "200" || len(around) == 0 {
			return
		}
		in := around[len(around)-1]
		if in.name() == "location" && in.arg(1) == "=" && in.arg(2) == ProofPath {
			p.proof = d
		}
	})
}

// weights gives every variant its points.
func (p *plan) weights() map[string]int {
	points := make(map[string]int, len(p.variants))
	for _, v := range p.variants {
		points[v.name] = 0
	}
	for _, s := range p.slots {
		if s.variant != "" {
			points[s.variant] += s.points
		}
	}
	return points
}

// unassigned are the points that no line of the split covers.
func (p *plan) unassigned() int {
	left := split.Whole
	for _, s := range p.slots {
		left -= s.points
	}
	return left
}
