package api

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// serve opens a client of a server that answers every request with handle.
func serve(t *testing.T, handle http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "config")
	text := `{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"` + server.URL + `"}}],"contexts":[{"name":"c","context":{"cluster":"c"}}]}`
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

func TestLogIsAskedForAsTheKubeletTakesIt(t *testing.T) {
	var path, query string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		path, query = r.URL.Path, r.URL.Query().Encode()
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "2026-11-27T10:00:00.000000005Z one\n")
	})
	body, err := c.Log(t.Context(), "prod", "churn-1", LogOptions{Container: "model", Since: time.Unix(1, 5), Tail: 3, Follow: true, Previous: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(body)
	if err != nil || string(text) != "2026-11-27T10:00:00.000000005Z one\n" {
		t.Errorf("read %q: %v", text, err)
	}
	if path != "/api/v1/namespaces/prod/pods/churn-1/log" || query != "container=model&follow=true&previous=true&sinceTime=1970-01-01T00%3A00%3A01Z&tailLines=3&timestamps=true" {
		t.Errorf("asked for %s?%s", path, query)
	}
}

func TestLogThatMayNotBeRead(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":403,"reason":"Forbidden","message":"pods \"x\" is forbidden: User \"u\" cannot get resource \"pods/log\""}`)
	})
	_, err := c.Log(t.Context(), "prod", "x", LogOptions{})
	var denied *RightError
	if !errors.As(err, &denied) {
		t.Errorf("a refusal is %T: %v", err, err)
	}
}
