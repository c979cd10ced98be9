package nginx

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// askLimit is how long the proof location may take to answer.
const askLimit = 500 * time.Millisecond

// served asks the proof location what is being served. ok is false when there
// is none or it does not answer from here.
func (d *Door) served(ctx context.Context, p *plan) (text string, ok bool) {
	for _, address := range d.addresses(p) {
		if text, ok := d.ask(ctx, address, p.serverName()); ok {
			return text, true
		}
	}
	return "", false
}

func (d *Door) ask(ctx context.Context, address, host string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+ProofPath, nil)
	if err != nil {
		return "", false
	}
	req.Host = cmp.Or(host, req.Host)
	resp, err := d.client.Do(req)
	if err != nil {
		return "", false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	return strings.TrimSpace(string(body)), err == nil && resp.StatusCode == http.StatusOK
}

// around gives the server block of the proof location.
func (p *plan) around() *directive {
	var in *directive
	p.conf.each(p.conf.main.top, nil, func(d *directive, around []*directive) {
		if d == p.proof && in == nil {
			if i := slices.IndexFunc(around, func(d *directive) bool { return d.name() == "server" }); i >= 0 {
				in = around[i]
			}
		}
	})
	return in
}

func (p *plan) serverName() string {
	server := p.around()
	if server == nil {
		return ""
	}
	for _, d := range p.conf.children(server) {
		if d.name() == "server_name" && isHostName(d.arg(1)) && d.arg(1) != "_" {
			return d.arg(1)
		}
	}
	return ""
}

// addresses are where the proof location may be reached from this machine: the
// published port, then the container itself.
func (d *Door) addresses(p *plan) []string {
	server := p.around()
	if _, here := d.files.(*HostFiles); !here || server == nil {
		return nil
	}
	var all []string
	for _, listen := range p.conf.children(server) {
		if listen.name() != "listen" || slices.ContainsFunc(listen.words, func(w token) bool { return w.text == "ssl" }) {
			continue
		}
		port := listenPort(listen.arg(1))
		for _, published := range d.container.Ports {
			if published.Container == port && published.Host != 0 && port != 0 {
				all = append(all, net.JoinHostPort(loopback(published.HostIP), strconv.Itoa(int(published.Host))))
			}
		}
		if address := d.container.Address(""); address != "" && port != 0 {
			all = append(all, net.JoinHostPort(address, strconv.Itoa(int(port))))
		}
	}
	return all
}

// listenPort reads a listen directive's port, 0 of a unix socket.
func listenPort(listen string) uint16 {
	if n, err := strconv.ParseUint(listen, 10, 16); err == nil {
		return uint16(n)
	}
	_, port := hostPort(listen)
	return port
}

func loopback(ip string) string {
	switch ip {
	case "", "0.0.0.0":
		return "127.0.0.1"
	case "::":
		return "::1"
	}
	return ip
}

// proofText is what the proof location answers by the files as they were read,
// "" without one.
func (p *plan) proofText() string {
	if p.proof == nil {
		return ""
	}
	return strings.TrimSpace(p.proof.arg(2))
}
