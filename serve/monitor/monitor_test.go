package monitor

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestScrapesWhatItIsTold(t *testing.T) {
	one, two := newGateway(t), newGateway(t)
	m := startTest(t, Config{}, "groups: []")
	replica := Target{Job: JobServe, Address: two.address,
		Labels: map[string]string{"deployment": "model-api", "variant": "B", "version": "1.1.0", "replica": "model-api-b-1"}}
	m.SetTargets([]Target{one.target(), replica, {Job: "other", Address: "127.0.0.1:1"}})
	eventually(t, "both targets are up", func() bool {
		up := query(t, m, "up", "job")
		return len(up) == 2 && up[JobGateway] == "1" && up[JobServe] == "1"
	})
	if got := query(t, m, `up{job="serve"}`, "instance"); got["model-api-b-1"] != "1" {
		t.Errorf("instance of a replica: %v, want its name", got)
	}
	// Its own labels win, and both kinds of histogram are stored.
	if got := query(t, m, `gateway_requests_total{job="gateway"}`, "variant"); got["A"] != "1" {
		t.Errorf("requests by variant: %v", got)
	}
	if got := query(t, m, `histogram_count(gateway_request_duration_seconds{job="gateway"})`, "variant"); got["A"] != "1" {
		t.Errorf("native histogram: %v", got)
	}
	if got := query(t, m, `gateway_request_duration_seconds_bucket{job="gateway",le="0.1"}`, "variant"); got["A"] != "1" {
		t.Errorf("classic histogram: %v", got)
	}

	m.SetTargets([]Target{one.target()})
	eventually(t, "the removed target is gone", func() bool { return len(query(t, m, "up", "job")) == 1 })
}

func TestAReplicaOnAnotherPortContinuesItsSeries(t *testing.T) {
	m := startTest(t, Config{}, "groups: []")
	for range 3 {
		g := newGateway(t)
		m.SetTargets([]Target{{Job: JobServe, Address: g.address, Labels: map[string]string{"replica": "a-1"}}})
		want := "http://" + g.address + "/metrics"
		eventually(t, "the new port is scraped", func() bool {
			_, body := get(t, m.Handler(), "/api/v1/targets")
			return strings.Contains(body, want) && strings.Contains(body, `"health":"up"`)
		})
	}
	eventually(t, "one series is left", func() bool {
		return len(query(t, m, `up{job="serve"}`, "instance")) == 1
	})
	if got := query(t, m, `count(count by (instance) (count_over_time(up{job="serve"}[1m])))`, ""); got[""] != "1" {
		t.Errorf("%s series in a minute, want 1", got[""])
	}
}

func TestTheDirectoryIsHeldAndKept(t *testing.T) {
	dir := t.TempDir()
	g := newGateway(t)
	g.add(41)
	first := startTest(t, Config{Dir: dir}, "groups: []")
	first.SetTargets([]Target{g.target()})
	eventually(t, "the counter is stored", func() bool {
		return query(t, first, "gateway_requests_total", "variant")["A"] == "42"
	})

	_, err := Start(t.Context(), Config{Dir: dir})
	var used *InUseError
	if !errors.As(err, &used) || used.Dir != dir || !strings.Contains(err.Error(), "in use by another pitwall") {
		t.Fatalf("second start in the same directory: %v", err)
	}

	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := startTest(t, Config{Dir: dir}, "groups: []")
	if got := query(t, second, "gateway_requests_total", "variant"); got["A"] != "42" {
		t.Errorf("after the restart: %v", got)
	}
}

// TestKilledProcessLosesNothing runs this test binary as the process to kill.
func TestKilledProcessLosesNothing(t *testing.T) {
	if dir := os.Getenv("MONITOR_TEST_DIR"); dir != "" {
		m := startTest(t, Config{Dir: dir}, "groups: []")
		m.SetTargets([]Target{{Job: JobGateway, Address: os.Getenv("MONITOR_TEST_TARGET")}})
		eventually(t, "the counter is stored", func() bool {
			return query(t, m, "gateway_requests_total", "variant")["A"] != ""
		})
		if err := os.WriteFile(dir+".stored", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute) // until it is killed
		return
	}
	dir := t.TempDir() + "/monitor"
	g := newGateway(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcessLosesNothing$")
	child.Env = append(os.Environ(), "MONITOR_TEST_DIR="+dir, "MONITOR_TEST_TARGET="+g.address)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the child stored a sample", func() bool {
		_, err := os.Stat(dir + ".stored")
		return err == nil
	})
	_ = child.Process.Kill() // SIGKILL
	_ = child.Wait()         // reports the kill
	m := startTest(t, Config{Dir: dir}, "groups: []")
	if got := query(t, m, "gateway_requests_total", "variant"); got["A"] != "1" {
		t.Errorf("after kill -9: %v", got)
	}
}

func TestStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	m, err := Start(ctx, Config{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	eventually(t, "the directory is free again", func() bool {
		again, err := Start(t.Context(), Config{Dir: dir})
		return err == nil && again.Close() == nil
	})
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for listen, want := range map[string]string{
		"0.0.0.0:0":           "is not loopback",
		":0":                  "is not loopback",
		"192.0.2.1:9090":      "is not loopback",
		"example.test:9090":   "is not loopback",
		"127.0.0.1":           "write HOST:PORT",
		taken.Addr().String(): "port of the metrics is taken",
	} {
		if _, err := Start(t.Context(), Config{Dir: t.TempDir(), Listen: listen}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("listen on %q: %v, want %q", listen, err, want)
		}
	}
}

func TestOffersThePort(t *testing.T) {
	m := startTest(t, Config{Listen: "127.0.0.1:0"}, "groups: []")
	request := func(host string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL()+"/api/v1/query?query=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		if host != "" {
			r.Host = host
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	for host, want := range map[string]int{"": 200, "localhost:7490": 200, "[::1]:7490": 200, "evil.test:7490": 403, "evil.test": 403} {
		if got := request(host); got != want {
			t.Errorf("request for host %q: %d, want %d", host, got, want)
		}
	}
}
