package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
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
// reached, else what it said after what was being done. nil stays nil.
func (c *Client) fail(doing string, err error) error {
	var known *DownError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &refusal{doing, err}
	case unreachable(err):
		return &DownError{Host: c.host, Err: err}
	}
	return &refusal{doing, err}
}

// missing is fail for a call about one thing, whose absence is a *NotFoundError.
func (c *Client) missing(doing, kind, name string, err error) error {
	if errdefs.IsNotFound(err) {
		return &NotFoundError{Kind: kind, Name: name, Err: err}
	}
	return c.fail(doing, err)
}

// unreachable tells a connection that could not be made, or broke in the
// middle of an answer, from an answer that is an error.
func unreachable(err error) bool {
	var op *net.OpError
	return client.IsErrConnectionFailed(err) || errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}
