package engine

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
)

func TestDecodeOfWhatTheChecklistAsks(t *testing.T) {
	r := container.InspectResponse{Config: &container.Config{WorkingDir: "/srv", Healthcheck: &container.HealthConfig{Test: []string{"CMD", "x"}, Interval: 5 * time.Second, Retries: 3}}}
	r.HostConfig = &container.HostConfig{LogConfig: container.LogConfig{Type: "journald"}, Resources: container.Resources{Memory: 64 << 20, MemoryReservation: 32 << 20, CPUQuota: 50_000}}
	c := decode(r)
	if c.Dir != "/srv" || c.LogDriver != "journald" || c.MemoryLimit != 64<<20 || c.MemoryReservation != 32<<20 || c.CPULimit != 0.5 {
		t.Errorf("it is %+v", c)
	}
	if h := c.HealthCheck; h == nil || strings.Join(h.Test, " ") != "CMD x" || h.Interval != 5*time.Second || h.Retries != 3 {
		t.Errorf("its health check is %+v", h)
	}
	if bare := decode(container.InspectResponse{Config: &container.Config{}}); bare.HealthCheck != nil {
		t.Errorf("one without a health check has %+v", bare.HealthCheck)
	}
}

// files answers for the paths of a container as an engine does.
func files(t *testing.T, paths map[string]container.PathStat) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stat, there := paths[r.FormValue("path")]
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			w.Header().Set("Api-Version", "1.41")
		case r.Method != http.MethodHead || !strings.HasSuffix(r.URL.Path, "/containers/c/archive") || !there:
			w.WriteHeader(http.StatusNotFound)
		default:
			text, err := json.Marshal(stat)
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString(text))
		}
	}))
	t.Cleanup(server.Close)
	c, err := Open(Options{Host: "tcp://" + strings.TrimPrefix(server.URL, "http://"), Env: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestFileSize(t *testing.T) {
	c := files(t, map[string]container.PathStat{
		"/m/model.onnx": {Size: 1234, Mode: 0o644}, "/m/empty": {},
		"/m/latest": {Mode: fs.ModeSymlink, LinkTarget: "model.onnx"}, "/latest": {Mode: fs.ModeSymlink, LinkTarget: "/m/latest"},
		"/loop": {Mode: fs.ModeSymlink, LinkTarget: "/loop"}, "/m": {Size: 4096, Mode: fs.ModeDir}, "/pipe": {Mode: fs.ModeNamedPipe}})
	for name, want := range map[string]int64{"/m/model.onnx": 1234, "/m/latest": 1234, "/latest": 1234, "/m/empty": 0} {
		if got, err := c.FileSize(t.Context(), "c", name); got != want || err != nil {
			t.Errorf("%s has %d bytes, %v; want %d", name, got, err, want)
		}
	}
	for name, says := range map[string]string{"/loop": "more than 8 symbolic links", "/m": "it is a directory", "/pipe": "no regular file", "/none": `there is no file "/none"`} {
		if _, err := c.FileSize(t.Context(), "c", name); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
	_, err := c.FileSize(t.Context(), "c", "/none")
	if gone := (*NotFoundError)(nil); !errors.As(err, &gone) || gone.Kind != "file" {
		t.Errorf("a file that is not there is %T: %v", err, err)
	}
}
