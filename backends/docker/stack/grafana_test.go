package stack

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pitwall/backends/docker/engine"
	"pitwall/testdata"
)

// listed is an engine that has images.
type listed struct{ tags []string }

func (l listed) Images(context.Context, string) ([]engine.Image, error) {
	return []engine.Image{{ID: "sha256:1", Tags: l.tags}}, nil
}

// TestGrafanaOnlyFromAnImageThatIsThere starts no Grafana where the engine has
// none, and never one of another name.
func TestGrafanaOnlyFromAnImageThatIsThere(t *testing.T) {
	for tags, want := range map[string]string{
		"":                              "",
		"grafana/loki:3.0 my/grafana:1": "",
		"grafana/grafana:12.1.0":        "grafana/grafana:12.1.0",
		"nginx:1 grafana/grafana-oss:11.0-ubuntu": "grafana/grafana-oss:11.0-ubuntu",
	} {
		got, err := grafanaTag(t.Context(), listed{strings.Fields(tags)})
		if err != nil || got != want {
			t.Errorf("of the images %q the one of Grafana is %q, %v; want %q", tags, got, err, want)
		}
	}
}

// TestGrafanaShowsTheMonitor makes an image with the monitor as data source, and
// a container that is hardened, that only this machine reaches, and that down
// finds by its labels.
func TestGrafanaShowsTheMonitor(t *testing.T) {
	o, err := Options{Models: testdata.Models, Name: "mine"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	i := o.grafanaImage("grafana/grafana:12.1.0")
	if i.tag != "mine/grafana:12.1.0" || !strings.HasPrefix(string(i.files["Dockerfile"].Data), "FROM grafana/grafana:12.1.0\n") {
		t.Errorf("the image is %s of %s", i.tag, i.files["Dockerfile"].Data)
	}
	if source := string(i.files["datasource.yaml"].Data); !strings.Contains(source, "http://monitor:") || !strings.Contains(source, "isDefault: true") {
		t.Errorf("its data source is %s", source)
	}
	if other := o.grafanaImage("grafana/grafana:12.2.0"); other.content == i.content {
		t.Error("another Grafana has the same content")
	}
	s := o.grafana(i.tag).spec
	if len(s.Publish) != 1 || s.Publish[0].HostIP != "127.0.0.1" || s.User != grafanaUser || !s.ReadOnly || s.MemoryLimit != grafanaMemory {
		t.Errorf("its container is %+v", s)
	}
	if !slices.Contains(s.Env, "GF_AUTH_DISABLE_LOGIN_FORM=true") || s.Labels["com.pitwall.stack"] != "mine" {
		t.Errorf("its environment is %v, its labels %v", s.Env, s.Labels)
	}
}
