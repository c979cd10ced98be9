package docker_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/world"
	"pitwall/checklist"
	"pitwall/checklist/probes"
)

// TestDockerProbes: what the checklist asks of containers is seen to pass of
// one that is made well, A, and to fail of one that is not, B; C is unhealthy.
func TestDockerProbes(t *testing.T) {
	t.Parallel()
	c := dockertest.Engine(t)
	image, prefix := dockertest.Image(t, c), dockertest.Name(t)
	files := map[string]engine.File{"x.onnx": {Data: []byte(strings.Repeat("x", 2000))}, "Dockerfile": {Data: []byte("FROM " + image + "\nCOPY x.onnx /x.onnx\n")}}
	loose := prefix + ":latest"
	if _, err := c.Build(t.Context(), loose, files, dockertest.Labels(prefix)); err != nil {
		t.Fatal(err)
	}
	made, err := c.Image(t.Context(), loose)
	if err != nil {
		t.Fatal(err)
	}
	labels := func(variant string) map[string]string {
		return map[string]string{world.LabelDeployment: prefix, world.LabelVariant: variant, world.LabelVersion: "1", world.LabelModel: "/x.onnx", world.LabelReady: "/ready"}
	}
	dockertest.Run(t, c, prefix, engine.Spec{Name: "a", Image: made.ID, User: "65532", Env: []string{"REGION=eu", "DB_PASSWORD_FILE=/run/secrets/db"}, MemoryLimit: 64 << 20, CPULimit: 0.5,
		Health: dockertest.HealthCheck(time.Second), Labels: labels("A")})
	dockertest.Run(t, c, prefix, engine.Spec{Name: "b", Image: loose, Env: []string{"API_KEY=pl4nted"}, Labels: labels("B"), Entrypoint: []string{"/server", "sleep", "1h"}})

	dockertest.Run(t, c, prefix, engine.Spec{Name: "c", Image: loose, Health: dockertest.HealthCheck(time.Second), Labels: labels("C"), Entrypoint: []string{"/server", "sleep", "1h"}})

	b := docker.Attach(docker.Options{Engine: c})
	t.Cleanup(b.Close)
	var d backends.Deployment
	dockertest.Eventually(t, "A is ready, and C is known not to be", func() bool {
		list, err := b.Deployments(t.Context())
		i := slices.IndexFunc(list, func(d backends.Deployment) bool { return d.Name == prefix })
		if err != nil || i < 0 {
			return false
		}
		d = list[i]
		well, _ := d.Variant("A")
		sick, _ := d.Variant("C")
		return well.Ready == 1 && len(sick.Replicas) == 1 && sick.Replicas[0].Cause == backends.CauseUnhealthy
	})
	look := func(variant string) map[string]checklist.Probe {
		v, _ := d.Variant(variant)
		settings := checklist.Standard().Settings
		settings.Env, settings.ModelSize = []string{"REGION"}, 2001
		if variant == "B" {
			settings.ModelSize = 2000
		}
		return probes.Of(probes.Sources{Deployment: d, Settings: settings, Configurer: b, Measurer: b, Reacher: containers{d}, HTTP: http.DefaultClient, Now: time.Now,
			Subject: checklist.Subject{Backend: "docker", Deployment: prefix, Variant: variant, Version: v.Version, Image: v.Image, Digest: v.Digest}, Files: fstest.MapFS{},
			Env: func(string) string { return "" }})
	}
	wells, poors := look("A"), look("B")
	for probe, test := range map[string]struct {
		well, poor         checklist.State
		wellText, poorText string
	}{
		"image.identity":       {checklist.Pass, checklist.Pass, "runs as sha256:", "runs as sha256:"},
		"image.pinned":         {checklist.Pass, checklist.Fail, "by the image's ID", "can be another image tomorrow"},
		"limits":               {checklist.Pass, checklist.Fail, "memory limit 67.11 MB, CPU limit 0.5", "has no memory limit"},
		"user":                 {checklist.Pass, checklist.Fail, "runs as user 65532", "runs as root"},
		"environment":          {checklist.Pass, checklist.Fail, "REGION", "REGION is not set"},
		"secrets":              {checklist.Pass, checklist.Fail, "come from secrets or files", "the value of API_KEY of " + prefix + "-b stands in the definition"},
		"health.configured":    {checklist.Pass, checklist.Pass, "1 of 1 replicas are ready", "1 of 1 replicas are ready"},
		"health.answers":       {checklist.Pass, checklist.Fail, "answers /health in", "does not answer"},
		"health.orchestration": {checklist.Pass, checklist.Fail, "liveness CMD /server health", "lacks a liveness probe"},
		"model.size":           {checklist.Pass, checklist.Fail, "the model has 2 kB", "not less than 2 kB"},
		"usage":                {checklist.Pass, checklist.Warn, "of a memory limit is in use", "nothing limits it"},
		"balancer":             {checklist.Fail, checklist.Fail, "nothing spreads", "nothing spreads"},
		"rolling.configured":   {checklist.Fail, checklist.Fail, "stops before", "stops before"},
		"autoscaling":          {checklist.NotApplicable, checklist.NotApplicable, "plain Docker", "plain Docker"},
		"rollback.possible":    {checklist.Fail, checklist.Fail, "no earlier revision", "no earlier revision"},
		"logging":              {checklist.Unknown, checklist.Unknown, "goes to json-file", "goes to json-file"},
	} {
		for _, side := range []struct {
			name string
			ask  checklist.Probe
			want checklist.State
			text string
		}{{"A", wells[probe], test.well, test.wellText}, {"B", poors[probe], test.poor, test.poorText}} {
			f := side.ask(t.Context())
			if f.State != side.want || !strings.Contains(f.Text, side.text) {
				t.Errorf("%s of %s: %s: %q, want %s: %q", probe, side.name, f.State, f.Text, side.want, side.text)
			}
			if strings.Contains(f.Text+f.Source, "pl4nted") {
				t.Errorf("%s of %s tells a value: %+v", probe, side.name, f)
			}
		}
	}
	if f := look("C")["health.configured"](t.Context()); f.State != checklist.Fail || !strings.Contains(f.Text, "0 of 1 replicas are ready") {
		t.Errorf("health.configured of C: %s: %q", f.State, f.Text)
	}
}

// containers are reached at their own addresses.
type containers struct{ d backends.Deployment }

func (c containers) Reach(_ context.Context, _, replica string) (string, func(), error) {
	for _, v := range c.d.Variants {
		for _, r := range v.Replicas {
			if r.Name == replica {
				return "http://" + strings.TrimPrefix(r.Address, "http://"), func() {}, nil
			}
		}
	}
	return "", nil, errors.New("no such replica")
}
