package haproxy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

const sample = `global
    stats socket ipv4@*:9999
    stats socket "/run/haproxy/admin.sock" mode 600 level admin # the runtime API
    master-worker
defaults web
    mode http
    default-server check inter 2s weight 10
frontend in
    bind :8080
    default_backend churn
backend other
    server x 10.0.0.9:80
backend churn
    balance roundrobin
    # pitwall: variant A
	server one churn-a-1:8080   weight 70  # keep me
    server two 10.0.0.2:8080 disabled
    server three 10.0.0.3:8080 weight 30 # pitwall: variant B
    server spare 10.0.0.4:8080 backup
`

func TestFind(t *testing.T) {
	b, err := find(parse(sample), "churn", "")
	if err != nil {
		t.Fatal(err)
	}
	if b.mode != "http" || b.sticky != "" || b.static() || len(b.servers) != 4 {
		t.Errorf("backend %+v", b)
	}
	for i, want := range []server{{name: "one", host: "churn-a-1", variant: "A", weight: 70}, {name: "two", host: "10.0.0.2", variant: "A", weight: 10}, {name: "three", host: "10.0.0.3", variant: "B", weight: 30}} {
		got := b.servers[i]
		if got.name != want.name || got.host != want.host || got.port != 8080 || got.variant != want.variant || got.weight != want.weight {
			t.Errorf("server %+v, want %+v", got, want)
		}
	}
	s := sockets(b.conf)
	if len(s) != 2 || s[0] != (socket{path: "/run/haproxy/admin.sock", admin: true}) || s[1] != (socket{port: "9999"}) {
		t.Errorf("sockets %+v", s)
	}
	if _, err := find(parse("backend a\n server x 1.1.1.1:1\nbackend b\n server y 1.1.1.1:1\n"), "churn", ""); err == nil || !strings.Contains(err.Error(), "# pitwall: deployment churn") {
		t.Errorf("no clear backend: %v", err)
	}
}

func TestVariantOf(t *testing.T) {
	for name, want := range map[string]string{"a-1": "A", "churn-b-r2-1": "B", "churn_a_3": "A", "e-commerce-a-1": "A", "b": "B", "web1": "", "churn-z-1": ""} {
		if got := variantOf(name, "churn"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestStatic(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "balance roundrobin": false, "balance static-rr": true, "balance random(2)": false, "balance source": true,
		"balance hdr(X-User-Id)": true, "balance hdr(X-User-Id)\n hash-type consistent": false, "balance leastconn": false,
	} {
		c := parse("backend churn\n " + text + "\n server a-1 1.1.1.1:1\n")
		if b := readBackend(c, c.sections[0], "churn"); b.static() != want {
			t.Errorf("%q: static %v", text, b.static())
		}
	}
}

func TestWeigh(t *testing.T) {
	for _, c := range []struct {
		split  backends.Split
		counts map[string]int
		want   string
		exact  bool
	}{
		{backends.Split{"A": 70, "B": 30}, map[string]int{"A": 1, "B": 1}, "A70 B30", true},
		{backends.Split{"A": 70, "B": 30}, map[string]int{"A": 3, "B": 1}, "A7 B9", true},
		{backends.Split{"A": 50, "B": 50}, map[string]int{"A": 3, "B": 1}, "A1 B3", true},
		{backends.Split{"A": 100, "B": 0}, map[string]int{"A": 2, "B": 1}, "A50 B0", true},
		{backends.Split{"A": 99.99, "B": 0.01}, map[string]int{"A": 1, "B": 1}, "A256 B1", false},
		{backends.Split{"A": 66.67, "B": 33.33}, map[string]int{"A": 2, "B": 3}, "", false},
		{backends.Split{"A": 60, "B": 30, "C": 10}, map[string]int{"A": 2, "B": 1, "C": 1}, "A30 B30 C10", true},
	} {
		weights, achieved := weigh(c.split, c.counts)
		got := ""
		for _, name := range c.split.Names() {
			got += fmt.Sprintf(" %s%d", name, weights[name])
		}
		if got = strings.TrimSpace(got); c.want != "" && got != c.want || achieved.Equal(c.split) != c.exact && c.want != "" {
			t.Errorf("%s over %v: %s which is %s, want %s", c.split, c.counts, got, achieved, c.want)
		}
		if d := deviation(c.split, c.counts, weights); d > 0.4 || c.want == "" && d > 0.05 {
			t.Errorf("%s over %v misses by %.3f", c.split, c.counts, d)
		}
		if achieved.Validate(achieved.Names()) != nil {
			t.Errorf("achieved %v is no split", achieved)
		}
	}
}

// viewOf is a door that runs exactly what its file says.
func viewOf(text string) (*view, error) {
	b, err := find(parse(text), "churn", "")
	if err != nil {
		return nil, err
	}
	v := &view{path: "/haproxy.cfg", backend: b, running: running{version: "2.6.12", major: 2, minor: 6}}
	for _, s := range b.servers {
		l := live{name: s.name, addr: s.host, port: s.port, weight: min(max(s.weight, 0), 256), backup: s.has("backup")}
		if !isAddress(s.host) {
			l.addr, l.fqdn = "10.9.9.9", s.host
		}
		if s.has("disabled") {
			l.admin = 5
		}
		v.running.servers = append(v.running.servers, l)
	}
	return v, nil
}

func TestPlanEditsOnlyServerLines(t *testing.T) {
	v, err := viewOf(sample)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	d := New(nil, container("x"), Options{Deployment: "churn", Now: func() time.Time { return at }})
	want := frontdoor.Want{By: "alice@laptop", Split: backends.Split{"A": 50, "B": 50}, Members: map[string][]frontdoor.Member{
		"A": {{Name: "churn-a-1", Host: "10.9.9.9", Port: 8080}, {Name: "two", Host: "10.0.0.7", Port: 8080}},
		"B": {{Name: "churn-b-r2-1", Host: "10.0.0.8", Port: 8080}},
	}}
	p, err := d.plan(v, want)
	if err != nil {
		t.Fatal(err)
	}
	expected := strings.NewReplacer(
		"    # pitwall: variant A\n", "\t# pitwall: split A=50 B=50 by alice@laptop at 2026-11-24T03:00:00Z\n    # pitwall: variant A\n",
		"weight 70  # keep me", "weight 25  # keep me",
		"server two 10.0.0.2:8080 disabled", "server two 10.0.0.7:8080 weight 25",
		"    server three 10.0.0.3:8080 weight 30 # pitwall: variant B\n", "    server churn-b-r2-1 10.0.0.8:8080 weight 50\n",
	).Replace(sample)
	if p.text != expected {
		t.Errorf("the file becomes\n%s\nwant\n%s", p.text, expected)
	}
	commands := strings.Join(slices.Concat(p.add, p.raise, p.lower), "\n")
	if wanted := `add server churn/churn-b-r2-1 10.0.0.8:8080 weight 50 check inter 2s
set server churn/two addr 10.0.0.7 port 8080
set server churn/two weight 25
set server churn/two state ready
enable health churn/churn-b-r2-1
set server churn/churn-b-r2-1 state ready
set server churn/one weight 25`; commands != wanted {
		t.Errorf("commands\n%s\nwant\n%s", commands, wanted)
	}
	if !slices.Equal(p.remove, []string{"three"}) {
		t.Errorf("remove %q", p.remove)
	}
}

func TestPlanRefuses(t *testing.T) {
	v, err := viewOf(sample)
	if err != nil {
		t.Fatal(err)
	}
	d := New(nil, container("x"), Options{Deployment: "churn"})
	a := frontdoor.Member{Name: "a", Host: "10.0.0.1", Port: 1}
	for want, w := range map[string]frontdoor.Want{
		"sum to 90":                {Split: backends.Split{"A": 90}, Members: map[string][]frontdoor.Member{"A": {a}}},
		"no member":                {Split: backends.Split{"A": 90, "B": 10}, Members: map[string][]frontdoor.Member{"A": {a}}},
		"cannot be the name":       {Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {{Name: "a;shutdown", Host: "10.0.0.1", Port: 1}}}},
		"no usable address":        {Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {{Name: "a", Host: "10.0.0.1\nx", Port: 1}}}},
		"wanted twice":             {Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {a, a}}},
		"belongs to variant B, no": {Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {{Name: "three", Host: "10.0.0.3", Port: 8080}}}},
	} {
		if _, err := d.plan(v, w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// FuzzEdit gives foreign files to the parser and to a plan: every byte that is
// not of a server line or of the remark has to stay.
func FuzzEdit(f *testing.F) {
	f.Add(sample, uint8(30))
	f.Add("backend churn\r\n\tserver a-1 1.1.1.1:80 weight\r\n server b-1 h:1 weight \"3\" #x", uint8(0))
	f.Add("backend churn\n server a 'b' \\\n # pitwall: split A=70 B=30 by x\n server b a:1", uint8(100))
	f.Fuzz(func(t *testing.T, text string, percent uint8) {
		c := parse(text)
		joined := ""
		for _, l := range c.lines {
			joined += text[l.start:l.end]
		}
		if joined != text {
			t.Fatalf("lines of %q are %q", text, joined)
		}
		sockets(c)
		v, err := viewOf(text)
		if err != nil {
			return
		}
		b := float64(percent % 101)
		d := New(nil, container("x"), Options{Deployment: "churn"})
		d.notes(v, backends.Split{"A": 100}, backends.Split{"A": 100}, d.apart(v))
		d.split(v)
		p, err := d.plan(v, frontdoor.Want{Split: backends.Split{"A": 100 - b, "B": b}, Members: map[string][]frontdoor.Member{
			"A": {{Name: "a-1", Host: "10.0.0.1", Port: 80}}, "B": {{Name: "churn-b-r2-1", Host: "10.0.0.2", Port: 80}, {Name: "b-2", Host: "b-2", Port: 80, Draining: true}},
		}})
		if err != nil {
			return
		}
		if got, want := foreign(p.text), foreign(text); got != want {
			t.Fatalf("the foreign lines were %q and became %q", want, got)
		}
	})
}

// foreign gives the lines that pitwall does not own.
func foreign(text string) string {
	c := parse(text)
	var all []string
	in := false
	for i, l := range c.lines {
		for _, s := range c.sections {
			if s.first == i {
				in = true
			}
		}
		line := strings.TrimRight(text[l.start:l.end], "\r\n")
		if l.keyword() == "server" && in || strings.HasPrefix(l.remark(), "split ") || strings.TrimSpace(line) == "" {
			continue
		}
		all = append(all, line)
	}
	return strings.Join(all, "\n")
}

func FuzzReadRunning(f *testing.F) {
	f.Add("Name: HAProxy\nVersion: 2.6.12\nPid: 3\n\n1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight\n3 churn 1 a-1 127.0.0.1 2 0 70\n\n# pxname,svname,scur,stot\nchurn,a-1,0,4\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := readRunning(text)
		if err != nil {
			return
		}
		for _, s := range r.servers {
			if s.name == "" || s.weight < 0 || s.weight > maxWeight {
				t.Errorf("server %+v", s)
			}
		}
		complaints(text)
	})
}

func TestTallyKeepsDeletedServers(t *testing.T) {
	var ta tally
	c := func(n uint64) frontdoor.Count { return frontdoor.Count{Requests: n} }
	ta.add("1", map[string]counted{"a-1": {"A", c(100)}, "a-2": {"A", c(50)}})
	if got := ta.add("1", map[string]counted{"a-2": {"A", c(60)}}); got["A"].Requests != 160 {
		t.Errorf("after a deletion %v", got)
	}
	if got := ta.add("1", map[string]counted{"a-2": {"A", c(5)}}); got["A"].Requests != 165 {
		t.Errorf("after a server of the same name was made anew %v", got)
	}
	if got := ta.add("2", map[string]counted{"a-2": {"A", c(5)}}); got["A"].Requests != 5 {
		t.Errorf("after a restart %v", got)
	}
}
