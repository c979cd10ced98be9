package api

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// RaceError says that the object was changed since it was read: a test of the
// patch did not hold, or its resource version is an old one. Nothing was
// written.
type RaceError struct{ err error }

func (e *RaceError) Error() string { return "it was changed since you looked: " + e.err.Error() }

// Unwrap gives the API server's own error.
func (e *RaceError) Unwrap() error { return e.err }

// RightError says that this user may not do what was asked.
type RightError struct {
	Text string // the API server's own words
}

func (e *RightError) Error() string { return "this user may not: " + e.Text }

// CredentialError says that the API server does not know who asks.
type CredentialError struct{ err error }

func (e *CredentialError) Error() string {
	return "the credentials are not accepted (expired?): log in again, e.g. with kubectl get namespaces: " + e.err.Error()
}

// Unwrap gives the cause.
func (e *CredentialError) Unwrap() error { return e.err }

// DownError says that the API server does not answer.
type DownError struct {
	Server string
	Err    error
}

func (e *DownError) Error() string {
	return fmt.Sprintf("the API server %s does not answer: %v", e.Server, e.Err)
}

// Unwrap gives the cause.
func (e *DownError) Unwrap() error { return e.Err }

// BehindError says that a watch cannot go on where it was: what it has shown is
// old until everything is listed anew, which happens by itself.
type BehindError struct{ err error }

func (e *BehindError) Error() string {
	return "what is known is old and is being listed anew: " + e.err.Error()
}

// Unwrap gives the cause.
func (e *BehindError) Unwrap() error { return e.err }

// Unsent reports whether the request did not leave this machine.
func (e *DownError) Unsent() bool {
	var op *net.OpError
	return errors.As(e.Err, &op) && op.Op == "dial"
}

// Explain gives an API server's answer the type that tells what can be done
// about it: *RaceError, *RightError, *CredentialError, *PluginError, *DownError,
// *BehindError. Any
// other error is given back as it is.
func Explain(err error) error {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return explainStatus(err, status.Status())
	}
	var plugin *PluginError
	var late interface{ Timeout() bool }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &plugin):
		return plugin
	case errors.As(err, &late) && late.Timeout(), isNetwork(err):
		return &DownError{serverOf(err), cause(err)}
	}
	return err
}

func explainStatus(err error, s meta.Status) error {
	switch {
	case s.Code == http.StatusConflict && s.Reason == meta.StatusReasonConflict:
		return &RaceError{err}
	// A JSON Patch of which a test fails is answered 422 by the API server
	// with this text (apiserver v0.37 pkg/endpoints/handlers/patch.go), without
	// a field of its own.
	case s.Code == http.StatusUnprocessableEntity && (s.Details == nil || len(s.Details.Causes) == 0):
		return &RaceError{err}
	case s.Code == http.StatusForbidden && s.Reason == meta.StatusReasonForbidden && strings.Contains(s.Message, "cannot "):
		return &RightError{s.Message}
	case s.Code == http.StatusUnauthorized:
		return &CredentialError{err}
	case s.Code == http.StatusGone:
		return &BehindError{err}
	case s.Code == http.StatusServiceUnavailable, s.Code == http.StatusGatewayTimeout, s.Code == http.StatusBadGateway:
		return &DownError{"", err}
	}
	return err
}

func isNetwork(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		utilnet.IsProbableEOF(err) || utilnet.IsHTTP2ConnectionLost(err) // it ended in the middle of an answer
}

func serverOf(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		if parsed, parseErr := url.Parse(u.URL); parseErr == nil {
			return parsed.Host
		}
	}
	return ""
}

// cause leaves away the URL with its query, which says nothing to people.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
