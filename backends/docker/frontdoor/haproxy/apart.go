package haproxy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// most bounds the differences that are told.
const most = 4

// apart compares the file with the running process, nil when a start from the
// file would give the same.
func (d *Door) apart(v *view) *frontdoor.Apart {
	file, now := v.backend.startSplit(), d.splitNow(v)
	splits := fmt.Sprintf("the file says %s and HAProxy does %s", file, now)
	if v.backend.fixed { // what its templates and conditions give is not known
		if file.Equal(now) || len(v.backend.servers) == 0 {
			return nil
		}
		return &frontdoor.Apart{Text: splits, Unkept: v.unkept.Error()}
	}
	var said, weights []string
	edited := !v.backend.asTold()
	for _, l := range v.members() {
		s, inFile := v.backend.server(l.name)
		if !inFile {
			said = append(said, l.name+" is not in the file and gets requests")
			continue
		}
		said = append(said, s.moved(l)...)
		switch weight, byHand := s.weighed(l, v.backend.weighedByAgent(s)); {
		case byHand:
			said, edited = append(said, weight), true
		case weight != "":
			weights = append(weights, weight)
		}
	}
	for _, s := range v.backend.servers {
		if !s.has("backup") && !slices.ContainsFunc(v.running.servers, func(l live) bool { return l.name == s.name }) {
			said, edited = append(said, s.name+" is in the file only"), true
		}
	}
	if len(weights) > 0 && !file.Equal(now) { // which says more than the weights that make it
		weights = []string{splits}
	}
	if said = append(weights, said...); said == nil {
		return nil
	}
	if more := len(said) - most; more > 0 {
		said = append(said[:most], fmt.Sprintf("and %d more", more))
	}
	a := &frontdoor.Apart{Text: strings.Join(said, "; "), Behind: !edited && v.unkept == nil}
	if v.unkept != nil {
		a.Unkept = v.unkept.Error()
	}
	return a
}

func (d *Door) splitNow(v *view) backends.Split {
	_, achieved := d.split(v)
	return achieved
}

// weighed tells how the weight of a server's line differs from that of the
// running server, and whether somebody's own hand is in it: a server that was
// taken out over the runtime API is to come back.
func (s server) weighed(l live, agent bool) (said string, byHand bool) {
	file, now := s.startWeight(), l.weight
	if !l.takes() {
		now = 0
	}
	if agent || file == now {
		return "", false
	}
	return fmt.Sprintf("%s has weight %d in the file and %d in HAProxy", s.name, file, now), !l.takes() || s.has("disabled")
}

// moved tells how the address of a server's line differs from that of the
// running server. A name is looked up at a start.
func (s server) moved(l live) []string {
	if !isAddress(s.host) || l.addr == "" || sameAddress(s.host, l.addr) && (s.port == 0 || s.port == l.port) {
		return nil
	}
	return []string{fmt.Sprintf("%s is at %s in the file and at %s in HAProxy", s.name, joinAddress(s.host, s.port), joinAddress(l.addr, l.port))}
}

func sameAddress(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	return err == nil && err2 == nil && x.Unmap() == y.Unmap()
}

// startWeight is what a start from the file gives a server to take.
func (s server) startWeight() int {
	if s.has("disabled") {
		return 0
	}
	return s.weight
}

// asTold reports whether the weights of the file are those that its remark
// gives, as a change of pitwall leaves them.
func (b *backend) asTold() bool {
	if b.told == nil {
		return false
	}
	counts := map[string]int{}
	for _, s := range b.servers {
		if !s.has("backup") && s.startWeight() > 0 {
			counts[s.variant]++
		}
	}
	best, _ := weigh(b.told, counts)
	return !slices.ContainsFunc(b.servers, func(s server) bool {
		return !s.has("backup") && s.startWeight() > 0 && s.startWeight() != best[s.variant]
	})
}

// weighedByAgent reports whether something else than pitwall sets the weight
// while it runs.
func (b *backend) weighedByAgent(s server) bool {
	return s.has("agent-check") || slices.Contains(b.defaults, "agent-check")
}
