package serve

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pitwall/serve/model"
)

func TestReadinessLifeCycle(t *testing.T) {
	loaded, answering, finish := make(chan struct{}), make(chan struct{}), make(chan struct{})
	slow := &fake{before: func(rows int) {
		if rows == 2 {
			close(answering)
			<-finish
		}
	}}
	s := launch(t, Config{Grace: 300 * time.Millisecond}, func() (Predictor, error) { <-loaded; return slow, nil })

	check := func(state string, code int, body string) {
		t.Helper()
		if c, b := s.get("/ready"); c != code || !sameJSON(t, b, body) {
			t.Errorf("%s: /ready answers %d %s, want %d %s", state, c, b, code, body)
		}
		for _, path := range []string{"/v2/health/ready", "/v2/models/m/ready"} {
			if c, _ := s.get(path); c != code {
				t.Errorf("%s: %s answers %d, want %d", state, path, c, code)
			}
		}
		for _, path := range []string{"/health", "/v2/health/live", "/metrics"} {
			if c, _ := s.get(path); c != 200 {
				t.Errorf("%s: %s answers %d, want 200", state, path, c)
			}
		}
	}
	check("loading", 503, `{"ready":false,"reason":"loading"}`)
	if err := Healthcheck(t.Context(), s.addr); err == nil || !strings.Contains(err.Error(), "not ready: loading") {
		t.Errorf("health check while loading: %v", err)
	}
	for _, path := range []string{"/predict", "/v2/models/m/infer"} {
		if c, b := s.post(path, oneRow); c != 503 || !isError(b, "loading") {
			t.Errorf("loading: %s answers %d %s", path, c, b)
		}
	}
	if c, b := s.get("/v2/models/m"); c != 503 || !isError(b, "loading") {
		t.Errorf("loading: metadata answers %d %s", c, b)
	}

	close(loaded)
	s.await("readiness", func() bool { c, _ := s.get("/ready"); return c == 200 })
	check("serving", 200, `{"ready":true}`)
	if err := Healthcheck(t.Context(), s.addr); err != nil {
		t.Errorf("health check while serving: %v", err)
	}

	late := make(chan int, 1)
	go func() { c, _ := s.post("/predict", `{"instances":[[1,2,3],[1,2,3]]}`); late <- c }()
	<-answering
	s.stop()
	s.await("draining", func() bool { return strings.Contains(s.log.String(), `"draining"`) })
	check("draining", 503, `{"ready":false,"reason":"draining"}`)
	response, _ := s.request(http.MethodPost, "/predict", oneRow)
	if response.StatusCode != 200 || !response.Close {
		t.Errorf("draining: /predict answers %d, close %v; want 200 that closes the connection", response.StatusCode, response.Close)
	}
	close(finish)
	if c := <-late; c != 200 {
		t.Errorf("a request under way at the stop got %d", c)
	}
	if err := s.ended(); err != nil {
		t.Errorf("run returned %v", err)
	}
	if err := Healthcheck(t.Context(), s.addr); err == nil {
		t.Error("health check after the end succeeds")
	}
}

// Clients with kept-alive connections post without pause while the server is
// told to stop. Every request that got a connection gets its answer; when the
// server is gone, connecting is refused.
func TestDrainLosesNoRequest(t *testing.T) {
	for range 3 {
		s := begin(t, Config{Grace: 50 * time.Millisecond}, &fake{before: func(int) { time.Sleep(200 * time.Microsecond) }})
		var answered, afterStop atomic.Int64
		var stopped atomic.Bool
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				transport := &http.Transport{}
				defer transport.CloseIdleConnections()
				for {
					// a body without GetBody: the transport cannot quietly send it again
					r, err := http.NewRequest(http.MethodPost, "http://"+s.addr+"/predict", io.NopCloser(strings.NewReader(oneRow)))
					if err != nil {
						t.Error(err)
						return
					}
					response, err := transport.RoundTrip(r)
					if errors.Is(err, syscall.ECONNREFUSED) {
						return
					}
					if err != nil {
						t.Errorf("a request was lost: %v", err)
						return
					}
					_, err = io.Copy(io.Discard, response.Body)
					response.Body.Close()
					if response.StatusCode != 200 || err != nil {
						t.Errorf("status %d, %v", response.StatusCode, err)
						return
					}
					answered.Add(1)
					if stopped.Load() {
						afterStop.Add(1)
					}
				}
			})
		}
		s.await("load", func() bool { return answered.Load() > 300 })
		stopped.Store(true)
		if err := s.wait(); err != nil {
			t.Errorf("run returned %v", err)
		}
		wg.Wait()
		if afterStop.Load() == 0 {
			t.Error("no request was answered after the stop: nothing was proved")
		}
	}
}

func TestRequestsThatOutliveTheDrain(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	s := begin(t, Config{DrainTimeout: 20 * time.Millisecond}, &fake{before: func(int) { close(begun); <-release }})
	go func() {
		response, err := http.Post("http://"+s.addr+"/predict", "application/json", strings.NewReader(oneRow))
		if err == nil {
			response.Body.Close()
		}
	}()
	<-begun
	defer close(release)
	if err := s.wait(); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("run returned %v, want that requests were cut off", err)
	}
}

func TestRunRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	damaged := t.TempDir() + "/damaged.onnx"
	whole, err := os.ReadFile(modelFile("bc_gb.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		config Config
		want   string
	}{
		{"port taken", Config{Listen: taken.Addr().String()}, "address in use: stop the program"},
		{"no address", Config{Listen: "nowhere"}, `listen on "nowhere"`},
		{"no file", Config{ModelPath: "absent.onnx"}, "absent.onnx"},
		{"damaged", Config{ModelPath: damaged}, "damaged.onnx"},
		{"digest", Config{SHA256: strings.Repeat("0", 64)}, "sha256"},
		{"name", Config{Name: "a/b"}, "model name"},
		{"escape", Config{Name: "a\x1b[2J"}, "model name"},
		{"version", Config{Version: "1\r\nX-Evil: 1"}, "model version"},
		{"negative", Config{MaxRows: -1}, "negative"},
		{"no baseline", Config{BaselinePath: modelFile("bc.json")}, "baseline"},
		{"control", Config{Supervised: true}, "control stream"},
	} {
		if c.config.Listen == "" {
			c.config.Listen = "127.0.0.1:0"
		}
		if c.config.ModelPath == "" {
			c.config.ModelPath = modelFile("bc_gb.onnx")
		}
		err := Run(t.Context(), c.config)
		var usage *UsageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a UsageError with %q", c.name, err, c.want)
		}
	}
	var digest *model.DigestError
	err = Run(t.Context(), Config{Listen: "127.0.0.1:0", ModelPath: modelFile("bc_gb.onnx"), SHA256: strings.Repeat("0", 64)})
	if !errors.As(err, &digest) {
		t.Errorf("%v does not wrap the model's error", err)
	}
}

func TestHealthcheckAddress(t *testing.T) {
	s := begin(t, Config{}, &fake{})
	_, port, _ := net.SplitHostPort(s.addr)
	for addr, ok := range map[string]bool{
		s.addr: true, ":" + port: true, "0.0.0.0:" + port: true, "localhost:" + port: true,
		"127.0.0.1": false, "127.0.0.1:1": false, "127.0.0.1:x y": false,
	} {
		if err := Healthcheck(t.Context(), addr); (err == nil) != ok {
			t.Errorf("health check of %s: %v", addr, err)
		}
	}
	broken := http.Server{Handler: http.NotFoundHandler()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go broken.Serve(l)
	defer broken.Close()
	if err := Healthcheck(t.Context(), l.Addr().String()); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("health check of another server: %v", err)
	}
}

// Clients of many kinds at once: meant for the race detector.
func TestConcurrentClients(t *testing.T) {
	named := &fake{names: abc}
	s := begin(t, Config{BaselinePath: writeBaseline(t, named, "a,b,c\n1,2,3\n")}, named)
	inference := `{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[0.75,1,2]}],"outputs":[{"name":"label"}]}`
	var wg sync.WaitGroup
	for _, c := range []struct{ path, body, want string }{
		{"/predict", oneRow, `"label":"yes"`},
		{"/predict", `{"instances":[{"a":0.25,"b":1,"c":2}]}`, `"label":"no"`},
		{"/predict", `{"features":[1]}`, "row 0 has 1 values"},
		{"/v2/models/m/infer", inference, `"data":["yes"]`},
	} {
		wg.Go(func() {
			for range 50 {
				response, err := http.Post("http://"+s.addr+c.path, "", strings.NewReader(c.body))
				if err != nil {
					t.Error(err)
					return
				}
				body, _ := io.ReadAll(response.Body)
				response.Body.Close()
				if !bytes.Contains(body, []byte(c.want)) {
					t.Errorf("%s: %s", c.body, body)
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			s.scrape(true)
		}
	})
	wg.Wait()
	if n := s.metric("model_requests_total", "code", "200"); n != 150 {
		t.Errorf("%v requests counted, want 150", n)
	}
}
