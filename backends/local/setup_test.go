package local

import (
	"math"
	"testing"

	"pitwall/backends"
	"pitwall/backends/local/control"
)

func TestSetupOfAnAnswer(t *testing.T) {
	answer := control.Setup{UID: 1000, Env: []backends.EnvVar{{Name: "PATH", From: "environment"}}, Readiness: "GET /ready every 1s", Logs: "/s/logs",
		Replacing: backends.Replacing{Strategy: "front door"}, Door: control.Door{Address: "http://x", Endpoints: []backends.Endpoint{{Variant: "A", Name: "a"}}},
		Variants: []control.VariantSetup{{Variant: "A", Digest: "sha256:aa", Model: control.File{Path: "/s/m.onnx", Bytes: 8}, Earlier: []backends.EarlierImage{{Revision: 1}}}}}
	got := setupOf(answer)
	a, _ := got.Variant("A")
	c := a.Containers.Value[0]
	if c.Name != "server" || c.Role != backends.RoleServer || c.Image != "" || c.Process == "" || c.Digest != "sha256:aa" || !math.IsNaN(c.MemoryLimit) || c.Readiness != answer.Readiness ||
		len(c.Env) != 1 || c.User.Value != (backends.User{UID: 1000, From: "process"}) {
		t.Errorf("the server is %+v", c)
	}
	if a.ModelBytes.Value != 8 || a.ModelBytes.From != "/s/m.onnx" || a.Logging.Value != "file" || a.Logging.From != "/s/logs" || a.Autoscaler.None == "" || len(a.Earlier.Value) != 1 || a.Replacing.Value != answer.Replacing {
		t.Errorf("A is %+v", a)
	}
	if b := got.Balancer; b.Value.Kind != "gateway" || b.Value.Address != "http://x" || len(b.Value.Endpoints) != 1 {
		t.Errorf("the balancer is %+v", b)
	}

	answer.UID, answer.Door.Error = -1, "the front door is starting"
	answer.Variants[0].Model.Error, answer.Variants[0].EarlierError = "no such file", "not a directory"
	got = setupOf(answer)
	a, _ = got.Variant("A")
	for want, err := range map[string]error{"the front door is starting": got.Balancer.Err, "no such file": a.ModelBytes.Err, "not a directory": a.Earlier.Err} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if u := a.Containers.Value[0].User; u.None == "" {
		t.Errorf("a system without users has %+v", u)
	}
}
