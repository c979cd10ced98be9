package haproxy

import (
	"os"
	"strings"
	"testing"

	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
)

// TestMovedReplicaIsNoRefusal splits when a replica came back at another
// address: HAProxy tells its success in words of its own.
func TestMovedReplicaIsNoRefusal(t *testing.T) {
	a, b := doortest.Replica(t, "churn-a-1", "A", nil), doortest.Replica(t, "churn-b-1", "B", nil)
	h := start(t, servers("roundrobin", a, b))
	h.set(t, want(70, 30, []frontdoor.Member{a}, []frontdoor.Member{b}))
	elsewhere, otherPort := a, b
	elsewhere.Host, otherPort.Port = "127.0.0.2", a.Port
	h.set(t, want(60, 40, []frontdoor.Member{elsewhere}, []frontdoor.Member{otherPort}))
	c := h.read(t)
	if c.Split.String() != "A=60 B=40" || c.Members["A"][0] != elsewhere || c.Members["B"][0] != otherPort || c.Apart != nil {
		t.Errorf("after the change: %+v", c)
	}
	text, err := os.ReadFile(h.cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"split A=60 B=40 by alice", joinAddress("127.0.0.2", a.Port), joinAddress(b.Host, a.Port)} {
		if !strings.Contains(string(text), says) {
			t.Errorf("the file does not say %q:\n%s", says, text)
		}
	}
}

// TestFileThatSaysSomethingElseIsTold: what a restart would bring back is told,
// with whether the file is only behind, or has somebody's own hand in it.
func TestFileThatSaysSomethingElseIsTold(t *testing.T) {
	a, b := doortest.Replica(t, "churn-a-1", "A", nil), doortest.Replica(t, "churn-b-1", "B", nil)
	h := start(t, servers("roundrobin", a, b))
	h.set(t, want(70, 30, []frontdoor.Member{a}, []frontdoor.Member{b}))
	before, err := os.ReadFile(h.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if c := h.read(t); c.Apart != nil {
		t.Errorf("told of a file that says the same: %+v", c.Apart)
	}
	moved := a
	moved.Host = "127.0.0.2"
	last := want(60, 40, []frontdoor.Member{moved}, []frontdoor.Member{b})
	h.set(t, last)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(h.cfg, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(string(before)) // as a write that failed leaves it
	c := h.read(t)
	if c.Apart == nil || !c.Apart.Behind || !strings.Contains(c.Apart.Text, "the file says A=70 B=30 and HAProxy does A=60 B=40") ||
		!strings.Contains(c.Apart.Text, "churn-a-1 is at "+joinAddress(a.Host, a.Port)+" in the file and at "+joinAddress("127.0.0.2", a.Port)) {
		t.Fatalf("of a file that is behind: %+v", c.Apart)
	}
	h.set(t, last)
	if c := h.read(t); c.Apart != nil {
		t.Errorf("written again, it is told: %+v", c.Apart)
	}
	now, err := os.ReadFile(h.cfg)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a weight by hand": strings.Replace(string(now), "weight 60", "weight 10", 1),
		"a server by hand": string(now) + "    server churn-b-9 127.0.0.3:8080 weight 40\n",
	} {
		write(text)
		if c := h.read(t); c.Apart == nil || c.Apart.Behind {
			t.Errorf("%s: %+v", name, c.Apart)
		}
	}
	write(string(now))
	if _, err := h.door.ask(t.Context(), parse(string(now)), "set server churn/churn-b-1 state maint"); err != nil {
		t.Fatal(err)
	}
	if c := h.read(t); c.Apart == nil || c.Apart.Behind || !strings.Contains(c.Apart.Text, "churn-b-1 has weight 40 in the file and 0 in HAProxy") {
		t.Errorf("of a server that somebody took out: %+v", c.Apart)
	}
}

func TestSuccessOfAnAddressIsNoComplaint(t *testing.T) {
	for text, complains := range map[string]bool{
		"IP changed from '10.0.0.1' to '10.0.0.2', no need to change the port by 'stats socket command'":   false,
		"IP changed from '10.0.0.1' to '10.0.0.2', port changed from '1' to '2' by 'stats socket command'": false,
		"no need to change the addr, port changed from '1' to '2' by 'stats socket command'":               false,
		"Invalid addr 'x'": true,
		"IP changed from '10.0.0.1' to '10.0.0.2', port is missing": true,
	} {
		if got := complaints(text + "\n"); (got != "") != complains {
			t.Errorf("%q: complaint %q", text, got)
		}
	}
}
