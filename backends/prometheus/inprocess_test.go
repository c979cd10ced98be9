package prometheus

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"
)

// inProcess makes a client of a handler in this process, without a socket, so
// that the tests may run on the clock of testing/synctest.
func inProcess(t *testing.T, h http.Handler, p Profile) *Client {
	t.Helper()
	s, err := ParseSource("http://embedded")
	if err != nil {
		t.Fatal(err)
	}
	s.Window = EmbeddedWindow
	c, err := newClient(s, p, direct{h})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// direct calls a handler in this process.
type direct struct{ handler http.Handler }

// RoundTrip returns when the handler has answered or the request's context has
// ended, whichever comes first.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context()) // a RoundTripper must not change its request
	if in.Body == nil {        // a request of a server always has a body
		in.Body = http.NoBody
	}
	in.RequestURI, in.RemoteAddr, in.Host = in.URL.RequestURI(), "127.0.0.1:0", in.URL.Host

	answered := make(chan error, 1)
	w := &recorder{header: http.Header{}, code: http.StatusOK}
	go func() {
		defer func() {
			_ = in.Body.Close()
			if p := recover(); p != nil {
				answered <- fmt.Errorf("the server in this process panicked: %v", p)
			}
		}()
		d.handler.ServeHTTP(w, in)
		answered <- nil
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case err := <-answered:
		if err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: w.code, Status: fmt.Sprintf("%d %s", w.code, http.StatusText(w.code)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}, nil
}

// recorder is a ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	code   int
	sent   bool
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) Write(p []byte) (int, error) {
	w.sent = true
	if w.body.Len() > maxBody { // capped refuses what there is already
		return 0, errTooLarge
	}
	return w.body.Write(p)
}

func (w *recorder) WriteHeader(code int) {
	if !w.sent {
		w.code, w.sent = code, true
	}
}
