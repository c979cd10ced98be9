package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pitwall/serve/gateway/split"
)

// maxAttempts bounds the backends tried for one request.
const maxAttempts = 4

// Gateway forwards requests and answers for its state. It is safe for
// concurrent use.
type Gateway struct {
	deployment string
	key        string // as configured
	keyHeader  string // canonical, "" when the key is a cookie
	keyCookie  string
	timeout    time.Duration
	log        *slog.Logger
	metrics    *metrics
	dialer     *dialer
	prober     *http.Client
	readyPath  string
	started    time.Time

	keepFile string // "" keeps nothing

	current  atomic.Pointer[table] // what requests see, never nil
	stopping atomic.Bool           // answers ask their client to reconnect elsewhere

	mu       sync.Mutex // one change of the state at a time
	variants map[string]*variant
	backends map[backendKey]*backend
}

type backendKey struct{ addr, name string }

// New makes a gateway without variants, which answers 503 until SetState. Of c
// it uses Deployment, KeyHeader, ReadyPath, Timeout and Log.
func New(c Config) *Gateway {
	g := &Gateway{
		deployment: c.Deployment,
		key:        c.KeyHeader,
		keyHeader:  http.CanonicalHeaderKey(c.KeyHeader),
		timeout:    c.Timeout,
		log:        c.Log,
		readyPath:  cmp.Or(c.ReadyPath, DefaultReadyPath),
		started:    time.Now().UTC(),
		variants:   make(map[string]*variant),
		backends:   make(map[backendKey]*backend),
	}
	if name, isCookie := strings.CutPrefix(c.KeyHeader, "cookie:"); isCookie {
		g.keyHeader, g.keyCookie = "", name
	}
	g.dialer = newDialer()
	g.prober = newProber(g.dialer)
	g.current.Store(&table{})
	g.metrics = newMetrics(g)
	return g
}

// hash gives the place of a request's user in the hash space. A request
// without a key gets a random place: a constant would send them all to the
// first candidate.
func (g *Gateway) hash(salt string, r *http.Request) uint32 {
	key := ""
	if g.keyHeader != "" {
		if values := r.Header[g.keyHeader]; len(values) > 0 {
			key = values[0]
		}
	} else if cookie, err := r.Cookie(g.keyCookie); err == nil {
		key = cookie.Value
	}
	if key == "" {
		return rand.Uint32()
	}
	return split.Hash(salt + key)
}

// ServeHTTP forwards one request to the variant of its user.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	t := g.current.Load()
	if t.split == nil {
		writeError(w, http.StatusServiceUnavailable, "the gateway has no variants yet", "")
		return
	}
	x := &exchange{g: g, w: w, r: r}
	x.route = t.assign(g.hash(t.salt, r))
	defer func() { x.route.count(x.code, time.Since(start)) }()
	if r.Method == http.MethodConnect {
		x.fail(http.StatusNotImplemented, "CONNECT is not forwarded")
		return
	}
	if r.ContentLength > 0 && !x.streams() {
		buf := buffers.Get().(*[32 << 10]byte)
		defer buffers.Put(buf)
		var err error
		if x.body, err = x.readBody(buf[:]); err != nil {
			x.fail(statusOf(r.Context(), err))
			return
		}
	}
	x.forward(t)
}

// forward tries the backends of the user's variant until one has the request.
func (x *exchange) forward(t *table) {
	var tried []*backend
	for range maxAttempts {
		b := x.route.pick(tried)
		if b == nil {
			next := x.g.current.Load()
			if next == t {
				break
			}
			// The state changed while we chose, and the old backends drain.
			t, tried = next, nil
			x.route = t.assign(x.g.hash(t.salt, x.r))
			continue
		}
		if len(tried) > 0 {
			x.route.metrics.retries.Inc()
		}
		err := x.attemptAcquired(b)
		if err == nil {
			return
		}
		var unsent errUnsent
		if !errors.As(err, &unsent) || x.r.Context().Err() != nil {
			x.g.log.Warn("request failed", "variant", x.route.name, "backend", b.addr, "error", err.Error())
			x.fail(statusOf(x.r.Context(), err))
			return
		}
		x.g.eject(b, err)
		tried = append(tried, b)
	}
	x.fail(http.StatusServiceUnavailable, fmt.Sprintf("variant %s has no ready backend", x.route.name))
}

func (x *exchange) attemptAcquired(b *backend) error {
	defer b.release()
	return x.attempt(b)
}

// eject takes a backend that refuses connections out of rotation until it is
// ready again.
func (g *Gateway) eject(b *backend, err error) {
	b.late.Store(false)
	if b.up.CompareAndSwap(true, false) {
		g.log.Warn("backend ejected", "backend", b.addr, "name", b.name, "error", err.Error())
	}
}

// fail answers on behalf of the variant.
func (x *exchange) fail(code int, reason string) {
	x.code = code
	if code == statusClientGone {
		panic(http.ErrAbortHandler)
	}
	if code == http.StatusServiceUnavailable {
		x.w.Header().Set("Retry-After", "1")
	}
	x.w.Header()["X-Pitwall-Variant"] = x.route.header
	if x.g.stopping.Load() {
		x.w.Header().Set("Connection", "close")
	}
	writeError(x.w, code, reason, x.route.name)
}

// count records the end of one request. A code of 0 is a handler that
// panicked before it knew one.
func (r *route) count(code int, took time.Duration) {
	code = cmp.Or(code, http.StatusInternalServerError)
	r.requests.Add(1)
	if code >= http.StatusInternalServerError {
		r.errors.Add(1)
	}
	r.metrics.observe(code, took)
}

// errorBody is what the gateway itself answers with.
type errorBody struct {
	Error   string `json:"error"`
	Variant string `json:"variant,omitempty"`
}

func writeError(w http.ResponseWriter, code int, reason, variant string) {
	body, err := json.Marshal(errorBody{reason, variant})
	if err != nil {
		body = []byte(`{"error":"internal error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	w.Write(append(body, '\n')) // a client that is gone cannot be told
}

// Maintain probes every backend each second, brings those that are ready back
// into rotation, and closes connections that have been idle for long. It
// returns when ctx ends.
func (g *Gateway) Maintain(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			backends := g.current.Load().backends()
			g.probeAll(ctx, backends)
			for _, b := range backends {
				b.pool.closeIdleBefore(now.Add(-idleTimeout))
			}
		}
	}
}
