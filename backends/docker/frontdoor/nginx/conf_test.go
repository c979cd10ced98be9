package nginx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// userFiles are configurations as their owners write them.
var userFiles = []string{"compose.conf", "crlf.conf", "three.conf", "zero.conf", "oneline.conf", "include/nginx.conf", "generated.conf"}

// onDisk reads a configuration below testdata, whose path in the container is
// its own below /.
func onDisk(t testing.TB, name string) *plan {
	t.Helper()
	return mustFind(t, name, func(p string) (string, error) {
		text, err := os.ReadFile(filepath.Join("testdata", p))
		return string(text), err
	})
}

func mustFind(t testing.TB, name string, read func(string) (string, error)) *plan {
	t.Helper()
	conf, err := load("/"+name, source{read: read, list: listTestdata})
	if err != nil {
		t.Fatal(err)
	}
	p, err := find(conf)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func listTestdata(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join("testdata", dir))
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// after reads the configuration again as an edit made it.
func after(t testing.TB, p *plan, want frontdoor.Want) *plan {
	t.Helper()
	done, err := p.edit(want, someTime)
	if err != nil {
		t.Fatal(err)
	}
	conf, err := p.conf.with(done.texts)
	if err != nil {
		t.Fatal(err)
	}
	again, err := find(conf)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func text(p *plan) string {
	var b strings.Builder
	for _, f := range p.conf.files {
		b.WriteString(f.text)
	}
	return b.String()
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, split, members, key, note string }{
		{"compose.conf", "A=70 B=30", "A[churn-a=churn-a:8080] B[churn-b=churn-b:8080]", "${remote_addr}${http_user_agent}", "only its User-Agent tells it apart"},
		{"crlf.conf", "A=70 B=30", "A[127.0.0.1:9001] B[127.0.0.1:9002]", "${remote_addr}${http_user_agent}", "may lose 2-5 requests per change"},
		{"three.conf", "A=80 B=15.5 C=4.5", "A[stable-1=10.0.0.1:8080 stable-2=10.0.0.2:8080 10.0.0.9:8080] B[beta-1=10.0.1.1:8080] C[gamma-1=10.0.2.1:8080]", "spring:$cookie_uid", "loses no request, as keepalive_timeout is 0"},
		{"three.conf", "A=80 B=15.5 C=4.5", "", "spring:$cookie_uid", "requests without $cookie_uid are dealt anew"},
		{"zero.conf", "A=100 B=0 C=0", "A[127.0.0.1:9001] B[] C[127.0.0.1:9003]", "$http_x_user_id", "all requests without $http_x_user_id go to A"},
		{"include/nginx.conf", "A=90 B=10", "A[127.0.0.1:9001 127.0.0.1:9002] B[127.0.0.1:9003]", "$remote_addr", "so all of them go to one side"},
		{"oneline.conf", "A=25 B=75", "A[127.0.0.1:9001] B[127.0.0.1:9002 127.0.0.1:9003]", "", "one is taken as A, two is taken as B"},
		{"generated.conf", "A=70 B=30 C=0", "", "exp1:$http_x_user_id", "requests without $http_x_user_id are dealt anew"},
	} {
		c := onDisk(t, test.name).view()
		if got := c.Split.String(); got != test.split {
			t.Errorf("%s: split %s, want %s", test.name, got, test.split)
		}
		if got := memberText(c.Members); test.members != "" && got != test.members {
			t.Errorf("%s: members %s\nwant %s", test.name, got, test.members)
		}
		if c.Key != test.key {
			t.Errorf("%s: key %q, want %q", test.name, c.Key, test.key)
		}
		if !strings.Contains(strings.Join(c.Notes, "\n"), test.note) {
			t.Errorf("%s: the notes lack %q:\n%s", test.name, test.note, strings.Join(c.Notes, "\n"))
		}
	}
}

func memberText(members map[string][]frontdoor.Member) string {
	var all []string
	for _, name := range backends.Split(zeroes(members)).Names() {
		var list []string
		for _, m := range members[name] {
			word := address(m)
			if m.Name != "" {
				word = m.Name + "=" + word
			}
			if m.Draining {
				word += "!"
			}
			list = append(list, word)
		}
		all = append(all, fmt.Sprintf("%s%v", name, list))
	}
	return strings.Join(all, " ")
}

func zeroes(members map[string][]frontdoor.Member) map[string]float64 {
	s := map[string]float64{}
	for name := range members {
		s[name] = 0
	}
	return s
}

// TestWeightsComeBack sets every file to all sorts of weights and back: the
// split reads as it was set, and in the end only the remark of the change is
// new.
func TestWeightsComeBack(t *testing.T) {
	for _, name := range userFiles {
		p := onDisk(t, name)
		original := p.configured()
		for _, want := range []backends.Split{{"A": 100, "B": 0}, {"A": 0, "B": 100}, {"A": 99.99, "B": 0.01}, {"A": 50, "B": 50}, original} {
			p = after(t, p, frontdoor.Want{Split: want, By: "alice@laptop"})
			if got := p.configured(); !got.Equal(want) {
				t.Errorf("%s: set %s, reads %s:\n%s", name, want, got, text(p))
			}
		}
		if name == "oneline.conf" {
			continue // its one line had to be broken
		}
		for _, f := range p.conf.files {
			was, err := os.ReadFile(filepath.Join("testdata", f.path))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := withoutChanges(f.text), withoutChanges(string(was)); got != want {
				t.Errorf("%s did not come back:\n%s", f.path, got)
			}
		}
	}
}

// withoutChanges leaves the lines out that every change writes anew.
func withoutChanges(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, " at 2026-") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestGoldenEdits(t *testing.T) {
	members := map[string][]frontdoor.Member{
		"A": {{Name: "r2-1", Host: "10.9.0.1", Port: 8080}, {Name: "r2-2", Host: "10.9.0.2", Port: 8080, Draining: true}, {Name: "r2-3", Host: "fd00::3", Port: 8080}},
		"B": {},
	}
	for _, name := range userFiles {
		p := onDisk(t, name)
		p = after(t, p, frontdoor.Want{Split: backends.Split{"A": 100, "B": 0}, Members: members, By: "eve\n; } evil $x"})
		if got, want := memberText(p.view().Members), "A[r2-1=10.9.0.1:8080 r2-2=10.9.0.2:8080! r2-3=[fd00::3]:8080] B[]"; !strings.HasPrefix(got, want) {
			t.Errorf("%s: members %s", name, got)
		}
		golden := filepath.Join("testdata", "edited", strings.ReplaceAll(name, "/", "-"))
		if os.Getenv("UPDATE") != "" {
			if err := errors.Join(os.MkdirAll(path.Dir(golden), 0o755), os.WriteFile(golden, []byte(text(p)), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if name == "crlf.conf" && strings.Count(text(p), "\n") != strings.Count(text(p), "\r\n") {
			t.Error("lines end in different ways")
		}
		if text(p) != string(want) {
			t.Errorf("%s is edited to:\n%s", name, text(p))
		}
	}
}

// TestMembersThatStay leaves a user's lines alone.
func TestMembersThatStay(t *testing.T) {
	p := onDisk(t, "compose.conf")
	c := p.view()
	again := after(t, p, frontdoor.Want{Split: c.Split, Members: c.Members})
	if withoutChanges(text(p)) != withoutChanges(text(again)) {
		t.Errorf("changed without need:\n%s", text(again))
	}
}

// TestNameOfAReplacementIsWritten: an address that another container got is its
// now, and nothing else of the line changes.
func TestNameOfAReplacementIsWritten(t *testing.T) {
	before := after(t, onDisk(t, "compose.conf"), frontdoor.Want{Split: backends.Split{"A": 70, "B": 30},
		Members: map[string][]frontdoor.Member{"A": {{Name: "r1-1", Host: "10.9.0.1", Port: 8080}}}})
	now := after(t, before, frontdoor.Want{Split: backends.Split{"A": 70, "B": 30},
		Members: map[string][]frontdoor.Member{"A": {{Name: "r2-1", Host: "10.9.0.1", Port: 8080}}}})
	if got, want := withoutChanges(text(now)), strings.ReplaceAll(withoutChanges(text(before)), "# pitwall: r1-1", "# pitwall: r2-1"); got != want || !strings.Contains(got, "r2-1") {
		t.Errorf("it is edited to:\n%s", got)
	}
}

func TestUnreadable(t *testing.T) {
	const passes = "server { location / { proxy_pass http://$v; } }"
	for name, test := range map[string][2]string{ // http block, part of the error
		"none":        {"server {}", "no split_clients block"},
		"unused":      {"split_clients $a $v { * x; }", "no proxy_pass uses $v"},
		"empty":       {"split_clients $a $v { }" + passes, "block is empty"},
		"zero":        {"split_clients $a $v { 0% x; * y; }" + passes, `2: invalid percent value "0%"`},
		"decimals":    {"split_clients $a $v { 0.001% x; * y; }" + passes, "invalid percent value"},
		"sum":         {"split_clients $a $v { 60% x; 60% y; }" + passes, "more than 100"},
		"words":       {"split_clients $a $v { 60% x y; }" + passes, "a percentage and a value"},
		"two":         {"split_clients $a $v { * x; } split_clients $a $w { * x; }" + passes + strings.ReplaceAll(passes, "$v", "$w"), "requests follow 2 splits"},
		"six":         {"split_clients $a $v { 1% u; 1% v; 1% w; 1% x; 1% y; * z; }" + passes, "more than 5 sides"},
		"marked":      {"# pitwall: variant A\nupstream x {}\n# pitwall: variant A\nupstream y {}\nsplit_clients $a $v { 1% x; * y; }" + passes, "two upstreams are marked as variant A"},
		"open":        {"split_clients {", `ends before a ";" or "}"`},
		"quote":       {`log_format "x`, "does not end"},
		"after quote": {`log_format "x"y;`, "after a quoted text"},
		"lua":         {"content_by_lua_block { x = {} }", "does not read Lua blocks"},
		"deep":        {strings.Repeat("a {", 70), "blocks within blocks"},
		"close":       {"} }", `unexpected "}"`},
		"end":         {";", `unexpected ";"`},
	} {
		conf, err := load("/c", source{read: func(string) (string, error) { return "http {\n" + test[0] + " }", nil }})
		if err == nil {
			_, err = find(conf)
		}
		if err == nil || !strings.Contains(err.Error(), test[1]) {
			t.Errorf("%s: %v, want %q", name, err, test[1])
		}
	}
}

func TestRejectedWants(t *testing.T) {
	for name, test := range map[string]struct {
		want frontdoor.Want
		part string
	}{
		"sum":     {frontdoor.Want{Split: backends.Split{"A": 70, "B": 20}}, "sum to 90"},
		"unknown": {frontdoor.Want{Split: backends.Split{"A": 70, "E": 30}}, `no variant "E"`},
		"host":    {frontdoor.Want{Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {{Host: "x; }", Port: 1}}}}, "not an address"},
		"port":    {frontdoor.Want{Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {{Host: "x"}}}}, "has no port"},
	} {
		_, err := onDisk(t, "compose.conf").edit(test.want, someTime)
		var rejected *frontdoor.RejectedError
		if !errors.As(err, &rejected) || !strings.Contains(rejected.Text, test.part) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIncludesThatCannotBeRead(t *testing.T) {
	conf, err := load("/c", source{
		read: func(name string) (string, error) {
			if name != "/c" {
				return "", fs.ErrNotExist
			}
			return "http { include gone.conf; include /*/x; }", nil
		},
	})
	if err != nil || len(conf.unread) != 2 {
		t.Fatalf("%v, unread %q", err, conf.unread)
	}
	if _, err := find(conf); err == nil || !strings.Contains(err.Error(), "include gone.conf is not read") {
		t.Errorf("the error does not tell where the split may be: %v", err)
	}
}

func TestIncludesWithoutEnd(t *testing.T) {
	for name, read := range map[string]func(string) (string, error){
		"itself": func(string) (string, error) { return "include c;", nil },
		"deeper": func(name string) (string, error) { return "include " + name + "x;", nil },
		"wider":  func(name string) (string, error) { return strings.Repeat("include "+name+"x;", 10), nil },
		"circle": func(name string) (string, error) {
			return map[string]string{"/c": "include d;", "/d": "include e;include e;", "/e": "include d;"}[name], nil
		},
	} {
		_, err := load("/c", source{read: read})
		if err == nil || !strings.Contains(err.Error(), "without end") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSmallEdits(t *testing.T) {
	p := onDisk(t, "compose.conf")
	p = after(t, p, frontdoor.Want{Split: backends.Split{"A": 55.5, "B": 44.5}, By: "alice@laptop"})
	lines := slices.Collect(strings.Lines(text(p)))
	for _, want := range []string{
		"    # pitwall: A=55.5 B=44.5 by alice@laptop at 2026-03-01T12:00:00.123Z\n",
		"    55.5%     churn-a;  # the good old one\n", "    *       churn-b;\n",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("lacks %q:\n%s", want, text(p))
		}
	}
}
