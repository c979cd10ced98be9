package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Answer is what `pitwall gateway state` prints: exactly one of its fields is
// set. It lets a process outside of the gateway's container use the admin API,
// which listens on loopback inside, by running that command there.
type Answer struct {
	State    *State   `json:"state,omitempty"`    // as read, or as it is after the change
	Conflict *State   `json:"conflict,omitempty"` // what holds: it is not the state that was to be replaced
	Error    *Refusal `json:"error,omitempty"`
}

// Refusal is an error of the admin API.
type Refusal struct {
	Kind string `json:"kind"` // one of the kinds below
	Text string `json:"text"`
}

// The kinds of refusals.
const (
	RefusalInvalid      = "invalid"      // ErrInvalid; nothing was changed
	RefusalUnauthorized = "unauthorized" // the token is missing or wrong; nothing was changed
	RefusalFailed       = "failed"       // anything else; the state has to be read
)

// AnswerOf tells the result of a call of Client.
func AnswerOf(s State, err error) Answer {
	conflict := (*ConflictError)(nil)
	switch {
	case err == nil:
		return Answer{State: &s}
	case errors.As(err, &conflict):
		return Answer{Conflict: &conflict.Current}
	case errors.Is(err, ErrInvalid):
		return Answer{Error: &Refusal{RefusalInvalid, err.Error()}}
	case errors.Is(err, ErrUnauthorized):
		return Answer{Error: &Refusal{RefusalUnauthorized, err.Error()}}
	}
	return Answer{Error: &Refusal{RefusalFailed, err.Error()}}
}

// ParseAnswer reads what `pitwall gateway state` printed.
func ParseAnswer(text []byte) (Answer, error) {
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		return Answer{}, fmt.Errorf("read the gateway's answer: %w", err)
	}
	if a.State == nil && a.Conflict == nil && a.Error == nil {
		return Answer{}, errors.New("read the gateway's answer: it holds no state, conflict or error")
	}
	return a, nil
}

// Result gives back what AnswerOf was told, as Client documents its errors.
func (a Answer) Result() (State, error) {
	switch {
	case a.Error != nil && a.Error.Kind == RefusalInvalid:
		return State{}, refusedError{ErrInvalid, a.Error.Text}
	case a.Error != nil && a.Error.Kind == RefusalUnauthorized:
		return State{}, refusedError{ErrUnauthorized, a.Error.Text}
	case a.Error != nil:
		return State{}, errors.New(a.Error.Text)
	case a.Conflict != nil:
		return State{}, &ConflictError{Current: *a.Conflict}
	case a.State != nil:
		return *a.State, nil
	}
	return State{}, errors.New("the gateway's answer is empty")
}

// refusedError is an error that crossed a process border: the text of the
// whole with the kind that it wraps.
type refusedError struct {
	kind error
	text string
}

func (e refusedError) Error() string { return e.text }
func (e refusedError) Unwrap() error { return e.kind }
