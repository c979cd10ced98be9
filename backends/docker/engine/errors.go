package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// DownError says that the engine cannot be reached, and what to do about it.
type DownError struct {
	Host string
	Err  error
}

func (e *DownError) Error() string {
	text := e.cause()
	switch {
	case strings.Contains(text, "permission denied"):
		return fmt.Sprintf("this user may not use the Docker engine at %s: join the group docker (sudo usermod -aG docker $USER) and log in again", e.Host)
	case errors.Is(e.Err, context.DeadlineExceeded):
		return fmt.Sprintf("the Docker engine at %s does not answer: check that its machine and the network are up", e.Host)
	case strings.Contains(text, "tls:"), strings.Contains(text, "x509:"), strings.Contains(text, "TLS"):
		return fmt.Sprintf("the Docker engine at %s and this machine do not agree on TLS: check DOCKER_CERT_PATH, or the context's certificates (%s)", e.Host, text)
	case strings.HasPrefix(e.Host, "ssh://"):
		return fmt.Sprintf("no Docker engine answers at %s: check that `ssh %s docker version` works (%s)", e.Host, strings.TrimPrefix(e.Host, "ssh://"), text)
	case strings.Contains(text, "no such file"), strings.HasPrefix(e.Host, "unix://") && strings.Contains(text, "Cannot connect"):
		return fmt.Sprintf("no Docker engine answers at %s: start it (sudo systemctl start docker), or name another one with --backend docker://HOST", e.Host)
	}
	return fmt.Sprintf("no Docker engine answers at %s: check the address and that the engine runs (%s)", e.Host, text)
}

// cause is the innermost reason, without the URL of the request.
func (e *DownError) cause() string {
	var request *url.Error
	if errors.As(e.Err, &request) {
		return request.Err.Error()
	}
	return e.Err.Error()
}

func (e *DownError) Unwrap() error { return e.Err }

// NotFoundError says that something does not exist on the engine.
type NotFoundError struct {
	Kind string // container, image, volume, network, file
	Name string
	Err  error // what the engine said, may be nil
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no %s %q", e.Kind, e.Name) }
func (e *NotFoundError) Unwrap() error { return e.Err }

// UnknownContextError says that a Docker context does not exist.
type UnknownContextError struct {
	Name string
	Have []string // the contexts that exist, in order
}

func (e *UnknownContextError) Error() string {
	text := fmt.Sprintf("there is no Docker context %q: there is %s", e.Name, strings.Join(e.Have, ", "))
	if !strings.ContainsAny(e.Name, "/ ") {
		text += fmt.Sprintf("; for a machine of that name write tcp://%s", e.Name)
	}
	return text
}

// FullError says that the engine's disk is full, and what to do about it.
type FullError struct {
	Host  string
	Doing string // what it was asked for, and did not do
	Err   error  // what the engine said: its path tells which disk
}

func (e *FullError) Error() string {
	text := fmt.Sprintf("%s: the disk of the Docker engine at %s is full (%s): %s", e.Doing, e.Host, strings.TrimPrefix(e.Err.Error(), "Error response from daemon: "), MakeRoom)
	return longID.ReplaceAllString(text, "$1")
}

func (e *FullError) Unwrap() error { return e.Err }

// longID is an id as the engine writes it into paths. Its beginning tells.
var longID = regexp.MustCompile(`\b([0-9a-f]{12})[0-9a-f]{52}\b`)

// MakeRoom says what to do when the engine's disk is full. It names only what takes nothing that pitwall needs: stopped containers
// are what a rollback starts again, and volumes what is wanted.
const MakeRoom = "see what takes it with `docker system df`, make room with `docker image prune`, then do it again"

// full tells by the engine's words, which are all there is.
func full(err error) bool { return causeOf(err) == CauseDiskFull }

// refusal is an error of the engine with what it was asked for.
type refusal struct {
	doing string
	err   error
}

func (e *refusal) Error() string {
	return e.doing + ": " + strings.TrimPrefix(e.err.Error(), "Error response from daemon: ")
}
func (e *refusal) Unwrap() error { return e.err }

// fail makes the error of a call: a *DownError when the engine cannot be
// reached, a *FullError when its disk is full, else what it said after what was
// being done. nil stays nil.
func (c *Client) fail(ctx context.Context, doing string, err error) error {
	var known *DownError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return late(ctx, doing, err)
	case unreachable(err):
		return &DownError{Host: c.host, Err: err}
	case full(err):
		return &FullError{Host: c.host, Doing: doing, Err: err}
	}
	return &refusal{doing, err}
}

// lateError is a call that ended before the engine answered. Its text leaves out
// the request that the library quotes.
type lateError struct {
	doing, how string
	err        error
}

func (e *lateError) Error() string { return e.doing + ": " + e.how }
func (e *lateError) Unwrap() error { return e.err }

// limited is the cause of a context that tells how long was waited: "within 5s".
type limited interface {
	error
	Within() string
}

// late tells why a call ended early: it was waited for long enough, or is not
// waited for any more.
func late(ctx context.Context, doing string, err error) error {
	e := &lateError{doing: doing, how: "it was given up before the engine answered", err: err}
	if !errors.Is(err, context.DeadlineExceeded) {
		return e
	}
	e.how = "the engine did not answer in time"
	if overdue, known := errors.AsType[limited](context.Cause(ctx)); known {
		e.how, e.err = "the engine did not answer "+overdue.Within(), errors.Join(overdue, err)
	}
	return e
}

// missing is fail for a call about one thing, whose absence is a *NotFoundError.
func (c *Client) missing(ctx context.Context, doing, kind, name string, err error) error {
	if errdefs.IsNotFound(err) {
		return &NotFoundError{Kind: kind, Name: name, Err: err}
	}
	return c.fail(ctx, doing, err)
}

// ending is what an engine answers while it ends, of a store that it has closed.
const ending = "database not open"

// unreachable tells a connection that could not be made, or broke in the
// middle of an answer, or an engine about to be gone, from an answer that is an error.
func unreachable(err error) bool {
	var op *net.OpError
	return client.IsErrConnectionFailed(err) || errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || strings.Contains(err.Error(), ending)
}
