package monitor

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// zone is a DNS with a container network in it.
type zone struct {
	mu    sync.Mutex
	hosts map[string][]string
	names map[string][]string
	err   error
}

func (z *zone) set(hosts map[string][]string, err error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.hosts, z.err = hosts, err
}

func (z *zone) LookupHost(_ context.Context, name string) ([]string, error) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.err != nil {
		return nil, z.err
	}
	if found := z.hosts[name]; found != nil {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z *zone) LookupAddr(_ context.Context, address string) ([]string, error) {
	if found := z.names[address]; found != nil {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
}

func TestANameIsATargetForEachOfItsAddresses(t *testing.T) {
	z := &zone{
		hosts: map[string][]string{"model-api-a": {"10.1.0.4", "10.1.0.3", "10.1.0.9"}},
		names: map[string][]string{"10.1.0.3": {"model-api-a-r1-2.pitwall."}, "10.1.0.4": {"model-api-a-r1-1.pitwall."}},
	}
	n := Named{Job: JobServe, Name: "model-api-a", Port: 8080, Labels: map[string]string{"deployment": "model-api", "variant": "A"}}
	got, err := n.resolve(t.Context(), z)
	if err != nil {
		t.Fatal(err)
	}
	target := func(address, replica string) Target {
		return Target{Job: JobServe, Address: address, Labels: map[string]string{"deployment": "model-api", "variant": "A", "replica": replica}}
	}
	want := []Target{target("10.1.0.9:8080", "10.1.0.9"), target("10.1.0.4:8080", "model-api-a-r1-1"), target("10.1.0.3:8080", "model-api-a-r1-2")}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("targets %v, want %v", got, want)
	}
	n.Name = "gone"
	if got, err := n.resolve(t.Context(), z); err != nil || len(got) > 0 {
		t.Errorf("a name without an address: %v, %v", got, err)
	}
}

func TestFollowsTheNames(t *testing.T) {
	m := startTest(t, Config{}, "groups: []")
	g := newGateway(t)
	host, port, err := net.SplitHostPort(g.address)
	if err != nil {
		t.Fatal(err)
	}
	names, err := ParseNamed([]byte(`[{"job": "gateway", "name": "door", "port": ` + port + `, "labels": {"deployment": "model-api"}}]`))
	if err != nil {
		t.Fatal(err)
	}
	z := &zone{hosts: map[string][]string{"door": {host}}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		m.Follow(ctx, names, 20*time.Millisecond, z)
		close(ended)
	}()
	defer func() {
		stop()
		<-ended
	}()
	up := func() bool { return query(t, m, `up{deployment="model-api"}`, "job")[JobGateway] == "1" }
	eventually(t, "the name is scraped", up)
	z.set(nil, errors.New("the DNS is away"))
	time.Sleep(3 * every)
	if !up() {
		t.Error("a failed lookup took the target away")
	}
	z.set(nil, nil)
	eventually(t, "a name without an address is not scraped", func() bool { return len(query(t, m, "up", "job")) == 0 })
}

func TestTargetsFile(t *testing.T) {
	text, err := FormatNamed([]Named{{Job: JobServe, Name: "a", Port: 8080, Labels: map[string]string{"variant": "A"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseNamed(text)
	if err != nil || len(got) != 1 || got[0].Name != "a" || got[0].Labels["variant"] != "A" {
		t.Errorf("read back %v, %v", got, err)
	}
	for text, want := range map[string]string{
		"- {job: serve, name: a}":               "needs a name and a port",
		"- {job: other, name: a, port: 1}":      "use serve, gateway or pitwall",
		"- {job: serve, name: a, prot: 8080}":   "field prot not found",
		"job: serve":                            "want a list",
		"- {job: serve, name: a, port: 123456}": "want a list",
	} {
		if _, err := ParseNamed([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestExposedListensAnywhere(t *testing.T) {
	s, err := listen("0.0.0.0:0", true, slog.New(slog.DiscardHandler))
	if err == nil {
		s.stop()
	} else {
		t.Error(err)
	}
	for host, want := range map[string]bool{"pitwall-monitor:7590": true, "172.18.0.2:7590": true, "[fd00::2]:1": true,
		"evil.test:7590": false, "evil.test": false, "": false} {
		if got := private(host); got != want {
			t.Errorf("host %q is private: %v", host, got)
		}
	}
}
