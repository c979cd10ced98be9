package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
)

func TestCloneOnAnEngine(t *testing.T) {
	c := dockertest.Engine(t)
	const base = "FROM scratch\nCOPY server /server\nENTRYPOINT [\"/server\"]\nEXPOSE 8080\n"
	old := dockertest.ImageOf(t, c, base+"CMD [\"-version\",\"old\"]\nENV MODEL=old SHARED=1\nLABEL from=old\nUSER 1\nWORKDIR /old\nHEALTHCHECK --interval=30s CMD [\"/old\"]\n", "old")
	next := dockertest.ImageOf(t, c, base+"CMD [\"-version\",\"new\"]\nENV MODEL=new\nLABEL from=new\nUSER 2\nWORKDIR /new\nHEALTHCHECK --interval=40s CMD [\"/new\"]\n", "new")
	prefix := dockertest.Name(t)
	ctx := t.Context()
	for _, n := range []string{"-one", "-two"} {
		check(t, c.EnsureNetwork(ctx, prefix+n, dockertest.Labels(prefix)))
	}
	id := dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: old, Env: []string{"MINE=1"}, Network: prefix + "-one", Aliases: []string{"churn"}, MemoryLimit: 64 << 20, Restart: "unless-stopped",
		Labels:  map[string]string{"com.docker.compose.service": "churn", "com.docker.compose.config-hash": "abc", "com.pitwall.revision": "1"},
		Publish: []engine.Port{{Container: 8080, HostIP: "127.0.0.1"}}, Tmpfs: map[string]string{"/tmp": ""}, ReadOnly: true, StopTimeout: 3 * time.Second})
	engine.Attach(t, c, id, prefix+"-two", "other")
	clone, err := c.Clone(ctx, id, engine.CloneSpec{Name: prefix + "-b", Image: next, Labels: map[string]string{"com.pitwall.revision": "2"}, Env: []string{"MINE=2"}, Unpublish: true})
	check(t, err)
	check(t, c.Start(ctx, clone))
	got, err := c.Container(ctx, clone)
	check(t, err)

	if strings.Join(got.Command, " ") != "/server -version new" || got.User != "2" || got.Labels["from"] != "new" {
		t.Errorf("of the old image there is left: %q, user %s, %v", got.Command, got.User, got.Labels)
	}
	for _, want := range []string{"MODEL=new", "MINE=2"} {
		if !slices.Contains(got.Env, want) {
			t.Errorf("the environment is %q, want %s", got.Env, want)
		}
	}
	if slices.Contains(got.Env, "SHARED=1") {
		t.Errorf("the environment of the old image is left: %q", got.Env)
	}
	if got.Labels["com.docker.compose.config-hash"] != "abc" || got.Labels["com.pitwall.revision"] != "2" || got.Labels[dockertest.Label] != prefix {
		t.Errorf("labels %v", got.Labels)
	}
	if !slices.Equal(got.Aliases[prefix+"-one"], []string{"churn"}) || !slices.Equal(got.Aliases[prefix+"-two"], []string{"other"}) || got.Address(prefix+"-two") == "" {
		t.Errorf("networks %v, aliases %v", got.Networks, got.Aliases)
	}
	if len(got.Ports) != 1 || got.Ports[0].Host != 0 || got.MemoryLimit != 64<<20 || got.Restart != "unless-stopped" || got.StopTimeout != 3*time.Second || got.Health.Status != "starting" {
		t.Errorf("it is %+v", got)
	}
	model, err := c.Container(ctx, id)
	check(t, err)
	if model.Address(prefix+"-one") == got.Address(prefix+"-one") {
		t.Error("both have one address")
	}

	t.Run("same image", func(t *testing.T) {
		id, err := c.Clone(ctx, clone, engine.CloneSpec{Name: prefix + "-c"})
		check(t, err)
		same, err := c.Container(ctx, id)
		check(t, err)
		if same.ImageID != got.ImageID || same.Image != next || strings.Join(same.Command, " ") != "/server -version new" {
			t.Errorf("it is %+v", same)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		var missing *engine.NotFoundError
		if _, err := c.Clone(ctx, prefix+"-none", engine.CloneSpec{}); !errors.As(err, &missing) || missing.Kind != "container" {
			t.Errorf("of no container: %v", err)
		}
		if _, err := c.Clone(ctx, id, engine.CloneSpec{Image: prefix + ":none"}); !errors.As(err, &missing) || missing.Kind != "image" {
			t.Errorf("to no image: %v", err)
		}
	})
}
