package haproxy

import (
	"net"
	"slices"
	"strings"

	"pitwall/backends/docker/engine"
)

// socket is where the runtime API listens, by a "stats socket" line.
type socket struct {
	path  string // of a unix socket in the container, or
	host  string // of a TCP one: "" is every address
	port  string
	admin bool // takes changes
}

func (s socket) String() string {
	if s.path != "" {
		return s.path
	}
	return net.JoinHostPort(s.host, s.port)
}

// sockets lists the runtime APIs of a configuration, those that take changes
// first.
func sockets(c conf) []socket {
	var all []socket
	for _, section := range c.sections {
		if section.kind != "global" {
			continue
		}
		for _, l := range c.in(section) {
			if l.keyword() == "stats" && l.arg(1) == "socket" && len(l.words) > 2 {
				if s, ok := readSocket(l.arg(2)); ok {
					i := slices.Index(l.after(3), "level")
					s.admin = i >= 0 && l.arg(3+i+1) == "admin"
					all = append(all, s)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b socket) int {
		switch {
		case a.admin == b.admin:
			return 0
		case a.admin:
			return -1
		}
		return 1
	})
	return all
}

func readSocket(address string) (socket, bool) {
	kind, rest, prefixed := strings.Cut(address, "@")
	if !prefixed {
		kind, rest = "", address
	}
	if kind == "unix" || kind == "" && strings.HasPrefix(rest, "/") {
		return socket{path: rest}, strings.HasPrefix(rest, "/")
	}
	if kind != "" && kind != "ipv4" && kind != "ipv6" {
		return socket{}, false // fd@, abns@, sockpair@
	}
	i := strings.LastIndexByte(rest, ':')
	if i < 0 {
		return socket{}, false
	}
	host := strings.Trim(rest[:i], "[]")
	if host == "*" || host == "0.0.0.0" || host == "::" {
		host = ""
	}
	return socket{host: host, port: rest[i+1:]}, true
}

// inside is how the container itself reaches the socket.
func (s socket) inside() (network, address string) {
	if s.path != "" {
		return "unix", s.path
	}
	host := s.host
	if host == "" {
		host = "127.0.0.1"
	}
	return "tcp", net.JoinHostPort(host, s.port)
}

// here gives the path on this machine of a path in the container, "" when it
// is on none of its mounts.
func here(mounts []engine.Mount, path string) (hostPath string, whole bool) {
	best := engine.Mount{}
	for _, m := range mounts {
		inside := path == m.Destination || strings.HasPrefix(path, strings.TrimSuffix(m.Destination, "/")+"/")
		if inside && m.Source != "" && m.Type != "tmpfs" && len(m.Destination) > len(best.Destination) {
			best = m
		}
	}
	if best.Source == "" {
		return "", false
	}
	return best.Source + strings.TrimPrefix(path, strings.TrimSuffix(best.Destination, "/")), path == best.Destination
}
