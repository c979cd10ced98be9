package mlflowtest

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Release is a version of MLflow.
type Release string

// The versions that were recorded.
const (
	V2_10 Release = "2.10.2"
	V2_17 Release = "2.17.2"
	V3_11 Release = "3.11.2.dev0"
)

// Options are what a Server is made with.
type Options struct {
	Release   Release          // default: V3_11
	BasicAuth bool             // the app of `mlflow server --app-name basic-auth`, with its default administrator
	NoUploads bool             // artefacts are in a store of their own, as with --no-serve-artifacts
	Now       func() time.Time // default: time.Now
	// Intercept sees every request first. When it returns true it has answered:
	// with a page, late, or with a lie.
	Intercept func(w http.ResponseWriter, r *http.Request) bool
}

// Server is an MLflow server in memory, a http.Handler. It is safe for
// concurrent use.
type Server struct {
	URL string // set by Start
	Options

	mu          sync.Mutex
	experiments []*experiment
	runs        []*run
	models      []*model
	logged      []*loggedModel
	files       map[string][]byte // by path behind the artefact proxy
	users       []*user
	nextID      int
	lastTick    int64 // milliseconds
}

// New makes a server that holds the default experiment only.
func New(o Options) *Server {
	o.Release = cmp.Or(o.Release, V3_11)
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{Options: o, files: map[string][]byte{}}
	s.experiments = append(s.experiments, &experiment{id: "0", name: "Default"})
	if o.BasicAuth {
		password := "password"
		if s.v3() {
			password = "password1234"
		}
		s.users = append(s.users, &user{id: 1, name: "admin", password: password, admin: true, permissions: map[string]string{}})
	}
	return s
}

// Start is New that listens on loopback until the test ends.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := New(o)
	listener := httptest.NewServer(s)
	t.Cleanup(listener.Close)
	s.URL = listener.URL
	return s
}

func (s *Server) v3() bool { return s.Release == V3_11 }

// route is one call of the API.
type route func(s *Server, c *call) (any, error)

// routes by path below api/2.0/mlflow/, then by method.
var routes = map[string]map[string]route{
	"experiments/create":                    {"POST": createExperiment},
	"experiments/get-by-name":               {"GET": getExperimentByName},
	"experiments/search":                    {"POST": searchExperiments, "GET": searchExperiments},
	"runs/create":                           {"POST": createRun},
	"runs/log-batch":                        {"POST": logBatch},
	"runs/log-metric":                       {"POST": logMetric},
	"runs/update":                           {"POST": updateRun},
	"runs/delete":                           {"POST": deleteRun},
	"runs/get":                              {"GET": getRun},
	"runs/search":                           {"POST": searchRuns},
	"metrics/get-history":                   {"GET": getHistory},
	"artifacts/list":                        {"GET": listArtifacts},
	"registered-models/create":              {"POST": createModel},
	"registered-models/get":                 {"GET": getModel},
	"registered-models/search":              {"GET": searchModels},
	"registered-models/update":              {"PATCH": updateModel},
	"registered-models/rename":              {"POST": renameModel},
	"registered-models/delete":              {"DELETE": deleteModel},
	"registered-models/set-tag":             {"POST": setModelTag},
	"registered-models/delete-tag":          {"DELETE": deleteModelTag},
	"registered-models/alias":               {"GET": getAlias, "POST": setAlias, "DELETE": deleteAlias},
	"registered-models/get-latest-versions": {"GET": getLatest, "POST": getLatest},
	"registered-models/permissions/create":  {"POST": createPermission},
	"model-versions/create":                 {"POST": createVersion},
	"model-versions/get":                    {"GET": getVersion},
	"model-versions/get-download-uri":       {"GET": getDownloadURI},
	"model-versions/search":                 {"GET": searchVersions},
	"model-versions/update":                 {"PATCH": updateVersion},
	"model-versions/delete":                 {"DELETE": deleteVersion},
	"model-versions/set-tag":                {"POST": setVersionTag},
	"model-versions/delete-tag":             {"DELETE": deleteVersionTag},
	"model-versions/transition-stage":       {"POST": transitionStage},
	"users/create":                          {"POST": createUser},
	"users/get":                             {"GET": getUser},
	"users/current":                         {"GET": currentUser},
	"webhooks":                              {"GET": listWebhooks, "POST": createWebhook},
	"logged-models":                         {"POST": createLogged},
	"logged-models/search":                  {"POST": searchLogged},
	"logged-models/{id}":                    {"GET": getLogged, "PATCH": finalizeLogged},
}

// exists reports whether this version and app of MLflow has a path.
func (s *Server) exists(path string) bool {
	group, _, _ := strings.Cut(path, "/")
	switch {
	case group == "webhooks" || group == "logged-models":
		return s.v3()
	case path == "users/current":
		return s.BasicAuth && s.v3()
	case group == "users" || strings.Contains(path, "permissions"):
		return s.BasicAuth
	}
	return routes[path] != nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Intercept != nil && s.Intercept(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.v3() && !s.letsIn(w, r) {
		return
	}
	if r.URL.Path == "/health" {
		page(w, http.StatusOK, "OK")
		return
	}
	by, ok := s.authenticate(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="mlflow"`)
		page(w, http.StatusUnauthorized, "You are not authenticated. Please see https://www.mlflow.org/docs/latest/auth/index.html#authenticating-to-mlflow on how to authenticate.")
		return
	}
	path, isAPI := strings.CutPrefix(r.URL.Path, "/api/2.0/mlflow/")
	if !isAPI {
		path, isAPI = strings.CutPrefix(r.URL.Path, "/ajax-api/2.0/mlflow/")
	}
	switch {
	case r.URL.Path == "/version":
		page(w, http.StatusOK, string(s.Release))
	case r.URL.Path == "/get-artifact" || strings.HasPrefix(r.URL.Path, proxyPath):
		s.serveFile(w, r)
	case isAPI:
		s.serveAPI(w, r, path, by)
	default:
		notThere(w)
	}
}

// letsIn is the security middleware of 3.5 and later (trap 15).
func (s *Server) letsIn(w http.ResponseWriter, r *http.Request) bool {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	origin := r.Header.Get("Origin")
	switch {
	case host != "localhost" && (ip == nil || !ip.IsLoopback() && !ip.IsPrivate()):
		plain(w, "Invalid Host header - possible DNS rebinding attack detected")
	case origin != "" && r.Method != http.MethodGet && !strings.Contains(origin, "//localhost") && !strings.Contains(origin, "//127.0.0.1"):
		plain(w, "Cross-origin request blocked")
	default:
		return true
	}
	return false
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, path string, by *user) {
	c := &call{release: s.Release, by: by}
	key := path
	if id, found := strings.CutPrefix(path, "logged-models/"); found && id != "search" {
		key, c.id = "logged-models/{id}", id
	}
	methods := routes[key]
	if methods == nil || !s.exists(key) {
		notThere(w)
		return
	}
	handle := methods[r.Method]
	if handle == nil {
		page(w, http.StatusMethodNotAllowed, "<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n")
		return
	}
	err := c.read(r)
	if err == nil {
		err = s.permit(c, key, r.Method)
	}
	var answer any
	if err == nil {
		answer, err = handle(s, c)
	}
	s.answer(w, answer, err)
}

// answer writes what a call returned.
func (s *Server) answer(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	switch e := err.(type) {
	case nil:
	case *refusal:
		status = e.status
		said := map[string]string{"error_code": e.code, "message": e.message}
		if s.v3() {
			said["sqlstate"], said["error_class"] = "KAM00", e.code
			if e.code == "RESOURCE_DOES_NOT_EXIST" {
				said["error_class"] = "RESOURCE_NOT_FOUND"
			}
		}
		answer = said
	case forbidden:
		page(w, http.StatusForbidden, "Permission denied")
		return
	default: // what the server did not expect
		page(w, http.StatusInternalServerError, "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"+
			"<p>The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.</p>\n")
		return
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // our own types
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(text))
}

func notThere(w http.ResponseWriter) {
	page(w, http.StatusNotFound, "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"+
		"<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n")
}
