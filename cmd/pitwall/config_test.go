package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConfigErrorsSpeakOfTheFile: with the line, and with no type of Go.
func TestConfigErrorsSpeakOfTheFile(t *testing.T) {
	for text, want := range map[string]string{
		"prometeus: x\n": "configuration c.yaml: line 1: there is no field prometeus here",
		"docker:\n  services:\n    - {projekt: shop}\n": "line 3: there is no field projekt here",
		"docker:\n  services: shop\n":                   "line 2: the value `shop` stands where a list is needed",
		"read_only: often\n":                            "line 1: the value `often` stands where true or false is needed",
		"docker: [a]\n":                                 "line 1: a list stands where a mapping is needed",
		"theme: {a: b}\n":                               "line 1: a mapping stands where a text is needed",
	} {
		_, err := parseConfig("c.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "main.") {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

// TestBackendsAreNamedAsTheErrorsAdvise: what a message says to write is taken.
func TestBackendsAreNamedAsTheErrorsAdvise(t *testing.T) {
	for name, want := range map[string]backendChoice{
		"docker:":               {kind: dockerBackend},
		"docker://gpu":          {dockerBackend, "gpu"},
		"tcp://ml:2375":         {dockerBackend, "tcp://ml:2375"},
		"ssh://me@ml":           {dockerBackend, "ssh://me@ml"},
		"unix:///run/d.sock":    {dockerBackend, "unix:///run/d.sock"},
		"docker://tcp://ml:1":   {dockerBackend, "tcp://ml:1"},
		"k8s:///models,staging": {kubernetesBackend, "/models,staging"},
	} {
		a := &app{}
		a.global.backend = name
		got, err := a.chooseBackend(config{})
		if err != nil || got != want {
			t.Errorf("%s is %+v, %v", name, got, err)
		}
		a.global.backend = got.flag()
		if again, err := a.chooseBackend(config{}); err != nil || again != want {
			t.Errorf("%s is written as %s, which is %+v, %v", name, got.flag(), again, err)
		}
	}
	for _, name := range []string{"tcp://", "ftp://x", "dokcer:"} {
		a := &app{}
		a.global.backend = name
		if _, err := a.chooseBackend(config{}); err == nil || !strings.Contains(err.Error(), "tcp://HOST:PORT") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestUpRefusesAFrontDoorThatThereIsNot is a misuse of the command line.
func TestUpRefusesAFrontDoorThatThereIsNot(t *testing.T) {
	a := &app{env: func(string) string { return "" }}
	a.global.backend, a.global.state = "docker:", t.TempDir()
	c := a.upCommand()
	c.SetArgs([]string{"--headless", "--front-door", "traefik"})
	c.SilenceErrors, c.SilenceUsage = true, true
	err := c.ExecuteContext(t.Context())
	if _, is := err.(misuse); !is || !strings.Contains(err.Error(), "choose gateway, nginx or haproxy") {
		t.Errorf("%T: %v", err, err)
	}
}

// TestRegistryIsNamedByFlagThenEnvironmentThenFile, the first of them.
func TestRegistryIsNamedByFlagThenEnvironmentThenFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte("mlflow: runs/ml\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PITWALL_STATE": dir}
	a := &app{env: func(key string) string { return env[key] }}
	want := func(uri string) {
		t.Helper()
		if got, err := a.registryURI(); err != nil || got != uri {
			t.Errorf("the registry is %q, %v, want %q", got, err, uri)
		}
	}
	want(filepath.Join(dir, "mlruns"))
	a.global.config = file
	want(filepath.Join(dir, "runs/ml"))
	env["MLFLOW_TRACKING_URI"] = "https://tracking.example"
	want("https://tracking.example")
	a.global.mlflow = "https://flag.example"
	want("https://flag.example")

	for text, uri := range map[string]string{"mlflow: https://ml.example\n": "https://ml.example", "mlflow: /srv/ml\n": "/srv/ml", "mlflow: file:/srv/ml\n": "file:/srv/ml"} {
		if c, err := parseConfig(file, []byte(text)); err != nil || c.MLflow != uri {
			t.Errorf("%q names %q, %v", text, c.MLflow, err)
		}
	}
}

// TestConsoleHasARegistryWhereOneIsNamed: away from the local stack, its own
// registry is not meant.
func TestConsoleHasARegistryWhereOneIsNamed(t *testing.T) {
	a := &app{env: func(string) string { return "" }}
	for kind, want := range map[backendKind]bool{localBackend: true, dockerBackend: false, kubernetesBackend: false} {
		s := &session{}
		s.choice.kind = kind
		if got := a.consoleRegistry(s) != nil; got != want {
			t.Errorf("%s has a registry: %v", kind, got)
		}
		a.global.mlflow = "https://ml.example"
		if a.consoleRegistry(s) == nil {
			t.Errorf("%s does not have the registry that --mlflow names", kind)
		}
		a.global.mlflow = ""
	}
}
