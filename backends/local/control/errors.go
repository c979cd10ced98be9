package control

import (
	"errors"
	"net/http"

	"pitwall/backends"
)

// Error is the body of an answer that is an error. At most one of the typed
// details is set.
type Error struct {
	Text        string       `json:"error"`
	Conflict    *Conflict    `json:"conflict,omitempty"`
	Unsupported *Unsupported `json:"unsupported,omitempty"`
	NotFound    *NotFound    `json:"not_found,omitempty"`
}

// Conflict carries a backends.ConflictError.
type Conflict struct {
	Deployment string              `json:"deployment"`
	Now        backends.Deployment `json:"now"`
}

// Unsupported carries a backends.UnsupportedError.
type Unsupported struct {
	Op     backends.Op `json:"op"`
	Reason string      `json:"reason"`
}

// NotFound carries a backends.NotFoundError.
type NotFound struct {
	Kind string   `json:"kind"`
	Name string   `json:"name"`
	Have []string `json:"have,omitempty"`
}

// Encode makes the body and the status of an error.
func Encode(err error) (Error, int) {
	e := Error{Text: err.Error()}
	var conflict *backends.ConflictError
	var unsupported *backends.UnsupportedError
	var notFound *backends.NotFoundError
	switch {
	case errors.As(err, &conflict):
		e.Conflict = &Conflict{Deployment: conflict.Deployment, Now: conflict.Now}
		return e, http.StatusConflict
	case errors.As(err, &unsupported):
		e.Unsupported = &Unsupported{Op: unsupported.Op, Reason: unsupported.Reason}
		return e, http.StatusUnprocessableEntity
	case errors.As(err, &notFound):
		e.NotFound = &NotFound{Kind: notFound.Kind, Name: notFound.Name, Have: notFound.Have}
		return e, http.StatusNotFound
	}
	return e, http.StatusInternalServerError
}

// Decode makes the error of a body: a *backends.ConflictError,
// *backends.UnsupportedError or *backends.NotFoundError where it was one, else
// an error with the same text.
func (e Error) Decode() error {
	switch {
	case e.Conflict != nil:
		return &backends.ConflictError{Deployment: e.Conflict.Deployment, Now: e.Conflict.Now}
	case e.Unsupported != nil:
		return &backends.UnsupportedError{Op: e.Unsupported.Op, Reason: e.Unsupported.Reason}
	case e.NotFound != nil:
		return &backends.NotFoundError{Kind: e.NotFound.Kind, Name: e.NotFound.Name, Have: e.NotFound.Have}
	}
	return errors.New(e.Text)
}
