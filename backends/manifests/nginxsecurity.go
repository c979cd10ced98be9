package manifests

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tufanbarisyildirim/gonginx/config"
)

// chosen are variables whose value is what the client says.
var chosen = regexp.MustCompile(`\$\{?(arg_|http_|cookie_|host\b|args\b|query_string\b|uri\b|request_uri\b)`)

// exposure judges a directive for what it opens to strangers.
func (n *nginxReport) exposure(d config.IDirective) {
	switch d.GetName() {
	case "user":
		if arg(d, 0) == "root" {
			n.add("nginx/root", n.line(d), "the workers run as root")
		}
	case "autoindex":
		if arg(d, 0) == "on" {
			n.add("nginx/autoindex", n.line(d), "directories are listed")
		}
	case "ssl_protocols", "proxy_ssl_protocols":
		for _, old := range []string{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"} {
			if slices.Contains(args(d), old) {
				n.add("nginx/old-tls", n.line(d), old+" is broken")
			}
		}
	case "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass":
		target := arg(d, 0)
		if _, rest, ok := strings.Cut(target, "://"); ok {
			target = rest
		}
		if host, _, _ := strings.Cut(target, "/"); chosen.MatchString(host) {
			n.add("nginx/open-proxy", n.line(d), "requests are sent to "+host+", which the client chooses")
		}
	case "location":
		n.alias(d)
	}
}

// alias judges a location of a prefix: what follows it is put behind the alias.
func (n *nginxReport) alias(d config.IDirective) {
	list := args(d)
	if len(list) == 0 || len(list) > 1 && list[0] != "^~" || strings.HasSuffix(list[len(list)-1], "/") {
		return
	}
	for _, x := range children(d) {
		if x.GetName() == "alias" && strings.HasSuffix(arg(x, 0), "/") {
			n.add("nginx/alias", n.line(x), "location "+list[len(list)-1]+" ends without /, and its alias with one")
		}
	}
}

// siblings judges the directives of a block with each other.
func (n *nginxReport) siblings(b config.IBlock) {
	seen := map[string]bool{}
	for _, d := range b.GetDirectives() {
		if d.GetName() != "location" {
			continue
		}
		key := strings.Join(args(d), " ")
		if seen[key] {
			n.add("nginx/location-twice", n.line(d), "location "+key+" stands here twice")
		}
		seen[key] = true
	}
}

// certificate judges a server that speaks TLS; around it may have been said for all.
func (n *nginxReport) certificate(d config.IDirective, around []config.IDirective) {
	speaks, has := 0, false
	for _, x := range children(d) {
		if x.GetName() == "listen" && (slices.Contains(args(x), "ssl") || slices.Contains(args(x), "quic")) && speaks == 0 {
			speaks = n.line(x)
		}
	}
	for _, x := range slices.Concat(children(d), around) {
		switch x.GetName() {
		case "ssl_certificate", "ssl_reject_handshake", "include":
			has = true
		}
	}
	if speaks > 0 && !has {
		n.add("nginx/no-certificate", speaks, "the server speaks TLS and has no certificate")
	}
}
