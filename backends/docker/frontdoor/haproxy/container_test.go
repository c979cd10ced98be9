package haproxy

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
	"pitwall/backends/docker/internal/dockertest"
)

// image builds the HAProxy image with the script that a person would use.
func image(t *testing.T, prefix string) string {
	t.Helper()
	tag := prefix + ":haproxy"
	script := filepath.Join("..", "..", "..", "..", "testdata", "docker", "haproxy", "image.sh")
	out, err := exec.CommandContext(t.Context(), script, tag, doortest.Pitwall(t), dockertest.Label+"="+prefix).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return tag
}

// TestInContainers changes a real HAProxy in a container under load: weights,
// and a member that replaces another.
func TestInContainers(t *testing.T) {
	c := dockertest.Engine(t)
	prefix := dockertest.Name(t)
	ctx := t.Context()
	haproxy, replica := image(t, prefix), dockertest.Image(t, c)
	if err := c.EnsureNetwork(ctx, prefix+"-net", dockertest.Labels(prefix)); err != nil {
		t.Fatal(err)
	}
	member := func(name, variant string) frontdoor.Member {
		id := dockertest.Run(t, c, prefix, engine.Spec{Name: name, Image: replica, Command: []string{"-version", variant}, Network: prefix + "-net"})
		it, err := c.Container(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return frontdoor.Member{Name: it.Name, Host: it.Address(prefix + "-net"), Port: 8080}
	}
	a1, b1, a2 := member("a-1", "A"), member("b-1", "B"), member("a-r2-1", "A")

	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`global
    stats socket /run/haproxy/admin.sock mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 1s
    timeout client 20s
    timeout server 20s
    default-server check inter 500ms fall 2 rise 1 init-addr last,libc,none
frontend in
    bind :8080
    default_backend churn
backend churn
    server %s %s:8080 weight 50
    server %s %s:8080 weight 50
`, a1.Name, a1.Name, b1.Name, b1.Name)
	if err := os.WriteFile(filepath.Join(dir, "haproxy.cfg"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	id := dockertest.Run(t, c, prefix, engine.Spec{
		Name: "door", Image: haproxy, Network: prefix + "-net", ReadOnly: true, CapDropAll: true, NoNewPrivileges: true,
		Mounts: []engine.Mount{{Type: "bind", Source: dir, Destination: "/etc/haproxy", ReadOnly: true}},
		Tmpfs:  map[string]string{"/run/haproxy": "mode=1777"},
	})
	it, err := c.Container(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	d := New(c, it, Options{Deployment: prefix, Local: c.Local()})
	h := &hosted{door: d, url: "http://" + it.Address("") + ":8080/predict"}
	dockertest.Eventually(t, "the door can be read", func() bool {
		_, err := d.Read(ctx)
		if err != nil {
			t.Log(err)
		}
		return err == nil
	})
	as, bs := []frontdoor.Member{a1}, []frontdoor.Member{b1}
	if err := d.Check(ctx, want(70, 30, []frontdoor.Member{a1, a2}, bs)); err != nil {
		t.Fatal(err)
	}
	h.set(t, want(100, 0, as, bs))
	load := doortest.StartLoad(t, h.url, 8, 5*time.Millisecond)
	load.Observed(t, "A", time.Now())
	var observed []time.Duration
	for i := range 20 {
		w := float64((i + 1) % 2 * 100)
		base, begin := h.read(t).Hash, time.Now()
		if err := d.Set(ctx, want(100-w, w, as, bs), base); err != nil {
			t.Fatal(err)
		}
		observed = append(observed, load.Observed(t, map[bool]string{true: "B", false: "A"}[w == 100], begin).Sub(begin))
	}
	h.set(t, want(70, 30, []frontdoor.Member{a1, a2}, bs))
	h.set(t, want(70, 30, []frontdoor.Member{a2}, bs))
	if share := load.Share(t, "A", 2000); share < 69 || share > 71 {
		t.Errorf("A got %.2f %% at 70", share)
	}
	answers, failures := load.Stop()
	doortest.Report(t, "HAProxy 2.6 (container)", 23, answers, failures, observed)
	if err := c.Kill(ctx, id, "SIGUSR2"); err != nil {
		t.Fatal(err)
	}
	dockertest.Eventually(t, "a reload gives the same split and members", func() bool {
		now, err := d.Read(ctx)
		return err == nil && now.Split.String() == "A=70 B=30" && len(now.Members["A"]) == 1 && now.Members["A"][0] == a2
	})
}
