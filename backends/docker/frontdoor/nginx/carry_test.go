package nginx

import (
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/frontdoor"
)

// TestCarry: what a change wrote is found again in a configuration that is
// written anew, byte for byte, and the rest is the new one's.
func TestCarry(t *testing.T) {
	fresh := func(s backends.Split) []byte {
		text, err := Generate(Options{Deployment: "churn", Split: s, By: "init", At: time.Unix(0, 0), Members: map[string][]frontdoor.Member{"A": {{Host: "a", Port: 80}}, "B": {{Host: "b", Port: 80}}}})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	changed := func(text []byte, s backends.Split) []byte {
		p, err := alone(text)
		if err != nil {
			t.Fatal(err)
		}
		done, err := p.edit(frontdoor.Want{Split: s, By: "ann@laptop"}, time.Date(2026, 3, 1, 12, 0, 0, 5e6, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(done.texts[soleFile])
	}
	first := fresh(backends.Split{"A": 90, "B": 10})
	if _, ok := Carry(first, first, "init"); ok {
		t.Error("what its own author wrote is carried")
	}
	for _, s := range []backends.Split{{"A": 70, "B": 30}, {"A": 100, "B": 0}, {"A": 0, "B": 100}, {"A": 12.5, "B": 87.5}, {"A": 90, "B": 10}} {
		live := changed(first, s)
		if got, ok := Carry(first, live, "init"); !ok || string(got) != string(live) {
			t.Errorf("%v: %t, it is\n%s", s, ok, got)
		}
		other := []byte(strings.Replace(string(first), "16m", "32m", 1))
		if got, ok := Carry(other, live, "init"); !ok || string(got) != strings.Replace(string(live), "16m", "32m", 1) {
			t.Errorf("%v with something else: %t, it is\n%s", s, ok, got)
		}
	}
	for _, from := range []string{"", "{", "events {}", string(changed(fresh(backends.Split{"A": 90, "B": 5, "C": 5}), backends.Split{"A": 50, "B": 25, "C": 25}))} {
		if got, ok := Carry(first, []byte(from), "init"); ok {
			t.Errorf("of %q it carries\n%s", from, got)
		}
	}
}
