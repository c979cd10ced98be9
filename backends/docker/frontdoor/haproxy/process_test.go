package haproxy

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
)

func container(name string, mounts ...engine.Mount) engine.Container {
	return engine.Container{ID: "c1", Name: name, Command: []string{"haproxy", "-W"}, Mounts: mounts}
}

// hosted is a real HAProxy on this machine with its door.
type hosted struct {
	door    *Door
	machine *doortest.Machine
	cfg     string
	url     string
}

// start runs HAProxy as master and worker with the given backend section.
func start(t *testing.T, backend string) *hosted {
	t.Helper()
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		binary = "/usr/sbin/haproxy" // Debian keeps it off a user's PATH
		if _, err := os.Stat(binary); err != nil {
			t.Skip("haproxy is not installed: the test with a real one is skipped")
		}
	}
	dir, err := os.MkdirTemp("", "haproxy") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	addr := doortest.FreeAddr(t)
	h := &hosted{cfg: filepath.Join(dir, "haproxy.cfg"), url: "http://" + addr + "/predict"}
	text := fmt.Sprintf(`global
    stats socket %s mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 1s
    timeout client 20s
    timeout server 20s
    default-server check inter 500ms fall 2 rise 1
frontend in
    bind %s
    default_backend churn
%s`, filepath.Join(dir, "admin.sock"), addr, backend)
	if err := os.WriteFile(h.cfg, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cmd := exec.Command(binary, "-W", "-db", "-f", h.cfg)
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		cmd.Wait()
		if t.Failed() {
			t.Logf("haproxy said:\n%s", log.String())
		}
	})
	h.machine = &doortest.Machine{Programs: map[string]string{"haproxy": binary}, PID: cmd.Process.Pid}
	c := container("churn-door", engine.Mount{Type: "bind", Source: dir, Destination: dir})
	h.door = New(h.machine, c, Options{Deployment: "churn", Config: h.cfg})
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := h.door.Read(t.Context()); err == nil {
			return h
		} else if time.Now().After(deadline) {
			t.Fatalf("HAProxy does not answer: %v", err)
		}
	}
}

func (h *hosted) read(t *testing.T) frontdoor.Config {
	t.Helper()
	c, err := h.door.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (h *hosted) set(t *testing.T, w frontdoor.Want) {
	t.Helper()
	if err := h.door.Set(t.Context(), w, h.read(t).Hash); err != nil {
		t.Fatal(err)
	}
}

func want(a, b float64, as, bs []frontdoor.Member) frontdoor.Want {
	return frontdoor.Want{Split: backends.Split{"A": a, "B": b}, Members: map[string][]frontdoor.Member{"A": as, "B": bs}, By: "alice@laptop"}
}

func servers(balance string, members ...frontdoor.Member) string {
	text := "backend churn\n    balance " + balance + "\n"
	for _, m := range members {
		text += fmt.Sprintf("    server %s %s\n", m.Name, joinAddress(m.Host, m.Port))
	}
	return text
}

func TestTwentyChangesUnderLoad(t *testing.T) {
	a, b := doortest.Replica(t, "churn-a-1", "A", nil), doortest.Replica(t, "churn-b-1", "B", nil)
	as, bs := []frontdoor.Member{a}, []frontdoor.Member{b}
	h := start(t, servers("roundrobin", a, b))
	h.set(t, want(100, 0, as, bs))
	load := doortest.StartLoad(t, h.url, 8, time.Millisecond)
	load.Observed(t, "A", time.Now())
	var observed []time.Duration
	for i := range 20 {
		w := float64((i + 1) % 2 * 100)
		base, begin := h.read(t).Hash, time.Now()
		if err := h.door.Set(t.Context(), want(100-w, w, as, bs), base); err != nil {
			t.Fatal(err)
		}
		observed = append(observed, load.Observed(t, map[bool]string{true: "B", false: "A"}[w == 100], begin).Sub(begin))
	}
	h.set(t, want(70, 30, as, bs))
	if share := load.Share(t, "A", 3000); share < 69 || share > 71 {
		t.Errorf("A got %.2f %% at 70", share)
	}
	answers, failures := load.Stop()
	counts := h.read(t).Counts
	if total := counts["A"].Requests + counts["B"].Requests; total != uint64(answers) || counts["A"].Errors+counts["B"].Errors > 0 {
		t.Errorf("%d answers, HAProxy counted %+v", answers, counts)
	}
	doortest.Report(t, "HAProxy 2.6 (process)", 22, answers, failures, observed)
}

func TestMembersComeDrainAndGo(t *testing.T) {
	a1, b1 := doortest.Replica(t, "churn-a-1", "A", nil), doortest.Replica(t, "churn-b-1", "B", nil)
	a2, b2 := doortest.Replica(t, "churn-a-r2-1", "A", nil), doortest.Replica(t, "churn-b-r2-1", "B", nil)
	bs := []frontdoor.Member{b1}
	h := start(t, servers("roundrobin", a1, b1))
	load := doortest.StartLoad(t, h.url, 8, time.Millisecond)
	load.Observed(t, "A", time.Now())
	before := h.read(t)
	h.set(t, want(70, 30, []frontdoor.Member{a1, a2}, bs))
	if c := h.read(t); c.Split.String() != "A=70 B=30" || len(c.Members["A"]) != 2 || c.Members["A"][1] != a2 || c.Hash == before.Hash {
		t.Errorf("after a member came: %+v", c)
	}
	if err := h.door.Set(t.Context(), want(50, 50, []frontdoor.Member{a1}, bs), before.Hash); err != frontdoor.ErrChanged {
		t.Errorf("a change of an old reading: %v", err)
	}
	draining := a1
	draining.Draining = true
	h.set(t, want(70, 30, []frontdoor.Member{draining, a2}, bs))
	if c := h.read(t); !c.Members["A"][0].Draining || c.Split.String() != "A=70 B=30" {
		t.Errorf("while it drains: %+v", c)
	}
	h.set(t, want(70, 30, []frontdoor.Member{a2}, bs))
	h.set(t, want(70, 30, []frontdoor.Member{a2}, []frontdoor.Member{b1, b2}))
	h.set(t, want(70, 30, []frontdoor.Member{a2}, []frontdoor.Member{b2}))
	if share := load.Share(t, "A", 2000); share < 69 || share > 71 {
		t.Errorf("A got %.2f %% at 70", share)
	}
	answers, failures := load.Stop()
	c := h.read(t)
	if len(c.Members["A"]) != 1 || c.Members["A"][0] != a2 || len(c.Members["B"]) != 1 || c.Members["B"][0] != b2 {
		t.Errorf("members %+v, notes %q", c.Members, c.Notes)
	}
	if total := c.Counts["A"].Requests + c.Counts["B"].Requests; total > uint64(answers) || total < uint64(answers)/2 {
		t.Errorf("%d answers, counted %+v", answers, c.Counts)
	}
	doortest.Report(t, "HAProxy 2.6 members (process)", 5, answers, failures, nil)
	h.machine.Kill(t.Context(), "", "SIGUSR2") // a restart gives the same
	time.Sleep(500 * time.Millisecond)
	if again := h.read(t); again.Split.String() != "A=70 B=30" || len(again.Members["A"]) != 1 || again.Members["A"][0] != a2 {
		text, _ := os.ReadFile(h.cfg)
		t.Errorf("after a restart %+v, the file says\n%s", again, text)
	}
}

// TestOpenRequestsAreFinished takes a member out that works on a request.
func TestOpenRequestsAreFinished(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	a1 := doortest.Replica(t, "churn-a-1", "A", func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-release
		io.WriteString(w, "late")
	})
	a2 := doortest.Replica(t, "churn-a-2", "A", nil)
	h := start(t, strings.Replace(servers("roundrobin", a1), "backend churn\n", "backend churn\n    default-server no-check pool-purge-delay 50ms\n", 1))
	h.door.options.RemoveWait = 100 * time.Millisecond
	answer := make(chan string)
	go func() {
		resp, err := http.Get(h.url)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		answer <- string(text)
	}()
	<-begun
	only := frontdoor.Want{Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {a2}}}
	h.set(t, only)
	c := h.read(t)
	if len(c.Members["A"]) != 1 || !strings.Contains(strings.Join(c.Notes, " "), "churn-a-1 gets nothing new (1 requests are open)") {
		t.Errorf("members %+v, notes %q", c.Members, c.Notes)
	}
	close(release)
	if got := <-answer; got != "late" {
		t.Errorf("the open request got %q", got)
	}
	h.door.options.RemoveWait = 5 * time.Second
	h.set(t, only)
	if c := h.read(t); strings.Contains(strings.Join(c.Notes, " "), "churn-a-1") {
		t.Errorf("it is still there: %q", c.Notes)
	}
}

func TestReloadWhereWeightsAreFixed(t *testing.T) {
	a, b := doortest.Replica(t, "churn-a-1", "A", nil), doortest.Replica(t, "churn-b-1", "B", nil)
	h := start(t, servers("static-rr", a, b))
	if c := h.read(t); !strings.Contains(c.Notes[0], "every change is a reload") {
		t.Errorf("notes %q", c.Notes)
	}
	h.set(t, want(80, 20, []frontdoor.Member{a}, []frontdoor.Member{b}))
	if c := h.read(t); c.Split.String() != "A=80 B=20" {
		t.Errorf("read %+v", c)
	}
}

func TestRoundingIsTold(t *testing.T) {
	a, b := doortest.Replica(t, "churn-a-1", "A", nil), doortest.Replica(t, "churn-b-1", "B", nil)
	h := start(t, servers("roundrobin", a, b))
	h.set(t, want(99.9, 0.1, []frontdoor.Member{a}, []frontdoor.Member{b}))
	c := h.read(t)
	if c.Split.String() != "A=99.9 B=0.1" || !strings.Contains(strings.Join(c.Notes, " "), "A=99.61 B=0.39 is the closest") {
		t.Errorf("split %s, notes %q", c.Split, c.Notes)
	}
}

func TestBadFileIsRejected(t *testing.T) {
	a := doortest.Replica(t, "churn-a-1", "A", nil)
	h := start(t, servers("roundrobin", a))
	text, err := os.ReadFile(h.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.cfg, append(text, "    nonsense here\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	only := frontdoor.Want{Split: backends.Split{"A": 100}, Members: map[string][]frontdoor.Member{"A": {a}}}
	if err := h.door.Check(t.Context(), only); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("Check: %v", err)
	}
}

func TestNoWayToTheSocket(t *testing.T) {
	dir := t.TempDir()
	cfg := filepath.Join(dir, "haproxy.cfg")
	for text, want := range map[string]string{
		"backend churn\n server a-1 1.1.1.1:1\n":                                                `add "stats socket /run/haproxy/admin.sock`,
		"global\n stats socket /run/x.sock level admin\nbackend churn\n server a-1 1.1.1.1:1\n": "/run/x.sock is not reached from here",
		"backend churn\n server web1 1.1.1.1:1\n":                                               "stats socket",
	} {
		if err := os.WriteFile(cfg, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		d := New(&doortest.Machine{}, container("door"), Options{Deployment: "churn", Config: cfg})
		if _, err := d.Read(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
