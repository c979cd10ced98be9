package nginx

import (
	"net"
	"strconv"
	"strings"

	"pitwall/backends/docker/frontdoor"
)

// nobody is the address of an upstream without members: nginx wants a server
// in every upstream, and resolves a name before it serves anything.
const nobody = "127.0.0.1:9"

// server is a server line of an upstream.
type server struct {
	line   *directive
	host   string
	port   uint16 // 0 of a unix socket
	down   bool
	backup bool
	remark token // # pitwall: NAME behind it; zero without
	name   string
}

// servers reads the server lines of an upstream, nil gives none.
func (c *config) servers(upstream *directive) []server {
	if upstream == nil {
		return nil
	}
	var found []server
	for _, d := range c.children(upstream) {
		if d.name() == "server" && !d.hasBlock && len(d.words) > 1 {
			found = append(found, readServer(d))
		}
	}
	return found
}

func readServer(d *directive) server {
	s := server{line: d}
	s.host, s.port = hostPort(d.arg(1))
	for _, w := range d.words[2:] {
		s.down = s.down || w.text == "down"
		s.backup = s.backup || w.text == "backup"
	}
	if comment, ok := d.file.commentAfter(d.end); ok {
		text, ours := d.file.remark(comment)
		if fields := strings.Fields(text); ours && len(fields) > 0 {
			s.remark, s.name = comment, fields[0]
		}
	}
	return s
}

// hostPort splits an address as nginx reads it: the port is 80 when absent.
func hostPort(address string) (string, uint16) {
	if strings.HasPrefix(address, "unix:") {
		return address, 0
	}
	if host, text, err := net.SplitHostPort(address); err == nil {
		if port, err := strconv.ParseUint(text, 10, 16); err == nil {
			return host, uint16(port)
		}
	}
	return strings.Trim(address, "[]"), 80
}

// member is the replica that a line stands for.
func (s server) member() frontdoor.Member {
	m := frontdoor.Member{Name: s.name, Host: s.host, Port: s.port, Draining: s.down}
	if m.Name == "" && net.ParseIP(s.host) == nil && s.port != 0 {
		m.Name = s.host
	}
	return m
}

// vacant tells the line of an upstream without members.
func (s server) vacant() bool { return s.name == noMember && s.down }

// members are those of a variant, in the order of the lines; empty, not nil,
// when it has none.
func (p *plan) members(v variant) []frontdoor.Member {
	members := []frontdoor.Member{}
	if v.upstream == nil {
		host, port := hostPort(p.host(v.value))
		return append(members, server{host: host, port: port}.member())
	}
	for _, s := range p.conf.servers(v.upstream) {
		if !s.vacant() {
			members = append(members, s.member())
		}
	}
	return members
}
