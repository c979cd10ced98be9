package docker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/world"
)

// TestDockerSetup: what the checklist asks of a container that pitwall did not
// make, from a real engine, and no value of its variables.
func TestDockerSetup(t *testing.T) {
	t.Parallel()
	c := dockertest.Engine(t)
	base, prefix := dockertest.Image(t, c), dockertest.Name(t)
	const planted = "pl4nted-in-a-test"
	image := prefix + ":setup"
	files := map[string]engine.File{"passwd": {Data: []byte("app:x:1234:1234::/:/none\n")}, "x.onnx": {Data: []byte("a model")},
		"Dockerfile": {Data: []byte("FROM " + base + "\nCOPY passwd /etc/passwd\nCOPY x.onnx /m/x.onnx\nENV OF_IMAGE=" + planted + "\nUSER app\n")}}
	if _, err := c.Build(t.Context(), image, files, dockertest.Labels(prefix)); err != nil {
		t.Fatal(err)
	}
	dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: image, Env: []string{"DB_PASSWORD=" + planted, "TOKEN_FILE=/run/secrets/" + planted}, MemoryLimit: 64 << 20, CPULimit: 0.5,
		Health: dockertest.HealthCheck(5 * time.Second), StopTimeout: 20 * time.Second,
		Labels: map[string]string{world.LabelDeployment: prefix, world.LabelVariant: "A", world.LabelVersion: "1", world.LabelModel: "/m/x.onnx"}})
	b := docker.Attach(docker.Options{Engine: c})
	t.Cleanup(b.Close)
	got, err := b.Setup(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := got.Variant("A")
	if a.Containers.Err != nil || len(a.Containers.Value) != 1 {
		t.Fatalf("containers %+v", a.Containers)
	}
	made, err := c.Image(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	server := a.Containers.Value[0]
	if server.Image != image || server.ImageID != made.ID || server.Digest != made.ID || server.MemoryLimit != 64<<20 || server.CPULimit != 0.5 ||
		server.Liveness != "CMD /server health every 5s" || server.User.Value != (backends.User{UID: 1234, Name: "app", From: "image"}) {
		t.Errorf("the server is %+v", server)
	}
	for _, want := range []backends.EnvVar{{Name: "OF_IMAGE", From: "image", Literal: true}, {Name: "DB_PASSWORD", From: "literal", Literal: true}, {Name: "TOKEN_FILE", From: "file"}} {
		if !strings.Contains(fmt.Sprintf("%+v", server.Env), fmt.Sprintf("%+v", want)) {
			t.Errorf("%+v is not among %+v", want, server.Env)
		}
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, planted) {
		t.Errorf("a value is told: %s", text)
	}
	if a.ModelBytes.Value != int64(len("a model")) || a.Logging.Value == "" || a.Replacing.Value.StartsFirst || a.Replacing.Value.Grace != 20*time.Second || got.Balancer.Value.Kind != "" {
		t.Errorf("A is %+v, the balancer %+v", a, got.Balancer)
	}
}
