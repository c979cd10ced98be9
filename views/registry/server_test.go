package registry

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"pitwall/backends/mlflow"
	"pitwall/backends/mlflow/mlflowtest"
	"pitwall/ui"
	"pitwall/views/viewtest"
)

// TestServerThatFailsIsOneLine: HTML, a hang and a refusal are a clean line
// each, and a screen that has read before keeps what it has.
func TestServerThatFailsIsOneLine(t *testing.T) {
	var broken atomic.Pointer[http.HandlerFunc] // a request that hung may be answered yet
	server := mlflowtest.Start(t, mlflowtest.Options{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		answer := broken.Load()
		if answer != nil {
			(*answer)(w, r)
		}
		return answer != nil
	}})
	seed(t, server.URL)
	page := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text)) // a client that went away has no use for it
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"html":         {page(502, "<html><head><style>b{}</style></head><h1>Bad\n\x1b[31mGateway</h1>"), "Bad [31mGateway (502"},
		"a login":      {page(200, "<html><form>sign in</form>"), ""},
		"unauthorized": {page(401, "You are not authenticated."), "set MLFLOW_TRACKING_USERNAME"},
		"hang":         {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "did not answer in time"},
		"no JSON":      {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "application/json") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			broken.Store(nil)
			env := func(key string) string { return map[string]string{"MLFLOW_HTTP_REQUEST_TIMEOUT": "0.2"}[key] }
			reader, err := mlflow.OpenRead(server.URL, mlflow.Options{Env: env, Random: func() float64 { return 0 }})
			if err != nil {
				t.Fatal(err)
			}
			fresh, kept := open(t, nil, viewtest.Fleet(), "model-api"), open(t, nil, viewtest.Fleet(), "model-api")
			for _, b := range []*bench{fresh, kept} {
				b.desk().deps.Registry = reader
			}
			kept.run(kept.Enter(t.Context()))
			kept.shows("1.1.0", "accuracy 0.93")
			broken.Store(&test.answer)
			fresh.run(fresh.Enter(t.Context()))
			fresh.shows("The registry cannot be read:")
			kept.View(kept.frame(120, 40))
			kept.beat(time.Minute)
			kept.shows("1.1.0", "as of 1m ago", test.want)
			for _, size := range viewtest.Sizes {
				f := kept.frame(size.Width, size.Height)
				viewtest.Check(t, kept.View(f), f)
				viewtest.Check(t, fresh.View(f), f)
				line := ansi.Strip(kept.View(f)[1])
				if !strings.HasPrefix(line, " ✗ ") || strings.Contains(line, "<") {
					t.Errorf("the error is told as %q", line)
				}
			}
			broken.Store(nil)
			fresh.run(fresh.Update(ui.Refresh{}))
			fresh.shows("1.1.0")
		})
	}
}

// seed registers a version of model-api.
func seed(t *testing.T, url string) {
	t.Helper()
	r, err := mlflow.Open(url, mlflow.Options{})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "model.bin")
	if err := os.WriteFile(file, []byte("weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := r.Register(t.Context(), mlflow.Registration{Model: "model-api", File: file, Metrics: map[string]float64{"accuracy": .93}, Tags: map[string]string{mlflow.TagVersion: "1.1.0"}})
	if err != nil {
		t.Fatal(err)
	}
	change, err := r.PlanAlias(t.Context(), "model-api", mlflow.Champion, v.Number)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetAlias(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}
