package prometheus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	api "github.com/prometheus/client_golang/api/prometheus/v1"
)

// Kind tells the failures of a server apart.
type Kind int

// The kinds of failure.
const (
	Unreachable  Kind = iota // no connection: wrong address, refused, TLS
	TimedOut                 // no answer in time
	Unauthorized             // 401 or 403: the credentials are missing or wrong
	NotOffered               // the server does not have this endpoint
	Rejected                 // the server refused the query
	Unavailable              // the server failed, or is overloaded or starting
	Garbled                  // the answer is not one of Prometheus: a login page, too large, damaged
	Partial                  // the answer came with warnings: some data may be missing
)

// Error is a failure of a server to answer. Text may quote the server, so it
// is foreign; it is one line of at most a few hundred bytes.
type Error struct {
	Source string // name of the server
	Kind   Kind
	Text   string // what happened, and what to do about it where that is known
	Err    error  // the cause, may be nil
}

func (e *Error) Error() string { return e.Source + ": " + e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// most is the length in bytes at which foreign text is cut.
const most = 300

// explain makes an *Error of what the client library returned.
func (c *Client) explain(err error) error {
	var known *Error
	var answered *api.Error
	switch {
	case err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errTooLarge):
		return c.failure(Garbled, err, "the answer is larger than %d MiB: ask for less, or raise the limits of the selectors", maxBody>>20)
	case errors.Is(err, context.DeadlineExceeded):
		return c.failure(TimedOut, err, "no answer in time")
	case errors.As(err, &answered):
		text := strings.TrimSuffix(answered.Msg+": "+answered.Detail, ": ")
		switch answered.Type {
		case api.ErrTimeout, api.ErrCanceled, api.ErrServer:
			return c.failure(Unavailable, err, "%s", text)
		case api.ErrBadResponse:
			return c.failure(Garbled, err, "the answer is not one of Prometheus (%s): check the URL", text)
		default:
			return c.failure(Rejected, err, "the query was refused: %s", text)
		}
	}
	var request *url.Error // says the URL, which may hold a secret
	if errors.As(err, &request) {
		err = request.Err
	}
	return c.failure(Unreachable, err, "no connection: %v", err)
}

func (c *Client) failure(kind Kind, cause error, format string, args ...any) *Error {
	return &Error{Source: c.name, Kind: kind, Text: oneLine(fmt.Sprintf(format, args...)), Err: cause}
}

// refusal judges an answer by its status and type before it is decoded. It
// returns nil for what the client library understands by itself.
func (c *Client) refusal(r *http.Response, body []byte) error {
	page := strings.HasPrefix(r.Header.Get("Content-Type"), "text/html")
	switch code := r.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return c.failure(Unauthorized, nil, "access denied (%d): check the credentials%s", code, quote(body, page))
	case code == http.StatusNotFound || code == http.StatusMethodNotAllowed || code == http.StatusNotImplemented:
		return c.failure(NotOffered, nil, "not offered by this server (%d): check the path of the URL%s", code, quote(body, page))
	case code >= 500:
		return c.failure(Unavailable, nil, "the server failed (%d)%s", code, quote(body, page))
	case page:
		return c.failure(Garbled, nil, "answered with a web page instead of data (%d): is there a login in front of it? check the URL and the credentials", code)
	}
	return nil
}

// quote appends what the server said: the reason in a body of Prometheus, else
// the text itself, but never a page.
func quote(body []byte, page bool) string {
	if page || len(body) == 0 {
		return ""
	}
	var answer struct{ Error string }
	_ = json.Unmarshal(body, &answer) // another body is quoted as it is
	return ": " + cmp.Or(answer.Error, string(body[:min(len(body), 4*most)]))
}

// oneLine makes foreign text fit for a message: one line, valid UTF-8, short.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// timedOut says how long was waited, which the cause does not.
func (c *Client) timedOut(err error, after time.Duration) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == TimedOut {
		return c.failure(TimedOut, err, "no answer within %v", after)
	}
	return err
}
