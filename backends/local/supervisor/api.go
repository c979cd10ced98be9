package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"pitwall/backends"
	"pitwall/backends/internal/flow"
	"pitwall/backends/local/control"
)

// watchEvery is the least time between two listings of a watch.
const watchEvery = 100 * time.Millisecond

// handler serves the control API; package control documents it.
func (s *Supervisor) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+control.PathStack, answer(func(*http.Request) (any, error) { return s.Stack(), nil }))
	mux.HandleFunc("GET "+control.PathDeployments, answer(func(*http.Request) (any, error) { return s.listing(), nil }))
	mux.HandleFunc("GET "+control.PathWatch, s.serveWatch)
	mux.HandleFunc("GET "+control.PathLogs, s.serveLogs)
	mux.HandleFunc("POST "+control.PathDryRun, answer(s.serveDryRun))
	mux.HandleFunc("POST "+control.PathApply, answer(s.serveApply))
	mux.HandleFunc("GET "+control.PathRevisions, answer(func(r *http.Request) (any, error) {
		d, err := s.deployment(r.FormValue("deployment"))
		if err != nil {
			return nil, err
		}
		return d.revisions(), nil
	}))
	mux.HandleFunc("GET "+control.PathVersions, answer(func(r *http.Request) (any, error) {
		d, err := s.deployment(r.FormValue("deployment"))
		if err != nil {
			return nil, err
		}
		return d.versions(), nil
	}))
	mux.HandleFunc("GET "+control.PathSetup, answer(func(r *http.Request) (any, error) {
		d, err := s.deployment(r.FormValue("deployment"))
		if err != nil {
			return nil, err
		}
		return s.setup(d), nil
	}))
	mux.HandleFunc("GET "+control.PathEvents, answer(s.serveEvents))
	mux.HandleFunc("GET "+control.PathScenarios, answer(func(*http.Request) (any, error) { return s.practice.list(), nil }))
	mux.HandleFunc("POST "+control.PathScenario, answer(s.serveScenario))
	return mux
}

// answer writes what f returns, or its error.
func answer(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, control.MaxBody)
		value, err := f(r)
		if err != nil {
			body, status := control.Encode(err)
			if bad := (*badRequest)(nil); errors.As(err, &bad) {
				status = http.StatusBadRequest
			}
			writeJSON(w, status, body)
			return
		}
		status := http.StatusOK
		if r.URL.Path == control.PathApply {
			status = http.StatusAccepted
		}
		writeJSON(w, status, value)
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that is gone cannot be told
}

// badRequest is an error in what the client sent.
type badRequest struct{ err error }

func (e *badRequest) Error() string { return e.err.Error() }

// readJSON reads a request's body, all of it.
func readJSON(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return &badRequest{fmt.Errorf("read the request: %w", err)}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &badRequest{errors.New("read the request: more than one JSON value in it")}
	}
	return nil
}

func (s *Supervisor) serveDryRun(r *http.Request) (any, error) {
	var c backends.Change
	if err := readJSON(r, &c); err != nil {
		return nil, err
	}
	effects, err := s.dryRun(c)
	return control.Effects{Effects: effects}, err
}

func (s *Supervisor) serveApply(r *http.Request) (any, error) {
	var c backends.Change
	if err := readJSON(r, &c); err != nil {
		return nil, err
	}
	// Once accepted it is carried out, even if the client goes away meanwhile.
	return struct{}{}, s.apply(context.WithoutCancel(r.Context()), c)
}

func (s *Supervisor) serveScenario(r *http.Request) (any, error) {
	var name control.ScenarioName
	if err := readJSON(r, &name); err != nil {
		return nil, err
	}
	return struct{}{}, s.practice.begin(context.WithoutCancel(r.Context()), name.Name)
}

func (s *Supervisor) serveEvents(r *http.Request) (any, error) {
	since, err := parseSince(r)
	if err != nil {
		return nil, err
	}
	name := r.FormValue("deployment")
	if name != "" {
		if _, err := s.deployment(name); err != nil {
			return nil, err
		}
	}
	return s.events.List(name, since), nil
}

func parseSince(r *http.Request) (time.Time, error) {
	text := r.FormValue("since")
	if text == "" {
		return time.Time{}, nil
	}
	since, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return since, &badRequest{fmt.Errorf("since: %w", err)}
	}
	return since, nil
}

// serveWatch sends a listing at once and one after every change, at most one
// every watchEvery.
func (s *Supervisor) serveWatch(w http.ResponseWriter, r *http.Request) {
	send := streamJSON(w)
	var sent []backends.Deployment
	for {
		next := s.bell.Next()
		listing := s.listing()
		if sent == nil || !reflect.DeepEqual(sent, listing.Deployments) {
			if send(listing) != nil {
				return
			}
			sent = listing.Deployments
		}
		if !flow.Sleep(r.Context(), watchEvery) {
			return
		}
		select {
		case <-next:
		case <-r.Context().Done():
			return
		}
	}
}

func (s *Supervisor) serveLogs(w http.ResponseWriter, r *http.Request) {
	since, err := parseSince(r)
	query := backends.LogQuery{Deployment: r.FormValue("deployment"), Variant: r.FormValue("variant"),
		Replica: r.FormValue("replica"), Since: since, Follow: r.FormValue("follow") == "true"}
	if err == nil && query.Deployment != "" {
		_, err = s.deployment(query.Deployment)
	}
	if err != nil {
		answer(func(*http.Request) (any, error) { return nil, err })(w, r)
		return
	}
	send := streamJSON(w)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	for line := range s.logs.Stream(ctx, query) {
		if send(line) != nil {
			return
		}
	}
}

// streamJSON begins a stream of JSON values, one a line, each sent at once.
func streamJSON(w http.ResponseWriter) (send func(any) error) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	_ = flusher.Flush() // the header, so that the client knows it is connected
	encoder := json.NewEncoder(w)
	return func(value any) error {
		if err := encoder.Encode(value); err != nil {
			return err
		}
		return flusher.Flush()
	}
}
