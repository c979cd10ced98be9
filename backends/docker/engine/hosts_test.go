package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dockerHome makes a ~/.docker with a current context and contexts by name and host.
func dockerHome(t *testing.T, current string, contexts map[string]string) string {
	t.Helper()
	home := t.TempDir()
	write := func(path, text string) {
		path = filepath.Join(home, ".docker", path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if current != "" {
		write("config.json", `{"currentContext":"`+current+`"}`)
	}
	for name, host := range contexts {
		write("contexts/meta/"+digest(name)+"/meta.json", `{"Name":"`+name+`","Metadata":{},"Endpoints":{"docker":{"Host":"`+host+`","SkipTLSVerify":false}}}`)
	}
	return home
}

func TestHosts(t *testing.T) {
	contexts := map[string]string{"gpu": "tcp://10.0.0.7:2376", "desk": "unix:///run/user/1000/docker.sock", "far": "ssh://me@far:2222"}
	for _, tt := range []struct {
		name, asked, current string
		env                  map[string]string
		want                 string
		local                bool
	}{
		{name: "nothing", want: "unix:///var/run/docker.sock", local: true},
		{name: "current context", current: "desk", want: "unix:///run/user/1000/docker.sock", local: true},
		{name: "the default one is current", current: "default", want: defaultHost, local: true},
		{name: "DOCKER_CONTEXT beats the current one", current: "desk", env: map[string]string{"DOCKER_CONTEXT": "gpu"}, want: "tcp://10.0.0.7:2376"},
		{name: "DOCKER_HOST beats both", current: "desk", env: map[string]string{"DOCKER_CONTEXT": "gpu", "DOCKER_HOST": "tcp://h:1"}, want: "tcp://h:1"},
		{name: "asked for beats all", asked: "unix:///x.sock", env: map[string]string{"DOCKER_HOST": "tcp://h:1"}, want: "unix:///x.sock", local: true},
		{name: "with the scheme of the backend", asked: "docker://gpu", want: "tcp://10.0.0.7:2376"},
		{name: "only the scheme of the backend", asked: "docker:", want: defaultHost, local: true},
		{name: "context over ssh", asked: "far", want: "ssh://me@far:2222"},
		{name: "machine", asked: "ml.example.com", want: "tcp://ml.example.com:2375"},
		{name: "machine and port", asked: "ml:4243", want: "tcp://ml:4243"},
		{name: "address", asked: "10.0.0.9", want: "tcp://10.0.0.9:2375"},
		{name: "IPv6", asked: "tcp://[::1]", want: "tcp://[::1]:2375"},
		{name: "TLS port", asked: "ml.example.com", env: map[string]string{"DOCKER_TLS_VERIFY": "1"}, want: "tcp://ml.example.com:2376"},
		{name: "secrets are not shown", asked: "tcp://user:geheim@h:1", want: "tcp://h:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Open(Options{Host: tt.asked, Env: func(k string) string { return tt.env[k] }, Home: dockerHome(t, tt.current, contexts)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if c.Host() != tt.want || c.Local() != tt.local {
				t.Errorf("it is %s, local %t; want %s, %t", c.Host(), c.Local(), tt.want, tt.local)
			}
		})
	}
}

func TestHostsThatAreNone(t *testing.T) {
	for asked, want := range map[string]string{
		"ssh://me:pw@far": "no password", "ssh://-oProxyCommand=x": "no name of a machine", "ssh://far/path": "more than a machine",
		"ftp://x": "cannot be reached by ftp://", "unix://x.sock": "no absolute path", "tcp://": "names no machine", "tcp://user:geheim@": "names no machine",
	} {
		_, err := Open(Options{Host: asked})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", asked, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells a secret: %v", asked, err)
		}
	}
}

func TestUnknownContextNamesTheOthers(t *testing.T) {
	home := dockerHome(t, "gone", map[string]string{"gpu": "tcp://10.0.0.7:2376"})
	for _, asked := range []string{"", "gone", "docker://gone"} {
		_, err := Open(Options{Host: asked, Home: home})
		var unknown *UnknownContextError
		if !errors.As(err, &unknown) || unknown.Name != "gone" || strings.Join(unknown.Have, " ") != "default gpu" {
			t.Errorf("%q: %v", asked, err)
		}
	}
}

func TestContextCertificates(t *testing.T) {
	home := dockerHome(t, "", map[string]string{"gpu": "tcp://10.0.0.7"})
	dir := filepath.Join(home, ".docker", "contexts", "tls", digest("gpu"), "docker")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := Open(Options{Host: "gpu", Home: home}) // a directory without files: the system's roots
	if err != nil {
		t.Fatal(err)
	}
	if c.Host() != "tcp://10.0.0.7:2376" {
		t.Errorf("with certificates it is %s", c.Host())
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Host: "gpu", Home: home}); err == nil || !strings.Contains(err.Error(), "certificates in "+dir) {
		t.Errorf("a certificate that is none: %v", err)
	}
}

func TestDownErrorsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	for name, tt := range map[string]struct {
		host, want string
	}{
		"no socket":   {"unix://" + dir + "/none.sock", "start it"},
		"no listener": {"tcp://127.0.0.1:1", "check the address"},
	} {
		c, err := Open(Options{Host: tt.host})
		if err != nil {
			t.Fatal(err)
		}
		_, errs := c.Containers(t.Context(), "x")
		var down *DownError
		if !errors.As(errs, &down) || !strings.Contains(down.Error(), tt.want) {
			t.Errorf("%s: %v", name, errs)
		}
		calls := map[string]error{"start": c.Start(t.Context(), "x"), "stop": c.Stop(t.Context(), "x", 0), "remove": c.Remove(t.Context(), "x"), "volume": c.RemoveVolume(t.Context(), "x")}
		_, calls["create"] = c.Create(t.Context(), Spec{Image: "x"})
		_, calls["clone"] = c.Clone(t.Context(), "x", CloneSpec{})
		_, calls["exec"] = c.Exec(t.Context(), "x", nil, nil)
		_, calls["stats"] = c.Stats(t.Context(), []string{"x"})
		_, calls["logs"] = c.Logs(t.Context(), LogQuery{IDs: []string{"x"}})
		_, calls["past"] = c.PastEvents(t.Context(), time.Time{}, time.Time{})
		_, calls["wait"] = c.Wait(t.Context(), "x")
		_, calls["build"] = c.Build(t.Context(), "x", nil, nil)
		_, calls["ping"] = c.Ping(t.Context())
		for call, err := range calls {
			if !errors.As(err, &down) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
	refused := &DownError{Host: defaultHost, Err: errors.New("permission denied while trying to connect")}
	if !strings.Contains(refused.Error(), "group docker") {
		t.Error(refused)
	}
}
