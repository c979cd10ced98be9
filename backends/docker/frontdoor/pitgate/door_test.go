package pitgate

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
)

// startGateway runs a real `pitwall gateway` at fixed addresses until the test
// ends or stop is called.
func startGateway(t *testing.T, command []string) (stop func()) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	lines := bufio.NewScanner(stderr)
	listening := false
	for !listening && lines.Scan() {
		var line struct{ Msg string }
		listening = json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening"
		if !listening {
			t.Log(lines.Text())
		}
	}
	go func() {
		defer close(exited)
		for lines.Scan() {
		}
		cmd.Wait()
	}()
	stop = func() {
		cmd.Process.Kill()
		<-exited
	}
	t.Cleanup(stop)
	if !listening {
		t.Fatal("the gateway does not listen")
	}
	return stop
}

// hosted is a gateway process with its door.
type hosted struct {
	door    *Door
	machine *doortest.Machine
	url     string
	command []string
	stop    func()
}

func newHosted(t *testing.T) *hosted {
	t.Helper()
	binary := doortest.Pitwall(t)
	addr, admin := doortest.FreeAddr(t), doortest.FreeAddr(t)
	args := []string{"gateway", "--deployment=churn", "--listen", addr, "--admin-listen", admin,
		"--token-file", filepath.Join(t.TempDir(), "token"), "--create-token"}
	h := &hosted{url: "http://" + addr + "/predict", command: append([]string{binary}, args...)}
	h.machine = &doortest.Machine{Programs: map[string]string{"/pitwall": binary}}
	h.stop = startGateway(t, h.command)
	h.door = New(h.machine, engine.Container{ID: "c1", Name: "churn-door", Command: append([]string{"/pitwall"}, args...)}, Options{Salt: "s:"})
	return h
}

func (h *hosted) read(t *testing.T) frontdoor.Config {
	t.Helper()
	c, err := h.door.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var setAt = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

func wantOf(a, b float64, members map[string][]frontdoor.Member) frontdoor.Want {
	return frontdoor.Want{Split: backends.Split{"A": a, "B": b}, Members: members, By: "alice@laptop", At: setAt}
}

func TestDoorOfARealGateway(t *testing.T) {
	h := newHosted(t)
	members := map[string][]frontdoor.Member{
		"A": {doortest.Replica(t, "churn-a-1", "A", nil)}, "B": {doortest.Replica(t, "churn-b-1", "B", nil)},
	}
	empty := h.read(t)
	if empty.Split != nil || len(empty.Notes) != 1 || !strings.Contains(empty.Notes[0], "holds no split") {
		t.Fatalf("a gateway without a state reads as %+v", empty)
	}
	if err := h.door.Set(t.Context(), wantOf(70, 30, members), empty.Hash); err != nil {
		t.Fatal(err)
	}
	c := h.read(t)
	if c.Split.String() != "A=70 B=30" || c.Members["A"][0] != members["A"][0] || c.Key != "X-User-Id" || c.Hash == empty.Hash {
		t.Errorf("read %+v", c)
	}
	if last := c.Notes[len(c.Notes)-1]; last != "Last set by alice@laptop 2026-11-24T03:00:00Z." {
		t.Errorf("notes %q", c.Notes)
	}
	if err := h.door.Set(t.Context(), wantOf(50, 50, members), empty.Hash); !errors.Is(err, frontdoor.ErrChanged) {
		t.Errorf("a change of an old reading: %v", err)
	}
	var rejected *frontdoor.RejectedError
	if err := h.door.Check(t.Context(), wantOf(70, 31, members)); !errors.As(err, &rejected) {
		t.Errorf("weights that do not sum: %v", err)
	}
	if err := h.door.Check(t.Context(), wantOf(70, 30, map[string][]frontdoor.Member{"A": members["A"]})); !errors.As(err, &rejected) {
		t.Errorf("weight without members: %v", err)
	}
	if h.read(t).Hash != c.Hash {
		t.Error("a check changed the gateway")
	}
	h.stop()
	startGateway(t, h.command)
	lost := h.read(t)
	if lost.Split != nil || lost.Hash == empty.Hash {
		t.Errorf("a restarted gateway reads as %+v, as if it were the first one", lost)
	}
	if err := h.door.Set(t.Context(), frontdoor.Want{Split: backends.Split{"A": 70, "B": 30}, Members: members}, lost.Hash); err != nil {
		t.Fatal(err)
	}
	if notes := h.read(t).Notes; slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, "Last set by") }) {
		t.Errorf("nobody set the weights, and it is told: %q", notes)
	}
	if err := h.door.Set(t.Context(), wantOf(70, 30, members), h.read(t).Hash); err != nil {
		t.Fatal(err)
	}
	if again := h.read(t); again.Hash == c.Hash || again.Split.String() != "A=70 B=30" {
		t.Errorf("told again, it reads %+v: the same generation of another process must not look unchanged", again)
	}
}

// TestVersionsAreReadBack: whoever rolls sees that the gateway's metrics carry
// an older version, and tells it the new one without another split.
func TestVersionsAreReadBack(t *testing.T) {
	h := newHosted(t)
	want := wantOf(70, 30, map[string][]frontdoor.Member{
		"A": {doortest.Replica(t, "churn-a-1", "A", nil)}, "B": {doortest.Replica(t, "churn-b-1", "B", nil)},
	})
	for _, b := range []string{"1.1.0", "1.2.0", ""} { // what is not told stays
		h.door.options.Versions = map[string]string{"A": "1.0.0", "B": b}
		if err := h.door.Set(t.Context(), want, h.read(t).Hash); err != nil {
			t.Fatal(err)
		}
		if got := h.read(t).Versions; got["A"] != "1.0.0" || got["B"] != cmp.Or(b, "1.2.0") {
			t.Errorf("told %q it reads %v", b, got)
		}
	}
}

func TestTwentyChangesUnderLoad(t *testing.T) {
	h := newHosted(t)
	members := map[string][]frontdoor.Member{
		"A": {doortest.Replica(t, "churn-a-1", "A", nil)}, "B": {doortest.Replica(t, "churn-b-1", "B", nil)},
	}
	if err := h.door.Set(t.Context(), wantOf(100, 0, members), h.read(t).Hash); err != nil {
		t.Fatal(err)
	}
	load := doortest.StartLoad(t, h.url, 8, time.Millisecond)
	var observed []time.Duration
	for i := range 20 {
		b := float64((i + 1) % 2 * 100)
		base, start := h.read(t).Hash, time.Now()
		if err := h.door.Set(t.Context(), wantOf(100-b, b, members), base); err != nil {
			t.Fatal(err)
		}
		observed = append(observed, load.Observed(t, map[bool]string{true: "B", false: "A"}[b == 100], start).Sub(start))
	}
	if err := h.door.Set(t.Context(), wantOf(70, 30, members), h.read(t).Hash); err != nil {
		t.Fatal(err)
	}
	if share := load.Share(t, "A", 3000); share < 66 || share > 74 {
		t.Errorf("A got %.2f %% at 70", share)
	}
	answers, failures := load.Stop()
	counts := h.read(t).Counts
	if total := counts["A"].Requests + counts["B"].Requests; total != uint64(answers) || counts["A"].Errors+counts["B"].Errors > 0 {
		t.Errorf("%d answers, the gateway counted %+v", answers, counts)
	}
	doortest.Report(t, "pitwall gateway (process)", 21, answers, failures, observed)
}

func TestUnreadable(t *testing.T) {
	for _, c := range []struct {
		command []string
		want    string
	}{
		{[]string{"nginx"}, "is not `pitwall gateway`"},
		{[]string{"/pitwall", "gateway"}, "no --token-file"},
		{[]string{"/pitwall", "gateway", "--token-file", "/t"}, "exit status 126: OCI runtime"},
	} {
		d := New(&doortest.Machine{}, engine.Container{Name: "door", Command: c.command}, Options{})
		_, err := d.Read(t.Context())
		var unreadable *frontdoor.UnreadableError
		if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.command, err, c.want)
		}
	}
}

func TestReadCommand(t *testing.T) {
	in, ok := readCommand([]string{"/sbin/tini", "--", "/pitwall", "gateway", "--token-file", "/run/a", "--token-file=/run/b", "--admin-listen=127.0.0.1:9"})
	if want := (invocation{"/pitwall", "127.0.0.1:9", "/run/b"}); !ok || in != want {
		t.Errorf("%+v %v", in, ok)
	}
}

func TestRemark(t *testing.T) {
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)
	if got := remark("alice@laptop", at); got != "alice@laptop 2026-11-24T03:00:00Z" {
		t.Error(got)
	}
	if got := remark(strings.Repeat("é\n", 400), at); len(got) > maxRemark || strings.Contains(got, "\n") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}
