package pitgate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
	"pitwall/serve/gateway"
)

// configOf tells a state in the words of all front doors. A gateway that lost
// its state has no split: it has to be told again.
func configOf(s gateway.State) frontdoor.Config {
	c := frontdoor.Config{
		Kind: frontdoor.Gateway, Hash: hashOf(s), Key: s.Key,
		Members: map[string][]frontdoor.Member{}, Unready: map[string]bool{}, Counts: map[string]frontdoor.Count{},
		Versions: map[string]string{},
	}
	if s.Key == "" {
		c.Key = "X-User-Id"
	}
	if len(s.Variants) == 0 {
		c.Notes = append(c.Notes, "The gateway holds no split: it was restarted or never told one, and answers 503 until it is told.")
		return c
	}
	c.Split = backends.Split{}
	for _, v := range s.Variants {
		c.Split[v.Name], c.Versions[v.Name] = v.Weight, v.Version
		c.Counts[v.Name] = frontdoor.Count{Requests: uint64(max(v.Requests, 0)), Errors: uint64(max(v.Errors, 0))}
		for _, b := range v.Backends {
			c.Members[v.Name] = append(c.Members[v.Name], memberOf(b))
			c.Unready[b.Name] = !b.Up
		}
		if v.Weight > 0 && !slices.ContainsFunc(v.Backends, func(b gateway.Backend) bool { return b.Up && !b.Draining }) {
			c.Notes = append(c.Notes, fmt.Sprintf("No backend of variant %s is ready: its users get 503, for nobody is moved to another variant.", v.Name))
		}
	}
	c.Notes = append(c.Notes, "A change takes effect at once and loses no request; each user stays on a variant.")
	if s.Remark != "" {
		c.Notes = append(c.Notes, "Last set by "+s.Remark+".")
	}
	return c
}

func memberOf(b gateway.Backend) frontdoor.Member {
	m := frontdoor.Member{Name: b.Name, Host: b.Addr, Draining: b.Draining}
	if host, port, err := net.SplitHostPort(b.Addr); err == nil {
		n, _ := strconv.ParseUint(port, 10, 16) // validated by the gateway
		m.Host, m.Port = host, uint16(n)
	}
	return m
}

// hashOf names what a gateway does. Every change raises the generation, and a
// process that was restarted counts from 0: its start tells those apart.
func hashOf(s gateway.State) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", s.Generation, s.Started.UnixNano()))
	return hex.EncodeToString(sum[:])
}

// stateOf is the state that does what is wanted. The salt stays, or everyone
// would be reshuffled; a gateway without a state gets the salt of the options.
func (d *Door) stateOf(want frontdoor.Want, now gateway.State) gateway.State {
	s := gateway.State{Deployment: now.Deployment, Salt: now.Salt, Remark: remark(want.By, want.At)}
	if now.Generation == 0 {
		s.Salt = d.options.Salt
	}
	for _, name := range namesOf(want) {
		v := gateway.Variant{Name: name, Weight: want.Split[name], Version: d.versionOf(name, now), Backends: []gateway.Backend{}}
		for _, m := range want.Members[name] {
			addr := net.JoinHostPort(m.Host, strconv.Itoa(int(m.Port)))
			v.Backends = append(v.Backends, gateway.Backend{Addr: addr, Name: m.Name, Draining: m.Draining})
		}
		s.Variants = append(s.Variants, v)
	}
	return s
}

func (d *Door) versionOf(variant string, now gateway.State) string {
	if version := d.options.Versions[variant]; version != "" {
		return version
	}
	for _, v := range now.Variants {
		if v.Name == variant {
			return v.Version
		}
	}
	return ""
}

// namesOf lists the variants with a weight or members, A first.
func namesOf(want frontdoor.Want) []string {
	names := want.Split.Names()
	for name := range want.Members {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// maxRemark is what the gateway keeps, in bytes.
const maxRemark = 256

// remark says who changed the weights and, where it is known, when: "alice@laptop
// 2026-11-24T03:00:00Z". Nothing when nobody did, as at the start of a stack.
func remark(by string, at time.Time) string {
	if by == "" {
		return ""
	}
	stamp := ""
	if !at.IsZero() {
		stamp = " " + at.UTC().Format(time.RFC3339)
	}
	plain := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, by)
	return plain[:min(len(plain), maxRemark-len(stamp))] + stamp
}
