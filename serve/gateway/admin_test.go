package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func newAdmin(t *testing.T, g *Gateway) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(g.Admin(testToken))
	t.Cleanup(s.Close)
	return s
}

func TestClientRoundTrip(t *testing.T) {
	a, b := newBackend(t, "a-1", nil), newBackend(t, "b-1", nil)
	g, _ := newGateway(t)
	admin := newAdmin(t, g)
	c := NewClient(admin.Listener.Addr().String(), testToken)
	defer c.Close()
	s, err := c.State(t.Context())
	if err != nil || s.Generation != 0 || s.Deployment != "model-api" {
		t.Fatalf("first state %+v, %v", s, err)
	}
	s.Variants = []Variant{side("A", 70.25, a), side("B", 29.75, b)}
	after, err := c.SetState(t.Context(), s, 0)
	if err != nil || after.Generation != 1 || after.Variants[1].Weight != 29.75 || !after.Variants[1].Backends[0].Up {
		t.Fatalf("state %+v, %v", after, err)
	}
	var conflict *ConflictError
	if _, err = c.SetState(t.Context(), s, 0); !errors.As(err, &conflict) || conflict.Current.Generation != 1 || len(conflict.Current.Variants) != 2 {
		t.Errorf("second change from generation 0: %v, want a conflict that carries generation 1", err)
	}
	s.Variants[0].Weight = 99
	if _, err = c.SetState(t.Context(), s, 1); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "sum to 128.75") {
		t.Errorf("weights that do not sum: %v", err)
	}
	if _, err := NewClient(admin.Listener.Addr().String(), "wrong").State(t.Context()); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("wrong token: %v", err)
	}
	if got := g.State().Generation; got != 1 {
		t.Errorf("generation %d after refused changes, want 1", got)
	}
}

func TestStateValidate(t *testing.T) {
	backend := func(addr string) []Backend { return []Backend{{Addr: addr, Name: "x"}} }
	for _, c := range []struct {
		name  string
		state State
		want  string
	}{
		{"no variants", State{}, "sum to 0.00"},
		{"weight without backend", State{Variants: []Variant{{Name: "A", Weight: 100}}}, "no backend"},
		{"weight on draining only", State{Variants: []Variant{{Name: "A", Weight: 100, Backends: []Backend{{Addr: "127.0.0.1:1", Draining: true}}}}}, "no backend"},
		{"three decimals", State{Variants: []Variant{{Name: "A", Weight: 99.999, Backends: backend("127.0.0.1:1")}}}, "two decimals"},
		{"no port", State{Variants: []Variant{{Name: "A", Weight: 100, Backends: backend("127.0.0.1")}}}, "host:port"},
		{"port 0", State{Variants: []Variant{{Name: "A", Weight: 100, Backends: backend("127.0.0.1:0")}}}, "1 to 65535"},
		{"same backend twice", State{Variants: []Variant{{Name: "A", Weight: 100, Backends: backend("127.0.0.1:1")}, {Name: "B", Backends: backend("127.0.0.1:1")}}}, "twice"},
		{"control character", State{Salt: "a\x1b[31m", Variants: []Variant{{Name: "A", Weight: 100, Backends: backend("127.0.0.1:1")}}}, "control characters"},
		{"not UTF-8", State{Variants: []Variant{{Name: "A", Version: "\xff", Weight: 100, Backends: backend("127.0.0.1:1")}}}, "UTF-8"},
		{"odd name", State{Variants: []Variant{{Name: "canary", Weight: 100, Backends: backend("127.0.0.1:1")}}}, "no place"},
	} {
		if err := c.state.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestAdminRefuses(t *testing.T) {
	g, _ := newGateway(t)
	admin := newAdmin(t, g)
	valid := http.Header{"Authorization": {"Bearer " + testToken}}
	with := func(pairs ...string) http.Header {
		h := valid.Clone()
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, c := range []struct {
		name, method, path, host, body string
		header                         http.Header
		want                           int
	}{
		{"reads", "GET", "/v1/state", "", "", valid, 200},
		{"reads by name", "GET", "/v1/state", "localhost:99", "", valid, 200},
		{"metrics need no token", "GET", "/metrics", "[::1]:99", "", nil, 200},
		{"no token", "GET", "/v1/state", "", "", nil, 401},
		{"token without scheme", "GET", "/v1/state", "", "", http.Header{"Authorization": {testToken}}, 401},
		{"empty token", "GET", "/v1/state", "", "", http.Header{"Authorization": {"Bearer "}}, 401},
		{"rebound name", "GET", "/v1/state", "evil.example:80", "", valid, 403},
		{"rebound name on metrics", "GET", "/metrics", "evil.example", "", nil, 403},
		{"web page", "PUT", "/v1/state", "", "{}", with("Origin", "http://evil.example", "If-Match", `"0"`), 403},
		{"no If-Match", "PUT", "/v1/state", "", "{}", valid, 428},
		{"any", "PUT", "/v1/state", "", "{}", with("If-Match", "*"), 428},
		{"unquoted", "PUT", "/v1/state", "", "{}", with("If-Match", "0"), 428},
		{"old generation", "PUT", "/v1/state", "", `{"variants":[]}`, with("If-Match", `"5"`), 412},
		{"not JSON", "PUT", "/v1/state", "", "weights", with("If-Match", `"0"`), 400},
		{"unknown field", "PUT", "/v1/state", "", `{"wieghts":1}`, with("If-Match", `"0"`), 400},
		{"two values", "PUT", "/v1/state", "", `{} {}`, with("If-Match", `"0"`), 400},
		{"other deployment", "PUT", "/v1/state", "", `{"deployment":"x"}`, with("If-Match", `"0"`), 400},
		{"too large", "PUT", "/v1/state", "", strings.Repeat(" ", maxStateBytes+1), with("If-Match", `"0"`), 413},
		{"other method", "DELETE", "/v1/state", "", "", valid, 405},
		{"other path", "GET", "/", "", "", valid, 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, admin.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if req.Host = c.host; c.header != nil {
			req.Header = c.header
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.want {
			t.Errorf("%s: status %d (%.100s), want %d", c.name, resp.StatusCode, body, c.want)
		}
	}
	if g.State().Generation != 0 {
		t.Error("a refused request changed the state")
	}
}

func TestMetrics(t *testing.T) {
	a, b := newBackend(t, "a-1", nil), newBackend(t, "b-1", nil)
	g, addr := newGateway(t, side("A", 75, a), side("B", 25, b))
	for user := range 40 {
		post(t, "http://"+addr+"/predict", fmt.Sprint("user", user), "{}")
	}
	resp, err := http.Get(newAdmin(t, g).URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	counted := g.State().Variants
	for _, want := range []string{
		fmt.Sprintf(`gateway_requests_total{code="200",deployment="model-api",variant="A",version="1.0.A"} %d`, counted[0].Requests),
		fmt.Sprintf(`gateway_requests_total{code="200",deployment="model-api",variant="B",version="1.0.B"} %d`, 40-counted[0].Requests),
		`gateway_request_duration_seconds_bucket{deployment="model-api",variant="A",version="1.0.A",le="2.5"}`,
		`gateway_in_flight{deployment="model-api",variant="A"} 0`,
		`gateway_split_weight{deployment="model-api",variant="B"} 25`,
		`gateway_backend_up{backend="` + a.addr + `",deployment="model-api",variant="A"} 1`,
		`gateway_retries_total{deployment="model-api",variant="B"} 0`,
		`gateway_split_generation{deployment="model-api"} 1`,
		"go_goroutines ", "process_cpu_seconds_total ",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

func TestReadToken(t *testing.T) {
	for _, c := range []struct {
		text string
		mode os.FileMode
		want string // part of the error, "" for none
	}{
		{testToken + "\n", 0o600, ""},
		{testToken, 0o400, ""},
		{testToken, 0o640, "chmod 600"},
		{testToken, 0o604, "chmod 600"},
		{"short", 0o600, "at least 16"},
		{testToken + "\n" + testToken, 0o600, "plain characters"},
	} {
		path := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := ReadToken(path)
		if c.want == "" && (err != nil || got != testToken) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("token %q mode %v: %q, %v", c.text, c.mode, got, err)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	good := Config{Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", Deployment: "d", TokenFile: "/nonexistent/token"}
	for want, change := range map[string]func(*Config){
		"admin token":     func(*Config) {},
		"not on loopback": func(c *Config) { c.AdminListen = "0.0.0.0:9000" },
		"use 127.0.0.1":   func(c *Config) { c.AdminListen = ":9000" },
		"not host:port":   func(c *Config) { c.AdminListen = "9000" },
		"deployment name": func(c *Config) { c.Deployment = "" },
		"cookie:NAME":     func(c *Config) { c.KeyHeader = "X User" },
	} {
		c := good
		change(&c)
		if err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run error %v, want one with %q", err, want)
		}
	}
}

func FuzzParseState(f *testing.F) {
	f.Add([]byte(`{"deployment":"d","generation":7,"salt":"s","variants":[{"name":"A","version":"1.0.0","weight":100,"requests":1,"errors":0,"backends":[{"addr":"127.0.0.1:4001","name":"a-1","up":true,"draining":false,"in_flight":0}]}]}`))
	f.Add([]byte(`{"variants":[{"name":"B","weight":1e300}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ParseState(data)
		if err != nil || s.Validate() != nil {
			return
		}
		if _, err := s.table(); err != nil {
			t.Errorf("a valid state has no layout: %v", err)
		}
	})
}
