package nginx

import (
	"strings"
	"testing"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// TestOwnersCommentsSurviveARollout replaces every replica as a rollout does:
// one comes, then one goes.
func TestOwnersCommentsSurviveARollout(t *testing.T) {
	const conf = `http {
  split_clients "$request_id" $v { 70% m-a; * m-b; }
  upstream m-a {
    server churn-a:8080;    # compose name
    server 10.9.0.2:8080 weight=2; # the big box
  }
  upstream m-b { server 10.9.1.1:8080; }
  server { location / { proxy_pass http://$v; } }
}
`
	p := mustFind(t, "x.conf", func(string) (string, error) { return conf, nil })
	member := func(name, host string) frontdoor.Member { return frontdoor.Member{Name: name, Host: host, Port: 8080} }
	old1, old2, new1, new2 := member("a-1", "10.9.0.1"), member("a-2", "10.9.0.2"), member("a-r2-1", "10.9.0.3"), member("a-r2-2", "10.9.0.4")
	tell := func(members ...frontdoor.Member) {
		t.Helper()
		p = after(t, p, frontdoor.Want{Split: backends.Split{"A": 70, "B": 30}, Members: map[string][]frontdoor.Member{"A": members}})
		for _, comment := range []string{"# compose name", "# the big box"} {
			if n := strings.Count(text(p), comment); n != 1 {
				t.Errorf("%q is there %d times:\n%s", comment, n, text(p))
			}
		}
	}
	tell(old1, old2, new1)
	tell(old2, new1)
	tell(old2, new1, new2)
	tell(new1, new2)
	for _, line := range []string{"server 10.9.0.3:8080; # pitwall: a-r2-1    # compose name\n", "server 10.9.0.4:8080 weight=2; # pitwall: a-r2-2 # the big box\n"} {
		if !strings.Contains(text(p), line) {
			t.Errorf("lacks %q:\n%s", line, text(p))
		}
	}
	p = after(t, p, frontdoor.Want{Split: backends.Split{"A": 70, "B": 30}, Members: map[string][]frontdoor.Member{"A": {new1}}})
	if got := text(p); !strings.Contains(got, "\n    # the big box\n") || !strings.Contains(got, "r2-1    # compose name\n") {
		t.Errorf("of a line that nobody follows:\n%s", got)
	}
}
