package stack

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pitwall/backends/docker/engine"
	"pitwall/backends/docker/world"
	"pitwall/testdata"
)

var linux = engine.Info{OS: "linux", Arch: runtime.GOARCH}

func TestBinaryRefusals(t *testing.T) {
	script := filepath.Join(t.TempDir(), "pitwall")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var wrong *BinaryError
	_, err := readBinary(script, linux)
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "no Linux executable") || !strings.Contains(err.Error(), "make build") {
		t.Errorf("a script: %v", err)
	}
	if _, err := readBinary(script, engine.Info{OS: "windows", Arch: "amd64"}); err == nil || !strings.Contains(err.Error(), "Linux ones") {
		t.Errorf("a Windows engine: %v", err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readBinary(self, engine.Info{OS: "linux", Arch: "s390x"}); !errors.As(err, &wrong) {
		t.Errorf("another machine: %v", err)
	}
	if _, err := readBinary("/bin/sh", linux); !errors.As(err, &wrong) || !strings.Contains(wrong.Why, "shared libraries") {
		t.Errorf("a dynamic executable: %v", err)
	}
}

func TestImagesHaveTheSameContentEachTime(t *testing.T) {
	o, err := Options{Models: testdata.Models, Version: "v1.0+dirty"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	b := binary{path: "pitwall", digest: strings.Repeat("ab", 32)}
	one, err := o.images(b)
	if err != nil {
		t.Fatal(err)
	}
	two, err := o.images(b)
	if err != nil {
		t.Fatal(err)
	}
	if one[0].content != two[0].content || one[0].tag != "pitwall/serve:v1.0_dirty-abababababab" {
		t.Errorf("%s: %s and %s", one[0].tag, one[0].content, two[0].content)
	}
	tags := []string{}
	for _, i := range one[1:] {
		tags = append(tags, i.tag)
	}
	want := []string{"pitwall/model-api:0.9.0", "pitwall/model-api:1.0.0", "pitwall/model-api:1.1.0", "pitwall/model-api:1.2.0",
		"pitwall/wine-api:1.9.0", "pitwall/wine-api:2.0.0"}
	if !reflect.DeepEqual(tags, want) {
		t.Errorf("images %v", tags)
	}
	dockerfile := string(one[0].files["Dockerfile"].Data)
	for _, label := range []string{world.LabelStack, world.LabelDeployment, world.LabelRole} {
		if strings.Contains(dockerfile, label+"=") {
			t.Errorf("the image carries %s, which every container of it would inherit", label)
		}
	}
}

func TestEveryContainerIsConfined(t *testing.T) {
	o, err := Options{Rate: 10}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range o.plan(binary{digest: strings.Repeat("ab", 32)}).all() {
		s := p.spec
		names = append(names, s.Name)
		if !s.ReadOnly || !s.CapDropAll || !s.NoNewPrivileges || s.MemoryLimit == 0 || s.CPULimit == 0 || s.PidsLimit == 0 ||
			s.Restart != "unless-stopped" || s.Network != "pitwall" || s.Labels[world.LabelStack] != "pitwall" {
			t.Errorf("%s is not confined: %+v", s.Name, s)
		}
		for _, port := range s.Publish {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is published on %s", s.Name, port.HostIP)
			}
		}
		if p.replica && (s.Command != nil || s.Health != nil) {
			t.Errorf("%s has a command of its own: one made like it would serve its model", s.Name)
		}
	}
	for _, want := range []string{"model-api-a-r1-3", "model-api-b-r2-1", "wine-api-a-r1-2", "model-api-door", "model-api-traffic", "pitwall-monitor"} {
		if !slices.Contains(names, want) {
			t.Errorf("no container %s in %v", want, names)
		}
	}
}

func TestOptionsAreRefused(t *testing.T) {
	good := Options{Binary: "pitwall", Version: "1", Models: testdata.Models, Door: "gateway"}
	for name, change := range map[string]func(*Options){
		"choose gateway":              func(o *Options) { o.Door = "envoy" },
		"engine runs on another":      func(o *Options) { o.Door = "nginx" },
		"needs a state directory":     func(o *Options) { o.Door, o.Local = "haproxy", true },
		"requests/s is not possible":  func(o *Options) { o.Rate = -1 },
		"Binary, Version and Models ": func(o *Options) { o.Version = "" },
	} {
		o := good
		change(&o)
		if err := o.check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q: %v", name, err)
		}
	}
	if _, err := (Options{Name: "Not good"}).withDefaults(); err == nil {
		t.Error("a name with a space is taken")
	}
}
