package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// maxBuffered is the largest request body, in bytes, that is read whole before
// a backend is chosen. Longer and chunked ones stream through.
const maxBuffered = 64 << 10

// errClient marks a request whose body the client did not deliver.
var errClient = errors.New("the client did not send the whole body")

var errAbandoned = errors.New("the backend answered before it had the whole body")

// readBody reads a small body whole into buf.
func (x *exchange) readBody(buf []byte) ([]byte, error) {
	n := int(x.r.ContentLength)
	if cap(buf) < n {
		buf = make([]byte, n)
	}
	control := http.NewResponseController(x.w)
	control.SetReadDeadline(time.Now().Add(x.g.timeout))
	_, err := io.ReadFull(x.r.Body, buf[:n])
	control.SetReadDeadline(time.Time{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errClient, err)
	}
	return buf[:n], nil
}

// upload streams a request body to a backend while the answer is awaited. It
// owns the write side of the connection until done is closed.
type upload struct {
	done      chan struct{}
	err       error       // read it after done
	broken    atomic.Bool // the client broke off, and that closed the connection
	abandoned atomic.Bool // the answer is complete: nobody needs the rest
}

func (u *upload) finished() bool {
	select {
	case <-u.done:
		return true
	default:
		return false
	}
}

// startUpload writes the body of x to c in the background. A client that
// breaks off closes the connection, so that the backend never takes half a
// body for a whole one.
func (x *exchange) startUpload(c *conn, chunked bool) *upload {
	u := &upload{done: make(chan struct{})}
	control := http.NewResponseController(x.w)
	control.EnableFullDuplex()
	go func() {
		defer close(u.done)
		u.err = x.copyBody(u, c, control, chunked)
		if errors.Is(u.err, errClient) && !u.abandoned.Load() {
			u.broken.Store(true)
			c.Close()
		}
	}()
	return u
}

// copyBody copies the body chunk by chunk; every chunk gives the client and
// the backend a new deadline.
func (x *exchange) copyBody(u *upload, c *conn, control *http.ResponseController, chunked bool) error {
	const room = 8 // for the chunk's length in hexadecimal and its line end
	buf := make([]byte, room+32<<10+2)
	left := x.r.ContentLength
	for {
		control.SetReadDeadline(time.Now().Add(x.g.timeout))
		if u.abandoned.Load() { // after the deadline, which abandon shortens
			return errAbandoned
		}
		n, err := x.r.Body.Read(buf[room : len(buf)-2])
		if n > 0 {
			left -= int64(n)
			c.SetDeadline(time.Now().Add(x.g.timeout))
			if _, err := c.Write(frame(buf, room, n, chunked)); err != nil {
				return err
			}
		}
		if err == nil {
			continue
		}
		control.SetReadDeadline(time.Time{})
		switch {
		case err != io.EOF || !chunked && left != 0:
			return fmt.Errorf("%w: %w", errClient, err)
		case chunked:
			_, err := c.Write(appendTrailers(buf[:0], x.r.Trailer))
			return err
		}
		return nil
	}
}

// frame makes a chunk of the n bytes that start at room, in place.
func frame(buf []byte, room, n int, chunked bool) []byte {
	if !chunked {
		return buf[room : room+n]
	}
	var length [8]byte
	head := append(strconv.AppendInt(length[:0], int64(n), 16), "\r\n"...)
	start := room - len(head)
	copy(buf[start:], head)
	copy(buf[room+n:], "\r\n")
	return buf[start : room+n+2]
}

// abandon ends an upload that the backend answered before its end. The client
// gets a moment to finish sending, so that the answer is not lost to a reset.
func (x *exchange) abandon(u *upload, c *conn) {
	u.abandoned.Store(true)
	c.Close()
	http.NewResponseController(x.w).SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	<-u.done
}
