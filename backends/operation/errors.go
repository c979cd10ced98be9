package operation

import (
	"fmt"
	"strings"
)

// DeniedError says that guards refuse a plan. Nothing was changed.
type DeniedError struct {
	Guards []Guard // those that deny, not empty
}

func (e *DeniedError) Error() string {
	texts := make([]string, len(e.Guards))
	for i, g := range e.Guards {
		texts[i] = g.Text
	}
	return "denied: " + strings.Join(texts, "; ")
}

// NotConfirmedError says that a plan was not confirmed the way it asks for.
// Nothing was changed.
type NotConfirmedError struct {
	Danger Danger
	Want   string // what has to be typed, "" for a yes
}

func (e *NotConfirmedError) Error() string {
	if e.Want == "" {
		return "not confirmed: answer yes to go on"
	}
	return fmt.Sprintf("not confirmed: type %q to go on", e.Want)
}

// JournalError says that the journal could not be written. When Changed is
// false the intent could not be recorded and nothing was changed; when it is
// true the change was made and only its result is missing from the journal.
type JournalError struct {
	Changed bool
	Err     error
}

func (e *JournalError) Error() string {
	if e.Changed {
		return fmt.Sprintf("the operation ended but its result could not be recorded: %v", e.Err)
	}
	return fmt.Sprintf("nothing was changed, because the journal cannot be written: %v", e.Err)
}

func (e *JournalError) Unwrap() error { return e.Err }
