package gateway

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestControlSetsTheFirstStateOnly(t *testing.T) {
	a := newBackend(t, "a", nil)
	line := fmt.Sprintf(`{"state":{"variants":[{"name":"A","version":"1","weight":100,"backends":[{"addr":%q}]}]}}`, a.addr)
	for _, c := range []struct {
		lines string
		want  int64 // generation after them
	}{
		{line, 1},
		{"\n" + line + "\n" + line + "\n", 1},
		{"not JSON\n" + line + "\n", 1},
		{`{"state":{"variants":[]}}`, 0},
		{`{"fault":{"kind":"slow","latency_ms":1}}`, 0},
		{`{"state":{},"fault":{}}`, 0},
		{"", 0},
		{strings.Repeat("x", maxStateBytes+1), 0},
	} {
		g, _ := newGateway(t)
		stopped := false
		g.readControl(t.Context(), strings.NewReader(c.lines), func() { stopped = true })
		if got := g.State().Generation; got != c.want || !stopped {
			t.Errorf("%.80q: generation %d, stopped %v, want %d and a stop", c.lines, got, stopped, c.want)
		}
	}
}

func TestStateFile(t *testing.T) {
	a := newBackend(t, "a", nil)
	good := filepath.Join(t.TempDir(), "state.json")
	text := fmt.Sprintf(`{"variants":[{"name":"A","weight":100,"backends":[{"addr":%q}]}]}`, a.addr)
	if err := os.WriteFile(good, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g, addr := newGateway(t)
	if err := g.loadState(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	if resp, _ := post(t, "http://"+addr+"/predict", "u", "{}"); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	if err := os.WriteFile(good, []byte(strings.Replace(text, "100", "90", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	other, _ := newGateway(t)
	if err := other.loadState(t.Context(), good); err == nil || !strings.Contains(err.Error(), good) || !strings.Contains(err.Error(), "sum to 90") {
		t.Errorf("error %v, want the file and the reason", err)
	}
}

func TestPickTakesTheLeastBusy(t *testing.T) {
	backends := make([]*backend, 4)
	for i := range backends {
		backends[i] = &backend{name: fmt.Sprint(i)}
		backends[i].up.Store(true)
	}
	r := &route{backends: backends}
	counts := make(map[string]int)
	for range 8 { // none is released: they fill evenly
		counts[r.pick(nil).name]++
	}
	for name, n := range counts {
		if n != 2 {
			t.Errorf("backend %s got %d of 8 requests, want 2", name, n)
		}
	}
	backends[0].drain()
	backends[1].up.Store(false)
	for range 4 {
		if b := r.pick(backends[2:3]); b != backends[3] {
			t.Errorf("picked %s, want the one that is up, not draining and not tried", b.name)
		}
	}
	if b := r.pick(backends[2:]); b != nil {
		t.Errorf("picked %s of none", b.name)
	}
}
