package mlflow

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// failure is an *Error of a request that got no answer. The URL is left out: it
// may hold a secret.
func (s *server) failure(doing string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	cause := err
	var outer *url.Error
	if errors.As(err, &outer) {
		cause = outer.Err
	}
	e := &Error{Doing: doing, Err: cause}
	var redirected *redirectError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		e.Message, e.Hint = s.base.Host+" did not answer in time", "is it overloaded? MLFLOW_HTTP_REQUEST_TIMEOUT sets how long it may take"
	case errors.As(err, &redirected):
		e.Message, e.Hint = redirected.why, "is there a login in front of it? give MLflow's own URL"
	case errors.Is(err, errTooLarge):
		e.Message = err.Error()
	default:
		e.Message, e.Hint = "no connection to "+s.base.Host+": "+clean(cause.Error()), "does it run, and is the URL right?"
	}
	return e
}

// refusal makes an *Error of an answer that is no success. Not all are JSON
// (trap 6).
func (s *server) refusal(doing string, a answer) error {
	e := &Error{Doing: doing, Status: a.status}
	switch a.kind {
	case "application/json":
		var said struct {
			Code    string `json:"error_code"`
			Message string `json:"message"`
		}
		_ = json.Unmarshal(a.body, &said) // another body has the status alone
		e.Code, e.Message = clean(said.Code), clean(said.Message)
	case "text/html":
		e.Message = cleanHTML(string(a.body[:min(len(a.body), 64<<10)]))
	default:
		e.Message = clean(string(a.body[:min(len(a.body), 64<<10)]))
	}
	if e.Message == "" {
		e.Message = http.StatusText(a.status)
	}
	e.Hint = s.hint(a.status, e)
	return e
}

// hint says what to do about a refusal, where that is known.
func (s *server) hint(status int, e *Error) string {
	switch {
	case status == http.StatusForbidden && strings.Contains(e.Message, "Invalid Host header"): // trap 15
		return "the server does not know the name " + s.base.Hostname() + ": start it with --allowed-hosts (MLFLOW_SERVER_ALLOWED_HOSTS), or use a name that it allows"
	case status == http.StatusUnauthorized && s.auth == credentials{}:
		return "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
	case status == http.StatusUnauthorized && s.auth.user == "":
		return "MLflow's own basic auth knows no tokens: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
	case status == http.StatusUnauthorized:
		return "the user or the password is wrong"
	case status == http.StatusForbidden:
		return "this user lacks the permission: reading needs READ, aliases, tags and stages need EDIT"
	case status == http.StatusNotFound && e.Code == "", status == http.StatusMethodNotAllowed:
		return "this is not MLflow, or one that has no such call: check the URL and its path"
	}
	return ""
}
