package dockertest_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
)

func TestServerBecomesReady(t *testing.T) {
	c := dockertest.Engine(t)
	image := dockertest.Image(t, c)
	prefix := dockertest.Name(t)
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Command: []string{"-version", "7", "-delay", "1s"}})
	got, err := c.Container(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	status := func(path string) int {
		resp, err := http.Get(fmt.Sprintf("http://%s:8080%s", got.Address(""), path))
		if err != nil {
			return 0
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	dockertest.Eventually(t, "the server answers", func() bool { return status("/health") == http.StatusOK })
	if a, b := status("/ready"), status("/predict"); a != http.StatusServiceUnavailable || b != http.StatusServiceUnavailable {
		t.Errorf("before it is ready /ready answers %d and /predict %d", a, b)
	}
	dockertest.Eventually(t, "/predict answers", func() bool { return status("/predict") == http.StatusOK })
	began := time.Now()
	if err := c.Stop(t.Context(), id, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("draining nothing took %s", took)
	}
}
