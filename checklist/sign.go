package checklist

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"pitwall/backends"
)

// Verdict is what a person signs.
type Verdict string

// The verdicts.
const (
	Attest  Verdict = "attest"  // it is so
	Waive   Verdict = "waive"   // let it go, until a time
	Approve Verdict = "approve" // of what another person has attested or waived
	Revoke  Verdict = "revoke"  // takes an attestation, a waiver or an approval back
)

// Past is the verdict as it is told afterwards.
func (v Verdict) Past() string {
	switch v {
	case Attest:
		return "attested"
	case Waive:
		return "waived"
	case Approve:
		return "approved"
	}
	return "revoked"
}

// SignOff is what a person said about an item. It is never changed: revoking
// is a sign-off of its own.
type SignOff struct {
	ID      string    `json:"id"` // of the journal's record
	Item    string    `json:"item"`
	Verdict Verdict   `json:"verdict"`
	Of      string    `json:"of,omitempty"` // ID of what is approved or revoked
	Note    string    `json:"note"`
	Link    string    `json:"link,omitempty"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires,omitzero"`
	Subject Subject   `json:"subject"`
}

// maxNote is the most bytes of a note or a link.
const maxNote = 1000

// InputError is what a person wrote into a sign-off that cannot be.
type InputError struct{ text string }

func (e *InputError) Error() string { return e.text }

func wrongInput(text string, args ...any) error { return &InputError{fmt.Sprintf(text, args...)} }

// CheckText tells what is wrong with the note and the link, which nothing has to
// be read for. The error is an *InputError.
func (s SignOff) CheckText() error {
	switch {
	case strings.TrimSpace(s.Note) == "":
		return wrongInput("a note is needed: what was looked at, and why that is enough")
	case len(s.Note) > maxNote || len(s.Link) > maxNote:
		return wrongInput("a note and a link have at most %d bytes", maxNote)
	}
	if u, err := url.Parse(s.Link); s.Link != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil) {
		return wrongInput("link %q is no http or https address without a user in it", s.Link)
	}
	return nil
}

// Check tells what is wrong with a sign-off before it is written. An item that is
// not there is a *backends.NotFoundError, what a person wrote an *InputError.
func (s SignOff) Check(l List, r Record, now time.Time) error {
	item, ok := l.Item(s.Item)
	if !ok {
		return &backends.NotFoundError{Kind: "item", Name: s.Item, Have: l.IDs()}
	}
	if err := s.CheckText(); err != nil {
		return err
	}
	switch longest := time.Duration(l.Settings.Waiver); {
	case s.Verdict == Attest && !item.Human() && len(item.Probes) > 0:
		return fmt.Errorf("%s is answered by probes (%s): a person can waive it, with a reason and an end", s.Item, strings.Join(item.Probes, ", "))
	case !s.Expires.IsZero() && !s.Expires.After(now):
		return wrongInput("it would have expired already")
	case s.Verdict == Waive && s.Expires.IsZero():
		return wrongInput("a waiver needs an end")
	case s.Verdict == Waive && s.Expires.Sub(now) > longest:
		return wrongInput("a waiver holds at most %s (waiver in the checklist's settings): give an end before %s", Days(longest), day(now.Add(longest)))
	}
	if s.Verdict == Approve || s.Verdict == Revoke {
		return s.checkOf(r, now)
	}
	return nil
}

// checkOf looks at what is approved or revoked.
func (s SignOff) checkOf(r Record, now time.Time) error {
	of, ok := r.sign(s.Of)
	switch {
	case !ok || of.Item != s.Item:
		return fmt.Errorf("there is no sign-off %s of %s", s.Of, s.Item)
	case r.revoked(of.ID):
		return fmt.Errorf("%s of %s is revoked already", of.Verdict, s.Item)
	case s.Verdict == Revoke:
		return nil
	case of.Verdict != Attest && of.Verdict != Waive:
		return fmt.Errorf("an approval is of an attestation or a waiver, not of %s %s", article(of.Verdict), of.Verdict)
	case person(of.By) == person(s.By):
		return fmt.Errorf("%s was signed by %s: another person has to approve it", s.Item, of.By)
	case of.expired(now):
		return fmt.Errorf("it has expired at %s: sign anew", of.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// person is who signs, on whatever machine: user@host is what a process says of
// itself, and the same user of two machines is one person.
func person(by string) string {
	user, _, _ := strings.Cut(by, "@")
	return user
}

func article(v Verdict) string {
	if v == Approve {
		return "an"
	}
	return "a"
}

func (s SignOff) expired(now time.Time) bool { return !s.Expires.IsZero() && !now.Before(s.Expires) }
