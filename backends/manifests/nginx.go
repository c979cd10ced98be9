package manifests

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tufanbarisyildirim/gonginx/config"
	"github.com/tufanbarisyildirim/gonginx/parser"
)

// nginxFile judges a configuration of nginx.
func nginxFile(r *report, data []byte) {
	text := semicolons(r, data)
	c, err := nginxTree(text)
	if err != nil {
		r.add("any/unreadable", errorLine(err), err.Error())
		return
	}
	n := nginxReport{report: r, lines: strings.Split(string(data), "\n"), upstreams: map[string]config.IDirective{}, values: map[string][]nginxValue{}}
	n.declared(c.Block)
	n.unknown(c.Block)
	n.judge(c.Block, nil)
	n.defaults(c.Block)
}

// nginxTree parses; the parser panics on some of what is no configuration.
func nginxTree(data []byte) (c *config.Config, err error) {
	defer func() {
		if p := recover(); p != nil {
			c, err = nil, fmt.Errorf("it is no configuration of nginx: %v", p)
		}
	}()
	return parser.NewStringParser(string(data), parser.WithSkipIncludeParsingErr(), parser.WithSkipValidDirectivesErr()).Parse()
}

type nginxValue struct {
	name string
	line int
}

type nginxReport struct {
	*report
	lines     []string
	upstreams map[string]config.IDirective
	values    map[string][]nginxValue // of variables that split_clients and map set
	hidden    bool                    // server_tokens off
	modules   bool                    // modules are loaded
	resolver  bool                    // names are looked up while it runs
}

// line is where a directive begins: the parser tells of a block where it ends.
func (n *nginxReport) line(d config.IDirective) int {
	last := d.GetLine()
	if d.GetBlock() == nil || last > len(n.lines) {
		return last
	}
	for _, x := range children(d) {
		last = min(last, n.line(x))
	}
	for i := last; i > 0; i-- {
		if strings.HasPrefix(strings.TrimSpace(n.lines[i-1]), d.GetName()) {
			return i
		}
	}
	return last
}

func args(d config.IDirective) []string {
	list := make([]string, 0, len(d.GetParameters()))
	for _, p := range d.GetParameters() {
		list = append(list, p.GetValue())
	}
	return list
}

func arg(d config.IDirective, i int) string {
	if list := args(d); i < len(list) {
		return list[i]
	}
	return ""
}

func children(d config.IDirective) []config.IDirective {
	if d.GetBlock() == nil {
		return nil
	}
	return d.GetBlock().GetDirectives()
}

// declared gathers upstreams and what variables can be.
func (n *nginxReport) declared(b config.IBlock) {
	for _, d := range b.GetDirectives() {
		switch d.GetName() {
		case "upstream":
			n.upstreams[arg(d, 0)] = d
		case "split_clients", "map":
			for _, x := range children(d) {
				if list := args(x); len(list) > 0 {
					n.values[arg(d, 1)] = append(n.values[arg(d, 1)], nginxValue{list[len(list)-1], x.GetLine()})
				}
			}
		case "load_module":
			n.modules = true
		case "resolver":
			n.resolver = true
		case "server_tokens":
			n.hidden = n.hidden || arg(d, 0) == "off"
		}
		if d.GetBlock() != nil {
			n.declared(d.GetBlock())
		}
	}
}

func (n *nginxReport) judge(b config.IBlock, around []config.IDirective) {
	n.siblings(b)
	for _, d := range b.GetDirectives() {
		n.exposure(d)
		switch d.GetName() {
		case "split_clients":
			n.split(d)
		case "upstream":
			n.upstream(d)
		case "proxy_pass":
			n.pass(d, append(around, b.GetDirectives()...))
		case "proxy_next_upstream":
			for _, a := range args(d) {
				if a == "non_idempotent" {
					n.add("nginx/retry-post", n.line(d), "requests that change something are sent again")
				}
			}
		case "stub_status":
			n.status(d, b)
		case "server":
			n.certificate(d, append(around, b.GetDirectives()...))
		}
		if d.GetBlock() != nil {
			n.judge(d.GetBlock(), append(around, b.GetDirectives()...))
		}
	}
}

func (n *nginxReport) split(d config.IDirective) {
	sum, rest := 0.0, false
	for _, x := range children(d) {
		share := x.GetName()
		if share == "*" {
			rest = true
			continue
		}
		p, err := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
		switch {
		case err != nil || !strings.HasSuffix(share, "%"):
			n.add("nginx/split-sum", x.GetLine(), fmt.Sprintf("%q is no share: write 25%%", share))
		case p == 0:
			n.add("nginx/split-empty", x.GetLine(), "a share of 0 %")
		}
		sum += p
	}
	if sum > 100 {
		n.add("nginx/split-sum", n.line(d), fmt.Sprintf("the shares sum to %g %%", sum))
	}
	if !rest && sum == 100 {
		n.add("nginx/split-last", n.line(d), "no share is *")
	}
	if !rest && sum < 100 {
		n.add("nginx/split-rest", n.line(d), fmt.Sprintf("%g %% of the requests have no variant", 100-sum))
	}
}

func (n *nginxReport) upstream(d config.IDirective) {
	servers := 0
	for _, x := range children(d) {
		if x.GetName() == "server" {
			servers++
		}
	}
	if u, ok := d.(*config.Upstream); ok {
		servers = max(servers, len(u.UpstreamServers))
	}
	if servers < 2 && !n.said(d) {
		n.add("nginx/one-server", n.line(d), fmt.Sprintf("upstream %s has %d server", arg(d, 0), servers))
	}
}

// saysWhy is the comment in an upstream that says why one server is enough, as
// where its name stands for several.
var saysWhy = regexp.MustCompile(`#\s*one is enough: \S`)

func (n *nginxReport) said(d config.IDirective) bool {
	from, to := n.line(d), min(d.GetLine(), len(n.lines))
	return from > 0 && from <= to && slices.ContainsFunc(n.lines[from-1:to], saysWhy.MatchString)
}

// pass judges where requests are sent, and how.
func (n *nginxReport) pass(d config.IDirective, around []config.IDirective) {
	_, target, _ := strings.Cut(arg(d, 0), "://")
	host, _, _ := strings.Cut(target, "/")
	if name, ok := strings.CutPrefix(host, "$"); ok {
		for _, v := range n.values["$"+name] {
			if n.upstreams[v.name] == nil && !n.resolver && !strings.ContainsAny(v.name, ".:$") {
				n.add("nginx/no-upstream", v.line, "there is no upstream "+v.name)
			}
		}
	} else if n.upstreams[host] == nil && len(n.upstreams) > 0 && !n.near.hosts[host] && !strings.ContainsAny(host, ".:$") && host != "" && host != "localhost" {
		n.add("nginx/host-name", n.line(d), "there is no upstream "+host+", and no service of that name in this directory")
	}
	has := map[string]string{}
	for _, x := range around {
		has[x.GetName()] += " " + strings.Join(args(x), " ")
	}
	if has["proxy_read_timeout"] == "" && strings.Contains(arg(d, 0), "://") { // else it is a stream, with no answer to wait for
		n.add("nginx/read-timeout", n.line(d), "a prediction may take 60 s")
	}
	for name, u := range n.upstreams {
		used := name == host
		for _, v := range n.values[host] {
			used = used || v.name == name
		}
		if used && keepsAlive(u) && !(strings.Contains(has["proxy_http_version"], "1.1") && strings.Contains(has["proxy_set_header"], "Connection")) {
			n.add("nginx/keepalive", n.line(d), "upstream "+name+" has keepalive, and the requests are HTTP/1.0")
		}
	}
}

func keepsAlive(u config.IDirective) bool {
	for _, x := range children(u) {
		if x.GetName() == "keepalive" {
			return true
		}
	}
	return false
}

func (n *nginxReport) status(d config.IDirective, b config.IBlock) {
	for _, x := range b.GetDirectives() {
		if x.GetName() == "deny" && arg(x, 0) == "all" {
			return
		}
	}
	n.add("nginx/status-public", n.line(d), "stub_status is open to everybody")
}

// defaults judges what nobody said.
func (n *nginxReport) defaults(b config.IBlock) {
	for _, d := range b.GetDirectives() {
		if d.GetName() == "http" && !n.hidden {
			n.add("nginx/tokens", n.line(d), "the version of nginx is told in every answer")
		}
	}
}
