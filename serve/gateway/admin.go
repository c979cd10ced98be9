package gateway

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"pitwall/serve/loopback"
)

// maxStateBytes bounds the body of PUT /v1/state.
const maxStateBytes = 256 << 10

// Admin gives the handler of the admin API. It must only be served on
// loopback.
//
//	GET /v1/state   the State; needs the token
//	PUT /v1/state   replaces it; needs the token and If-Match: "GENERATION"
//	GET /metrics    for Prometheus; without token, as it only reads
//
// Requests that a browser could have been tricked into are refused: those with
// a Host that is not loopback (DNS rebinding) and those with an Origin.
func (g *Gateway) Admin(token string) http.Handler {
	a := admin{g: g, token: sha256.Sum256([]byte(token))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/state", a.authorised(a.getState))
	mux.HandleFunc("PUT /v1/state", a.authorised(a.putState))
	mux.Handle("GET /metrics", g.metrics.handler())
	return refuseBrowsers(mux)
}

// Metrics gives the handler for an address that other machines may reach: it
// only reads, and tells nothing but what Prometheus is told.
//
//	GET /metrics   for Prometheus
//	GET /health    200 while the process runs
func (g *Gateway) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", g.metrics.handler())
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
	return mux
}

type admin struct {
	g     *Gateway
	token [sha256.Size]byte
}

func refuseBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback.Named(r.Host) {
			writeError(w, http.StatusForbidden, "the Host header does not name a loopback address", "")
			return
		}
		if _, cross := r.Header["Origin"]; cross {
			writeError(w, http.StatusForbidden, "requests from web pages are refused", "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *admin) authorised(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(token)) // equal lengths, so the comparison takes equal time
		if subtle.ConstantTimeCompare(got[:], a.token[:]) != 1 || !isBearer {
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeError(w, http.StatusUnauthorized, "the admin token is missing or wrong", "")
			return
		}
		next(w, r)
	}
}

func (a *admin) getState(w http.ResponseWriter, _ *http.Request) {
	writeState(w, http.StatusOK, a.g.State())
}

func (a *admin) putState(w http.ResponseWriter, r *http.Request) {
	generation, err := parseIfMatch(r.Header.Get("If-Match"))
	if err != nil {
		writeError(w, http.StatusPreconditionRequired, err.Error(), "")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStateBytes))
	if err != nil {
		code := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			code = http.StatusRequestEntityTooLarge
		}
		writeError(w, code, "read the state: "+err.Error(), "")
		return
	}
	s, err := ParseState(body)
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error(), "")
		return
	}
	after, err := a.g.SetState(r.Context(), s, generation)
	conflict := (*ConflictError)(nil)
	switch {
	case err == nil:
		writeState(w, http.StatusOK, after)
	case errors.As(err, &conflict):
		writeState(w, http.StatusPreconditionFailed, conflict.Current)
	case errors.Is(err, ErrInvalid):
		writeError(w, http.StatusBadRequest, err.Error(), "")
	default:
		writeError(w, http.StatusInternalServerError, err.Error(), "")
	}
}

// parseIfMatch reads the generation from an entity tag.
func parseIfMatch(tag string) (int64, error) {
	if tag == "" {
		return 0, errors.New(`the header If-Match: "GENERATION" is required`)
	}
	text, quoted := strings.CutPrefix(tag, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	generation, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !quoted || !closed || generation < 0 {
		return 0, fmt.Errorf(`If-Match %s is not a generation in quotes, such as "7"`, tag)
	}
	return generation, nil
}

func writeState(w http.ResponseWriter, code int, s State) {
	body, err := json.Marshal(s)
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error(), "")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", fmt.Sprintf(`"%d"`, s.Generation))
	w.WriteHeader(code)
	w.Write(append(body, '\n')) // a client that is gone cannot be told
}

// ParseState reads a State from JSON. Unknown fields are errors: a misspelt
// weight must not pass for 0. The content is not validated.
func ParseState(data []byte) (State, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var s State
	if err := d.Decode(&s); err != nil {
		return State{}, fmt.Errorf("read the state: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return State{}, errors.New("read the state: something follows the JSON object")
	}
	return s, nil
}
