package haproxy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// view is everything that was read of a door at one moment.
type view struct {
	path    string // of the file, in the container
	backend *backend
	running running

	hostPath string // of the file on this machine, "" when it cannot be written
	inPlace  bool
	unkept   error // why the file is not kept in step, nil when it is
}

// look reads the file and the running process.
func (d *Door) look(ctx context.Context) (*view, error) {
	path, b, err := d.readConf(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := d.ask(ctx, b.conf, question(b.name))
	if err != nil {
		return nil, err
	}
	v := &view{path: path, backend: b}
	if v.running, err = readRunning(answer); err != nil {
		return nil, &frontdoor.UnreadableError{Kind: frontdoor.HAProxy, Where: d.container.Name, Why: err.Error()}
	}
	if v.hostPath, v.inPlace, v.unkept = d.writable(path, b.conf.text); v.unkept == nil && b.fixed {
		v.unkept = fmt.Errorf("backend %s holds a server-template or conditions", b.name)
	}
	for _, l := range v.running.servers {
		if !l.backup && !v.leftOver(l) && d.variantOf(v, l) == "" {
			return nil, &frontdoor.UnreadableError{Kind: frontdoor.HAProxy, Where: d.container.Name + ":" + path, Why: fmt.Sprintf(
				"server %s of backend %s tells no variant: write \"# pitwall: variant A\" above it or behind it", l.name, b.name)}
		}
	}
	return v, nil
}

// leftOver reports whether a server waits to be deleted: a change took it out
// while it still had connections.
func (v *view) leftOver(l live) bool {
	_, inFile := v.backend.server(l.name)
	return !inFile && l.inMaint()
}

// members lists the servers that are members, in the order of HAProxy.
func (v *view) members() []live {
	var all []live
	for _, l := range v.running.servers {
		if !l.backup && !v.leftOver(l) {
			all = append(all, l)
		}
	}
	return all
}

// variantOf tells the variant of a server, by the file or by its name.
func (d *Door) variantOf(v *view, l live) string {
	if s, ok := v.backend.server(l.name); ok {
		return s.variant
	}
	return variantOf(l.name, d.options.Deployment)
}

// memberOf tells a server in the words of all front doors. draining is so, too,
// what has weight 0 beside others of its variant that have more.
func (d *Door) memberOf(v *view, l live, others bool) frontdoor.Member {
	m := frontdoor.Member{Name: l.name, Host: l.addr, Port: l.port, Draining: !l.takes() || l.weight == 0 && others}
	fqdn := l.fqdn
	if s, ok := v.backend.server(l.name); ok && fqdn == "" && !isAddress(s.host) {
		fqdn = s.host
	}
	if m.Host == "" {
		m.Host = fqdn
	}
	switch known := d.options.Known; {
	case known == nil && fqdn != "", known != nil && !known(l.name) && known(fqdn):
		m.Name = fqdn
	case known != nil && !known(l.name):
		m.Name = "" // its address tells more than a name that is no container's
	}
	return m
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// membersOf lists the members of every variant.
func (d *Door) membersOf(v *view) map[string][]frontdoor.Member {
	weighted := map[string]bool{}
	for _, l := range v.members() {
		if l.takes() && l.weight > 0 {
			weighted[d.variantOf(v, l)] = true
		}
	}
	all := map[string][]frontdoor.Member{}
	for _, l := range v.members() {
		name := d.variantOf(v, l)
		all[name] = append(all[name], d.memberOf(v, l, weighted[name]))
	}
	return all
}

// split gives the configured split and what whole weights make of it. They
// differ when the remark tells what was asked for and the weights are the
// closest to it that there are.
func (d *Door) split(v *view) (configured, achieved backends.Split) {
	sums, counts, weights := map[string]int{}, map[string]int{}, map[string]int{}
	even := true
	for _, l := range v.members() {
		name := d.variantOf(v, l)
		sums[name] += 0
		if !l.takes() || l.weight == 0 {
			continue
		}
		if w, seen := weights[name]; seen && w != l.weight {
			even = false
		}
		sums[name] += l.weight
		counts[name]++
		weights[name] = l.weight
	}
	achieved = percents(sums)
	told := v.backend.told
	if told == nil || !even {
		return achieved, achieved
	}
	best, _ := weigh(told, counts)
	for name := range sums {
		if _, known := told[name]; !known && weights[name] > 0 || best[name] != weights[name] {
			return achieved, achieved
		}
	}
	for name, percent := range told {
		if percent > 0 && counts[name] == 0 {
			return achieved, achieved
		}
	}
	configured = backends.Split{}
	for name := range sums {
		configured[name] = told[name]
	}
	return configured, achieved
}

// hash names what the door does and what its file says. Counters and the health
// of servers are not in it.
func (v *view) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00", v.path, v.backend.conf.text)
	for _, l := range v.running.servers {
		fmt.Fprintf(h, "%s %s %s %d %d %d\x00", l.name, l.addr, l.fqdn, l.port, l.weight, l.admin&(adminMaint|adminDrain))
	}
	return hex.EncodeToString(h.Sum(nil))
}
