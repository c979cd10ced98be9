package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// answersVersions is a Docker Engine, an API server, a Prometheus and an MLflow
// server in one, as far as they tell their versions. What is after the version
// is what an attacker wants on the screen.
func answersVersions(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.52")
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			return
		case strings.HasSuffix(r.URL.Path, "/info"):
			fmt.Fprint(w, `{"Name":"host"}`)
		case r.URL.Path == "/api/v1/status/buildinfo":
			fmt.Fprint(w, `{"status":"success","data":{"version":"3.7.0\u001b]0;owned\u0007"}}`)
		case r.URL.Path == "/mlflow/version":
			fmt.Fprint(w, "3.11.2")
		case r.URL.Path == "/version":
			fmt.Fprint(w, `{"gitVersion":"v1.37.2"}`)
		case strings.HasSuffix(r.URL.Path, "/version"):
			fmt.Fprint(w, `{"Version":"29.1.3","ApiVersion":"1.52","Os":"linux","Arch":"amd64"}`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// asksVersion runs `pitwall version` away from what this machine has.
func asksVersion(t *testing.T, env map[string]string, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	home := t.TempDir()
	a := &app{in: strings.NewReader(""), out: &o, err: &e, now: time.Now, env: func(name string) string {
		if v, ok := env[name]; ok {
			return v
		}
		if name == "HOME" {
			return home
		}
		return ""
	}}
	code = a.run(t.Context(), append([]string{"version"}, args...))
	return o.String(), e.String(), code
}

func TestVersionTellsWhatItTalksTo(t *testing.T) {
	s := answersVersions(t)
	host := strings.TrimPrefix(s.URL, "http://")
	kubeconfig := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: %q}}]\nusers: [{name: u, user: {}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n", s.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for backend, want := range map[string][]string{
		"tcp://" + host: {"docker +29.1.3 (API 1.52) at tcp://" + host},
		"k8s://c":       {"kubernetes +v1.37.2 at " + s.URL},
		"local:":        nil,
	} {
		out, errs, code := asksVersion(t, map[string]string{"KUBECONFIG": kubeconfig}, "--backend", backend, "--prometheus", s.URL, "--mlflow", s.URL+"/mlflow")
		if code != exitDone || errs != "" || controls.MatchString(out) {
			t.Errorf("%s: exit %d, %s, prints %q", backend, code, errs, out)
		}
		flat := strings.Join(strings.Fields(out), " ")
		for _, w := range append(want, "platform "+runtime.GOOS+"/"+runtime.GOARCH, "prometheus 3.7.0", "mlflow 3.11.2 at "+s.URL+"/mlflow") {
			if w = strings.ReplaceAll(w, " +", " "); !strings.Contains(flat, w) {
				t.Errorf("%s: no %q in\n%s", backend, w, out)
			}
		}
		if named := strings.Contains(flat, " docker ") || strings.Contains(flat, " kubernetes "); named != (want != nil) {
			t.Errorf("%s: what was not selected was asked:\n%s", backend, out)
		}
	}
}

// What is away, hangs or refuses says so in its line, and is no failure.
func TestVersionOfWhatDoesNotAnswer(t *testing.T) {
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer hangs.Close()
	defer close(release)
	from := time.Now()
	out, errs, code := asksVersion(t, nil, "--backend", "tcp://127.0.0.1:1", "--prometheus", hangs.URL, "--mlflow", hangs.URL, "-o", "json")
	if code != exitDone || errs != "" || time.Since(from) > 2*peerTimeout {
		t.Fatalf("exit %d after %v: %s", code, time.Since(from), errs)
	}
	var v buildOut
	if err := json.Unmarshal([]byte(out), &v); err != nil || len(v.Peers) != 3 {
		t.Fatalf("%v in %s", err, out)
	}
	for i, name := range []string{"docker", "prometheus", "mlflow"} {
		if p := v.Peers[i]; p.Name != name || p.Error == "" || p.Version != "" {
			t.Errorf("%s is %+v", name, p)
		}
	}
	if _, errs, code := asksVersion(t, nil, "--backend", "swarm:"); code != exitMisuse || !strings.Contains(errs, "choose local:") {
		t.Errorf("a backend that there is not: exit %d, %s", code, errs)
	}
}
