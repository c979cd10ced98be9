package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// statusClientGone is what nginx logs for a client that did not wait.
const statusClientGone = 499

// maxInterim bounds the 1xx answers before the final one.
const maxInterim = 5

// exchange is one request on its way through the gateway. It is used by one
// goroutine, and by an upload for the time that one runs.
type exchange struct {
	g     *Gateway
	route *route
	w     http.ResponseWriter
	r     *http.Request
	body  []byte // the whole body, unless it streams
	code  int    // what the client got, for the counts; 0 until known
}

// buffers hold request bodies on their way in and answers on their way out.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// errUnsent wraps the error of an attempt that put no byte on the wire: the
// only kind that another backend may try again.
type errUnsent struct{ error }

func (e errUnsent) Unwrap() error { return e.error }

func (x *exchange) streams() bool { return x.r.ContentLength < 0 || x.r.ContentLength > maxBuffered }

// attempt sends the request to one backend and its answer to the client. Once
// the answer has begun it panics with http.ErrAbortHandler on failure, for
// nothing can be put right then.
func (x *exchange) attempt(b *backend) error {
	ctx := x.r.Context()
	c, err := b.pool.get(ctx, x.g.dialer, b.addr, time.Now().Add(x.g.timeout))
	if err != nil {
		return errUnsent{fmt.Errorf("connect: %w", err)}
	}
	stop := context.AfterFunc(ctx, func() { c.Close() }) // the backend sees the client go
	reusable := false
	defer func() {
		if stop() && reusable {
			b.pool.put(c, time.Now())
			if b.draining.Load() {
				b.pool.closeIdle()
			}
			return
		}
		c.Close()
	}()
	up, err := x.send(c)
	if err != nil {
		return err
	}
	if up != nil {
		defer func() { // before the connection is judged above
			if !up.finished() {
				x.abandon(up, c)
			}
			reusable = reusable && up.err == nil
		}()
	}
	resp, err := x.readHead(c)
	if err != nil {
		if up != nil && up.broken.Load() {
			return errClient
		}
		return err
	}
	x.answer(c, resp, up)
	reusable = !resp.Close && c.reader.Buffered() == 0
	return nil
}

// send writes the request. A streaming body is still on its way when send
// returns; the upload is nil otherwise.
func (x *exchange) send(c *conn) (*upload, error) {
	body := framing{length: x.r.ContentLength, chunked: x.r.ContentLength < 0}
	head := appendHead(c.scratch[:0], x.r, body)
	head = append(head, x.body...)
	n, err := c.Write(head)
	if cap(head) <= 2*maxBuffered {
		c.scratch = head
	}
	switch {
	case err != nil && n == 0:
		return nil, errUnsent{fmt.Errorf("send: %w", err)}
	case err == nil && x.streams():
		return x.startUpload(c, body.chunked), nil
	}
	return nil, nil // the backend may have answered before it closed: reading tells
}

// readHead reads the header of the final answer and passes interim ones on.
func (x *exchange) readHead(c *conn) (*http.Response, error) {
	for range maxInterim {
		c.budget = maxHeadBytes
		resp, err := http.ReadResponse(c.reader, x.r)
		c.budget = -1
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the answer: %w", err)
		case resp.StatusCode >= 200 && resp.StatusCode <= 999:
			return resp, nil
		case resp.StatusCode < 100 || resp.StatusCode == http.StatusSwitchingProtocols:
			return nil, fmt.Errorf("read the answer: unexpected status %d", resp.StatusCode)
		case resp.StatusCode > http.StatusContinue && x.r.ProtoAtLeast(1, 1):
			h := x.w.Header()
			copyHeader(h, resp.Header)
			x.w.WriteHeader(resp.StatusCode)
			clear(h)
		}
	}
	return nil, fmt.Errorf("read the answer: more than %d interim answers", maxInterim)
}

// answer passes the backend's answer on.
func (x *exchange) answer(c *conn, resp *http.Response, up *upload) {
	h := x.w.Header()
	copyHeader(h, resp.Header)
	h["X-Pitwall-Variant"] = x.route.header
	if _, told := h["Content-Type"]; !told {
		h["Content-Type"] = nil // no guessing on the way
	}
	if up != nil && !up.finished() || x.g.stopping.Load() {
		h["Connection"] = []string{"close"}
	}
	announced := len(resp.Trailer)
	for key := range resp.Trailer {
		h.Add("Trailer", key)
	}
	x.code = resp.StatusCode
	x.w.WriteHeader(resp.StatusCode)
	if err := x.copyAnswer(c, resp); err != nil {
		x.code = http.StatusBadGateway
		if x.r.Context().Err() != nil {
			x.code = statusClientGone
		}
		panic(http.ErrAbortHandler) // the client must not take it for complete
	}
	prefix := ""
	if len(resp.Trailer) > announced { // net/http takes these only under a prefix, in a chunked answer
		prefix = http.TrailerPrefix
		http.NewResponseController(x.w).Flush()
	}
	for key, values := range resp.Trailer {
		h[prefix+key] = values
	}
}

// copyAnswer copies the body and flushes what has no known length as it comes.
func (x *exchange) copyAnswer(c *conn, resp *http.Response) error {
	if resp.ContentLength == 0 || resp.Body == http.NoBody {
		return nil
	}
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	control := http.NewResponseController(x.w)
	for first := true; ; first = false {
		if !first {
			deadline := time.Now().Add(x.g.timeout)
			c.SetReadDeadline(deadline)
			control.SetWriteDeadline(deadline)
		}
		n, err := resp.Body.Read(buf[:])
		if n > 0 {
			if _, err := x.w.Write(buf[:n]); err != nil {
				return err
			}
			if resp.ContentLength < 0 && c.reader.Buffered() == 0 && err == nil {
				control.Flush()
			}
		}
		if err == io.EOF {
			if !first {
				control.SetWriteDeadline(time.Time{})
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// statusOf gives the status and the reason for an attempt that failed before
// an answer began.
func statusOf(ctx context.Context, err error) (int, string) {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return statusClientGone, "the client closed the connection"
	case errors.Is(err, errClient):
		return http.StatusBadRequest, errClient.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return http.StatusGatewayTimeout, "the backend did not answer in time"
	}
	return http.StatusBadGateway, "the backend broke the connection or sent no valid answer"
}
