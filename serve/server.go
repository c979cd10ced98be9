package serve

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// server is the HTTP side: it exists before the model is loaded and after it
// began to drain.
type server struct {
	config      Config
	log         *slog.Logger
	mux         *http.ServeMux
	meters      *meters
	faults      *faults
	loaded      atomic.Pointer[service] // nil while loading
	draining    atomic.Bool
	connections connections
	buffers     sync.Pool // of *buffers
	version     []string  // value of X-Model-Version
}

// newServer makes a server from a configuration with its defaults filled in.
func newServer(c Config) *server {
	s := &server{config: c, log: c.Log, mux: http.NewServeMux(), meters: newMeters(c), version: []string{c.Version}}
	s.buffers.New = func() any { return new(buffers) }
	s.faults = &faults{log: c.Log, exit: os.Exit, random: rand.Float64}
	s.routes()
	return s
}

func (s *server) routes() {
	get := func(path string, h http.HandlerFunc) {
		s.mux.HandleFunc(path, allow(h, http.MethodGet, http.MethodHead))
	}
	post := func(path string, h http.HandlerFunc) {
		s.mux.HandleFunc(path, allow(h, http.MethodPost))
	}
	post("/predict", s.prediction(predict))
	get("/health", s.health)
	get("/ready", s.ready)
	get("/metrics", s.meters.handler(s.log).ServeHTTP)

	get("/v2", s.serverMetadata)
	get("/v2/{$}", s.serverMetadata)
	get("/v2/health/live", s.liveV2)
	get("/v2/health/ready", s.readyV2)
	for _, model := range []string{"/v2/models/{name}", "/v2/models/{name}/versions/{version}"} {
		get(model, s.known(s.modelMetadata))
		get(model+"/ready", s.known(s.modelReady))
		post(model+"/infer", s.known(s.prediction(infer)))
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeError(w, http.StatusNotFound, fmt.Sprintf("no such path %.200q", r.URL.Path))
	})
}

// ServeHTTP adds to every answer what the whole server says, and turns a panic
// into an answer of 500.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["X-Model-Version"] = s.version
	if s.draining.Load() {
		header["Connection"] = []string{"close"}
	}
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { // net/http's own way to drop a connection
				panic(p)
			}
			writeError(w, http.StatusInternalServerError, s.panicked(p, r).Error())
		}
	}()
	s.mux.ServeHTTP(w, r)
}

// panicked logs a panic, and gives the error to answer with: the cause is
// nobody's business outside.
func (s *server) panicked(cause any, r *http.Request) error {
	s.log.Error("panic in a handler", "panic", fmt.Sprint(cause), "path", r.URL.Path, "stack", string(debug.Stack()))
	return &refusal{http.StatusInternalServerError, "internal error: the server's log has the details"}
}

// allow answers 405 to any other method.
func allow(h http.HandlerFunc, methods ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, m := range methods {
			if r.Method == m {
				h(w, r)
				return
			}
		}
		w.Header()["Allow"] = methods
		writeError(w, http.StatusMethodNotAllowed, fmt.Sprintf("method %.20q is not allowed here: use %s", r.Method, methods[0]))
	}
}

// notReady says why the server should not get traffic, "" when it should.
func (s *server) notReady() string {
	switch {
	case s.draining.Load():
		return "draining"
	case s.loaded.Load() == nil:
		return "loading"
	}
	return ""
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readiness is the answer of GET /ready.
type readiness struct {
	Ready  bool   `json:"ready"`
	Reason string `json:"reason,omitempty"` // "loading" or "draining"
}

func (s *server) ready(w http.ResponseWriter, _ *http.Request) {
	reason := s.notReady()
	writeJSON(w, readyStatus(reason), readiness{reason == "", reason})
}

func readyStatus(reason string) int {
	if reason != "" {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}
