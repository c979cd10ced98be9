package nginx

import (
	"os"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

var someTime = time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)

// oneMemberEach gives every variant of a split one member on loopback.
func oneMemberEach(s backends.Split) map[string][]frontdoor.Member {
	members := map[string][]frontdoor.Member{}
	for i, name := range s.Names() {
		members[name] = []frontdoor.Member{{Name: "churn-" + name, Host: "127.0.0.1", Port: uint16(9000 + i)}}
	}
	return members
}

func TestGenerated(t *testing.T) {
	s := backends.Split{"A": 70, "B": 30, "C": 0}
	got, err := Generate(Options{Deployment: "churn", Salt: "exp1:", Split: s, Members: oneMemberEach(s), By: "alice@laptop", At: someTime})
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/generated.conf", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile("testdata/generated.conf")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the generated configuration changed:\n%s", got)
	}
}
