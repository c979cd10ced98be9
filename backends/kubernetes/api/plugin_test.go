package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// withPlugin is a client of a server, whose credential a shell script gives.
func withPlugin(t *testing.T, server, command, script string) *Client {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	text := "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n" +
		"clusters: [{name: c, cluster: {server: " + server + ", insecure-skip-tls-verify: true}}]\nusers:\n- name: u\n  user:\n    exec:\n" +
		"      apiVersion: client.authentication.k8s.io/v1\n      interactiveMode: Never\n      provideClusterInfo: true\n" +
		"      installHint: get it from the cloud\n      command: " + command + "\n      args: [-c, '" + script + "']\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(Options{Env: func(name string) string { return map[string]string{"KUBECONFIG": path}[name] }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// asked reads something from the API server.
func asked(ctx context.Context, c *Client) error {
	return Explain(c.List(ctx, schema.GroupVersionResource{Version: "v1", Resource: "pods"}, "default", meta.ListOptions{}, &core.PodList{}))
}

const answering = `echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"s3cret\"}}"`

// bearer is an API server without pods that takes one token.
func bearer(t *testing.T, token string) string {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"kind":"PodList","apiVersion":"v1","items":[]}`))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestPluginGivesTheToken(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	c := withPlugin(t, bearer(t, "s3cret"), "sh", `echo x >> `+runs+`; case "$KUBERNETES_EXEC_INFO" in *https://127*) `+answering+`;; esac`)
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	for range 12 {
		all.Go(func() {
			if err := asked(t.Context(), c); err != nil {
				failed.Store(&err)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
	if text, _ := os.ReadFile(runs); string(text) != "x\n" {
		t.Errorf("a dozen requests ran it %d times", strings.Count(string(text), "x"))
	}
	if conf, err := c.credentials.sign(t.Context(), c.config); err != nil || conf.BearerToken != "s3cret" {
		t.Errorf("signed with %v", err)
	}
}

func TestRefusedTokenIsACredentialError(t *testing.T) {
	var refused *CredentialError
	if err := asked(t.Context(), withPlugin(t, bearer(t, "another"), "sh", answering)); !errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

// What is wrong with a plugin is told as that, and never with its answer.
func TestPluginFailures(t *testing.T) {
	for name, c := range map[string]struct{ command, script, want string }{
		"missing": {"no-such-plugin", "", "no-such-plugin of the kubeconfig is not installed: get it from the cloud"},
		"garbage": {"sh", "echo s3cret", "sh of the kubeconfig answered with what is no ExecCredential"},
		"empty":   {"sh", `echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"s3cret\":1}"`, "without a token"},
		"other":   {"sh", `echo "{\"kind\":\"s3cret\"}"`, "another kind or version"},
		"failing": {"sh", "echo please log in >&2; exit 3", "failed: exit status 3; it said: please log in"},
	} {
		err := asked(t.Context(), withPlugin(t, bearer(t, "s3cret"), c.command, c.script))
		var plugin *PluginError
		if !errors.As(err, &plugin) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A plugin that hangs holds neither a request whose context ends nor the
// client's end, and what it started ends with it.
func TestHangingPluginIsLeftAndEnded(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "pid")
	c := withPlugin(t, bearer(t, "s3cret"), "sh", "sleep 100 & echo $! > "+marker+"; wait")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- asked(ctx, c) }()
	var child []byte
	for deadline := time.Now().Add(20 * time.Second); len(child) == 0 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		child, _ = os.ReadFile(marker)
	}
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the request ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the request waits for the plugin")
	}
	c.Close()
	gone := func() bool {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(child)) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	}
	for deadline := time.Now().Add(20 * time.Second); !gone(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %s goes on", child)
		}
	}
}

func TestPluginHasATime(t *testing.T) {
	c := withPlugin(t, bearer(t, "s3cret"), "sh", "sleep 100")
	c.credentials.plugin.timeout = 50 * time.Millisecond
	if err := asked(t.Context(), c); err == nil || !strings.Contains(err.Error(), "did not answer within 50ms and was ended") {
		t.Errorf("got %v", err)
	}
}
