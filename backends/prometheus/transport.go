package prometheus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/prometheus/client_golang/api"
)

// maxBody is the size in bytes at which an answer is given up.
const maxBody = 16 << 20

var errTooLarge = errors.New("answer too large")

// capped limits the bodies of another transport.
type capped struct{ http.RoundTripper }

func (c capped) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = &cappedBody{ReadCloser: response.Body, left: maxBody}
	}
	return response, err
}

type cappedBody struct {
	io.ReadCloser
	left int
}

func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	b.left -= n
	return n, err
}

// judged looks at each answer before the client library decodes it, which
// would hide the status and quote login pages.
type judged struct {
	api.Client
	client *Client
}

// Do implements api.Client.
func (j judged) Do(ctx context.Context, r *http.Request) (*http.Response, []byte, error) {
	response, body, err := j.Client.Do(ctx, r)
	if err == nil {
		err = j.client.refusal(response, body)
	}
	return response, body, err
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
