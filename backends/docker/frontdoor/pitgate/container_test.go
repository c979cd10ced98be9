package pitgate

import (
	"os"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/frontdoor"
	"pitwall/backends/docker/frontdoor/pitgate/doortest"
	"pitwall/backends/docker/internal/dockertest"
)

// gatewayImage is the static binary and nothing else.
func gatewayImage(t *testing.T, c *engine.Client, prefix string) string {
	t.Helper()
	binary, err := os.ReadFile(doortest.Pitwall(t))
	if err != nil {
		t.Fatal(err)
	}
	tag := prefix + ":gateway"
	files := map[string]engine.File{
		"pitwall":    {Data: binary, Mode: 0o755},
		"Dockerfile": {Data: []byte("FROM scratch\nCOPY pitwall /pitwall\nUSER 1000:1000\nENTRYPOINT [\"/pitwall\"]\n"), Mode: 0o644},
	}
	if _, err := c.Build(t.Context(), tag, files, dockertest.Labels(prefix)); err != nil {
		t.Fatal(err)
	}
	return tag
}

// TestInContainers changes a gateway in a container over exec under load. Its
// members are told by name.
func TestInContainers(t *testing.T) {
	c := dockertest.Engine(t)
	prefix, ctx := dockertest.Name(t), t.Context()
	image, replica := gatewayImage(t, c, prefix), dockertest.Image(t, c)
	network := prefix + "-net"
	if err := c.EnsureNetwork(ctx, network, dockertest.Labels(prefix)); err != nil {
		t.Fatal(err)
	}
	member := func(name, variant string) []frontdoor.Member {
		dockertest.Run(t, c, prefix, engine.Spec{Name: name, Image: replica, Command: []string{"-version", variant}, Network: network})
		return []frontdoor.Member{{Name: prefix + "-" + name, Host: prefix + "-" + name, Port: 8080}}
	}
	members := map[string][]frontdoor.Member{"A": member("a-1", "A"), "B": member("b-1", "B")}
	id := dockertest.Run(t, c, prefix, engine.Spec{
		Name: "door", Image: image, Network: network, ReadOnly: true, CapDropAll: true, NoNewPrivileges: true,
		Tmpfs:   map[string]string{"/run/pitwall": "mode=0700,uid=1000"},
		Command: []string{"gateway", "--deployment", "churn", "--listen", ":8080", "--metrics-listen", ":9090", "--token-file", "/run/pitwall/token", "--create-token"},
	})
	it, err := c.Container(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	h := &hosted{door: New(c, it, Options{}), url: "http://" + it.Address("") + ":8080/predict"}
	dockertest.Eventually(t, "the gateway answers", func() bool {
		_, err := h.door.Read(ctx)
		return err == nil
	})
	if err := h.door.Set(ctx, wantOf(100, 0, members), h.read(t).Hash); err != nil {
		t.Fatal(err)
	}
	load := doortest.StartLoad(t, h.url, 8, 5*time.Millisecond)
	var observed []time.Duration
	for i := range 20 {
		b := float64((i + 1) % 2 * 100)
		base, start := h.read(t).Hash, time.Now()
		if err := h.door.Set(ctx, wantOf(100-b, b, members), base); err != nil {
			t.Fatal(err)
		}
		observed = append(observed, load.Observed(t, map[bool]string{true: "B", false: "A"}[b == 100], start).Sub(start))
	}
	answers, failures := load.Stop()
	doortest.Report(t, "pitwall gateway (container)", 20, answers, failures, observed)
}
