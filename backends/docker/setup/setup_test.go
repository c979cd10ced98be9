package setup

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
)

// marked stands for what must not leave the package.
const marked = "m4rked-value"

// replica is a container as `pitwall up` makes it.
func replica() world.Member {
	return world.Member{Port: 8080, Ready: "/ready", Container: engine.Container{Name: "m-a-1", Image: "m:1", ImageID: "sha256:id", User: "65532:65532",
		Command: []string{"/pitwall", "serve", "--listen", "0.0.0.0:8080", "--baseline", "/models/m/baseline.json", "/models/m/model.json"},
		Env:     []string{"PATH=/bin"}, MemoryLimit: 64 << 20, CPULimit: 0.5, LogDriver: "json-file",
		HealthCheck: &engine.HealthCheck{Test: []string{"CMD", "/pitwall", "serve", "--healthcheck"}, Interval: 10 * time.Second}}}
}

func TestContainer(t *testing.T) {
	m := replica()
	m.Container.MemoryReservation = 32 << 20
	c := Container(m, engine.Image{ID: "sha256:id", User: "65532:65532", Env: []string{"PATH=/bin"}}, true)
	if c.Name != "m-a-1" || c.Role != backends.RoleServer || c.Image != "m:1" || c.Digest != "sha256:id" || c.ImageID != "sha256:id" || c.Process != "" {
		t.Errorf("it is %+v", c)
	}
	if c.CPULimit != 0.5 || c.MemoryLimit != 64<<20 || c.MemoryRequest != 32<<20 || !math.IsNaN(c.CPURequest) {
		t.Errorf("limits %v %v, requests %v %v", c.CPULimit, c.MemoryLimit, c.CPURequest, c.MemoryRequest)
	}
	if c.Readiness != "GET :8080/ready" || c.Liveness != "CMD /pitwall serve --healthcheck every 10s" || c.Startup != "" {
		t.Errorf("probes %q, %q, %q", c.Readiness, c.Liveness, c.Startup)
	}
	bare := Container(world.Member{Container: engine.Container{Name: "x", ImageID: "sha256:gone"}}, engine.Image{}, false)
	if !math.IsNaN(bare.CPULimit) || !math.IsNaN(bare.MemoryLimit) || !math.IsNaN(bare.MemoryRequest) || bare.Readiness != "" || bare.Liveness != "" || bare.Digest != "sha256:gone" {
		t.Errorf("one without anything is %+v", bare)
	}
}

func TestHealthCheck(t *testing.T) {
	for name, test := range map[string]struct {
		check *engine.HealthCheck
		want  string
	}{
		"none":              {nil, ""},
		"taken away":        {&engine.HealthCheck{Test: []string{"NONE"}}, ""},
		"nothing to run":    {&engine.HealthCheck{Interval: time.Second}, ""},
		"the engine's pace": {&engine.HealthCheck{Test: []string{"CMD", "/x"}}, "CMD /x every 30s"},
		"a line":            {&engine.HealthCheck{Test: []string{"CMD-SHELL", "curl -f localhost || exit 1"}, Interval: 90 * time.Second}, "CMD-SHELL curl -f localhost || exit 1 every 1m30s"},
		"a secret":          {&engine.HealthCheck{Test: []string{"CMD", "/x", "--token", marked}, Interval: time.Second}, "CMD /x --token •••••• every 1s"},
	} {
		if got := healthCheck(test.check); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	m := replica()
	if c := Container(m, engine.Image{}, false); c.Readiness != c.Liveness || c.Readiness == "" {
		t.Errorf("an engine elsewhere is asked for the health check: %q, %q", c.Readiness, c.Liveness)
	}
}

func TestDigest(t *testing.T) {
	two := []string{"a.example/m@sha256:aa", "b.example:5000/m@sha256:bb"}
	for name, test := range map[string]struct {
		image     engine.Image
		reference string
		want      string
	}{
		"built here":          {engine.Image{ID: "sha256:id"}, "m:1", "sha256:id"},
		"of a registry":       {engine.Image{ID: "sha256:id", Digests: two[:1]}, "m:1", "sha256:aa"},
		"of its own registry": {engine.Image{ID: "sha256:id", Digests: two}, "b.example:5000/m:1", "sha256:bb"},
		"by its digest":       {engine.Image{ID: "sha256:id", Digests: two}, two[1], "sha256:bb"},
		"one that is no more": {engine.Image{}, "m:1", ""},
	} {
		if got := Digest(test.image, test.reference); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestVariablesKeepTheirValues(t *testing.T) {
	m := replica()
	m.Container.Env = []string{"Z=" + marked, "PATH=/bin", "HOME=/" + marked, "DB_PASSWORD_FILE=/run/secrets/" + marked, "API_KEY_FILE=/etc/" + marked, "SNEAKY=/run/secrets/../" + marked, "EMPTY="}
	c := Container(m, engine.Image{Env: []string{"PATH=/bin", "HOME=/"}}, true)
	want := []backends.EnvVar{{Name: "API_KEY_FILE", From: "literal", Literal: true}, {Name: "DB_PASSWORD_FILE", From: "file"}, {Name: "EMPTY", From: "literal", Literal: true},
		{Name: "HOME", From: "literal", Literal: true}, {Name: "PATH", From: "image", Literal: true}, {Name: "SNEAKY", From: "literal", Literal: true}, {Name: "Z", From: "literal", Literal: true}}
	if !slices.Equal(c.Env, want) {
		t.Errorf("got  %+v\nwant %+v", c.Env, want)
	}
	if text := fmt.Sprintf("%+v", c); strings.Contains(text, marked) {
		t.Errorf("a value is handed on: %s", text)
	}
}

func TestUser(t *testing.T) {
	for name, test := range map[string]struct {
		container, image string
		want             backends.User
	}{
		"nothing said":          {"", "", backends.User{UID: 0, Name: "root", From: "image"}},
		"a number of the image": {"65532:65532", "65532:65532", backends.User{UID: 65532, From: "image"}},
		"a number":              {"1000", "", backends.User{UID: 1000, From: "container"}},
		"root by number":        {"0", "1000", backends.User{UID: 0, From: "container"}},
		"a group alone":         {":5", "", backends.User{UID: 0, Name: "root", From: "container"}},
		"a name":                {"app:app", "app:app", backends.User{UID: -1, Name: "app", From: "image"}},
		"no number at all":      {"-5", "", backends.User{UID: -1, Name: "-5", From: "container"}},
		"more than there are":   {"99999999999", "", backends.User{UID: -1, Name: "99999999999", From: "container"}},
	} {
		if got := user(engine.Container{Name: "x", User: test.container}, engine.Image{User: test.image}); got.Value != test.want || got.From == "" {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

const passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/sbin/nologin\nbroken\nodd:x:many:1\nbelow:x:-1:1:::\nlast:x:7:7"

func TestUID(t *testing.T) {
	for name, want := range map[string]int{"root": 0, "app": 1000, "last": 7} {
		if uid, found := UID([]byte(passwd), name); !found || uid != want {
			t.Errorf("%s is %d, %t; want %d", name, uid, found, want)
		}
	}
	for _, name := range []string{"none", "odd", "below", "broken", ""} {
		if uid, found := UID([]byte(passwd), name); found {
			t.Errorf("%q is %d", name, uid)
		}
	}
}

func FuzzUID(f *testing.F) {
	f.Add([]byte(passwd), "app")
	f.Add([]byte("::\x00:::\n\r\n"), "")
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		if uid, found := UID(text, name); uid < 0 && found {
			t.Errorf("%q has UID %d", name, uid)
		}
	})
}

func TestModelPath(t *testing.T) {
	for command, want := range map[string]string{
		"/pitwall serve --baseline /m/baseline.json /m/x.json":            "/m/x.json",
		"/pitwall serve ./m.onnx --listen :8080":                          "/srv/m.onnx",
		"/pitwall serve --supervised m.ubj":                               "/srv/m.ubj",
		"tritonserver --model-repository=/models":                         "/models",
		"python -m vllm.server --model mistralai/Mistral-7B":              "",
		"python -m http.server":                                           "",
		"serve --model s3://bucket/m.onnx":                                "",
		"serve --config /c.json":                                          "",
		"":                                                                "",
		"torchserve --models m=/x.mar --workflow /w.PTH --model-store /s": "/s",
	} {
		m := world.Member{Container: engine.Container{Command: strings.Fields(command), Dir: "/srv"}}
		if got := ModelPath(m); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	shell := world.Member{Container: engine.Container{Command: []string{"sh", "-c", "exec server --model-path=/m/weights.bin --config /c.json"}}}
	if got := ModelPath(shell); got != "/m/weights.bin" {
		t.Errorf("of a shell it is %q", got)
	}
	labelled := replica()
	labelled.Model = "weights/m.bin"
	if got := ModelPath(labelled); got != "/weights/m.bin" {
		t.Errorf("by its label and without a directory it is %q", got)
	}
}
