package haproxy

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"pitwall/backends"
)

// server is a server line of the file.
type server struct {
	line    line
	name    string
	host    string
	port    uint16
	variant string
	weight  int // that it starts with
}

// backend is the section that splits the traffic, with what it inherits.
type backend struct {
	conf    conf
	section section
	name    string
	servers []server
	fixed   bool // holds a server-template or conditions: the file cannot be kept in step

	defaults []string // arguments of the default-server lines that hold
	balance  []string // of the balance line
	hashType []string
	mode     string
	sticky   string // the line that ties a user to a server, "" for none
	lastOne  bool   // option prefer-last-server

	told   backends.Split // of the remark, nil without one
	remark int            // index of its line, -1 without one
}

// find gives the backend of a deployment: the one with that name in a remark
// or as its own, else the only one whose servers all tell a variant.
func find(c conf, deployment, name string) (*backend, error) {
	var named, told []*backend
	seen := []string{}
	for _, s := range c.sections {
		if s.kind != "backend" && s.kind != "listen" {
			continue
		}
		seen = append(seen, s.name)
		b := readBackend(c, s, deployment)
		remarked := slices.ContainsFunc(c.in(s), func(l line) bool { return len(l.words) == 0 && l.remark() == "deployment "+deployment })
		switch {
		case name != "" && s.name == name, name == "" && deployment != "" && remarked:
			return b, nil
		case name != "":
		case s.name == deployment && len(b.servers) > 0:
			named = append(named, b)
		case len(b.servers) > 0 && !slices.ContainsFunc(b.servers, func(s server) bool { return s.variant == "" }):
			told = append(told, b)
		}
	}
	if found := append(named, told...); len(named) == 1 || len(found) == 1 {
		return found[0], nil
	}
	return nil, fmt.Errorf("none of its backends (%s) is clearly the one of %s: write the line \"# pitwall: deployment %s\" into it, "+
		"and \"# pitwall: variant A\" above the servers of each variant", strings.Join(seen, ", "), deployment, deployment)
}

// readBackend reads a section and the defaults that hold for it.
func readBackend(c conf, s section, deployment string) *backend {
	b := &backend{conf: c, section: s, name: s.name, mode: "tcp", remark: -1, balance: []string{"roundrobin"}}
	if d, ok := c.defaultsOf(s); ok {
		for _, l := range c.in(d) {
			b.setting(l)
		}
	}
	variant := ""
	for i, l := range c.in(s) {
		b.setting(l)
		text := l.remark()
		if len(l.words) == 0 {
			if v, ok := strings.CutPrefix(text, "variant "); ok {
				variant = strings.TrimSpace(v)
			}
			if split, ok := readRemark(text); ok {
				b.told, b.remark = split, s.first+1+i
			}
		}
		if l.keyword() == "server" && len(l.words) >= 3 {
			b.servers = append(b.servers, b.readServer(l, variant, deployment))
		}
	}
	return b
}

// defaultsOf is the defaults section that a proxy inherits from: the one it
// names, else the last before it.
func (c conf) defaultsOf(s section) (section, bool) {
	header := c.lines[s.first]
	from := ""
	if i := slices.Index(header.after(0), "from"); i >= 0 {
		from = header.arg(i + 1)
	}
	found, ok := section{}, false
	for _, d := range c.sections {
		if d.kind == "defaults" && d.first < s.first && (from == "" || d.name == from) {
			found, ok = d, true
		}
	}
	return found, ok
}

func (b *backend) setting(l line) {
	switch word := l.keyword(); word {
	case "default-server":
		b.defaults = append(b.defaults, l.after(1)...)
	case "balance":
		b.balance = l.after(1)
	case "hash-type":
		b.hashType = l.after(1)
	case "mode":
		b.mode = l.arg(1)
	case "cookie", "stick", "appsession":
		if word != "stick" || l.arg(1) != "store-response" {
			b.sticky = strings.Join(l.after(0), " ")
		}
	case "server-template", ".if":
		b.fixed = true
	case "option":
		b.lastOne = b.lastOne || l.arg(1) == "prefer-last-server"
	}
}

func (b *backend) readServer(l line, variant, deployment string) server {
	s := server{line: l, name: l.arg(1), variant: variant, weight: 1}
	s.host, s.port = splitAddress(l.arg(2))
	if v, ok := strings.CutPrefix(l.remark(), "variant "); ok {
		s.variant = strings.TrimSpace(v)
	}
	if s.variant == "" {
		s.variant = variantOf(s.name, deployment)
	}
	for _, params := range [][]string{b.defaults, l.after(3)} {
		if i := slices.Index(params, "weight"); i >= 0 && i+1 < len(params) {
			if n, err := strconv.Atoi(params[i+1]); err == nil {
				s.weight = n
			}
		}
	}
	return s
}

// has reports whether a server line holds a parameter.
func (s server) has(param string) bool { return slices.Contains(s.line.after(3), param) }

// splitAddress reads HOST:PORT; the port is 0 when there is none.
func splitAddress(text string) (string, uint16) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0
	}
	port, err := strconv.ParseUint(text[i+1:], 10, 16)
	if err != nil {
		return text, 0
	}
	return strings.Trim(text[:i], "[]"), uint16(port)
}

func joinAddress(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// server finds a server line by name.
func (b *backend) server(name string) (server, bool) {
	i := slices.IndexFunc(b.servers, func(s server) bool { return s.name == name })
	if i < 0 {
		return server{}, false
	}
	return b.servers[i], true
}

// static reports whether the weights are fixed at start: HAProxy then takes
// only 0 and the initial weight at run time, and no new servers.
func (b *backend) static() bool {
	if len(b.balance) == 0 {
		return false
	}
	switch algorithm, _, _ := strings.Cut(b.balance[0], "("); algorithm {
	case "static-rr", "first":
		return true
	case "roundrobin", "leastconn", "random":
		return false
	}
	return len(b.hashType) == 0 || b.hashType[0] != "consistent"
}
