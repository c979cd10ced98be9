package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pitwall/serve/model"
)

// fake is a small model whose answers can be told from its rows: three
// features, and the probability of "yes" is the first one (.5 when missing).
type fake struct {
	names  []string
	before func(rows int) // called by Predict, may block or panic
}

func (f *fake) Info() model.Info {
	return model.Info{Format: "fake", Width: 3, Features: f.names, Classes: []string{"no", "yes"}, SHA256: strings.Repeat("0f", 32)}
}

func (f *fake) Predict(x []float32, rows int, out *model.Output) error {
	if f.before != nil {
		f.before(rows)
	}
	out.Rows, out.Columns, out.Scores, out.Labels = rows, 2, out.Scores[:0], out.Labels[:0]
	for i := range rows {
		p := x[3*i]
		if math.IsNaN(float64(p)) {
			p = .5
		}
		label := 0
		if p > .5 {
			label = 1
		}
		out.Scores = append(out.Scores, 1-p, p)
		out.Labels = append(out.Labels, label)
	}
	return nil
}

// instance is a server under test on a real loopback port.
type instance struct {
	t    testing.TB
	addr string
	log  *logBuffer
	stop context.CancelFunc
	done chan error // gets what run returned
}

// launch starts a server whose model comes from load, without waiting for it.
func launch(t testing.TB, c Config, load func() (Predictor, error)) *instance {
	t.Helper()
	i := &instance{t: t, log: new(logBuffer), done: make(chan error, 1)}
	c.Listen, c.Log = "127.0.0.1:0", slog.New(slog.NewJSONHandler(i.log, nil))
	if c.Grace == 0 {
		c.Grace = time.Millisecond
	}
	if c.Name == "" && c.ModelPath == "" {
		c.Name = "m"
	}
	c, err := c.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := listen(t.Context(), c.Listen)
	if err != nil {
		t.Fatal(err)
	}
	i.addr = listener.Addr().String()
	var ctx context.Context
	ctx, i.stop = context.WithCancel(context.Background())
	go func() { i.done <- newServer(c).run(ctx, listener, load) }()
	t.Cleanup(func() { i.stop(); <-i.done })
	return i
}

// begin starts a server for p and waits until it is ready.
func begin(t testing.TB, c Config, p Predictor) *instance {
	t.Helper()
	i := launch(t, c, func() (Predictor, error) { return p, nil })
	i.await("readiness", func() bool { code, _ := i.get("/ready"); return code == http.StatusOK })
	return i
}

// wait stops the server and gives what run returned.
func (i *instance) wait() error {
	i.t.Helper()
	i.stop()
	return i.ended()
}

// ended gives what run returned, and leaves it for the cleanup.
func (i *instance) ended() error {
	i.t.Helper()
	select {
	case err := <-i.done:
		i.done <- err
		return err
	case <-time.After(20 * time.Second):
		i.t.Fatal("the server does not stop")
		return nil
	}
}

// await polls until ok holds.
func (i *instance) await(what string, ok func() bool) {
	i.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	i.t.Fatalf("no %s; log:\n%s", what, i.log)
}

// do sends a request and gives the answer with its body read.
func (i *instance) do(r *http.Request) (*http.Response, string) {
	i.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		i.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	return response, string(body)
}

func (i *instance) request(method, path, body string) (*http.Response, string) {
	i.t.Helper()
	r, err := http.NewRequest(method, "http://"+i.addr+path, strings.NewReader(body))
	if err != nil {
		i.t.Fatal(err)
	}
	return i.do(r)
}

func (i *instance) get(path string) (int, string) {
	i.t.Helper()
	response, body := i.request(http.MethodGet, path, "")
	return response.StatusCode, body
}

func (i *instance) post(path, body string) (int, string) {
	i.t.Helper()
	response, answer := i.request(http.MethodPost, path, body)
	return response.StatusCode, answer
}

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// sameJSON compares two JSON texts by value.
func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("not JSON: %v: %q", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	gotText, _ := json.Marshal(g)
	wantText, _ := json.Marshal(w)
	return bytes.Equal(gotText, wantText)
}

// isError reports whether body is the protocol's error body with text in it.
func isError(body, text string) bool {
	var e map[string]string
	return json.Unmarshal([]byte(body), &e) == nil && len(e) == 1 && strings.Contains(e["error"], text)
}
