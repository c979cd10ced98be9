package checklist

import "fmt"

// State is how an item of the checklist stands. The zero value is Unknown.
type State int

// The states.
const (
	Unknown       State = iota // could not be looked at, or nobody has yet
	Pass                       // proven
	Warn                       // works, but below what is advised
	Fail                       // proven not to hold
	NotApplicable              // the question does not arise here
	Attested                   // a person says so, and signed for it
	Waived                     // a person let it go, until a time
	Stale                      // was known of another version, or too long ago
)

var stateNames = [...]string{"unknown", "pass", "warn", "fail", "n/a", "attested", "waived", "stale"}

// States lists every state, the worst first.
func States() []State {
	return []State{Fail, Stale, Unknown, Warn, Attested, Waived, Pass, NotApplicable}
}

// String gives the word of screens, reports and files.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return stateNames[Unknown]
	}
	return stateNames[s]
}

// Holds reports whether an item in this state lets a gate through.
func (s State) Holds() bool { return s != Unknown && s != Fail && s != Stale }

// worse reports whether s is worse news than t.
func (s State) worse(t State) bool { return s.rank() < t.rank() }

func (s State) rank() int {
	for i, x := range States() {
		if x == s {
			return i
		}
	}
	return len(stateNames)
}

// MarshalText writes the word.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word. One it does not know is Unknown: an older
// pitwall must be able to read what a newer one has written.
func (s *State) UnmarshalText(text []byte) error {
	*s = Unknown
	for i, name := range stateNames {
		if name == string(text) {
			*s = State(i)
		}
	}
	return nil
}

// Phase is when an item of the checklist has to hold.
type Phase string

// The phases, in order.
const (
	Pre      Phase = "pre"      // before the deployment
	Deploy   Phase = "deploy"   // of the deployment itself
	Post     Phase = "post"     // after it
	Practice Phase = "practice" // good practice at any time
)

// Phases lists the phases in order.
func Phases() []Phase { return []Phase{Pre, Deploy, Post, Practice} }

// Title is the phase's heading.
func (p Phase) Title() string {
	switch p {
	case Pre:
		return "Pre-deployment"
	case Deploy:
		return "Deployment"
	case Post:
		return "Post-deployment"
	}
	return "Best practices"
}

// ParsePhase finds a phase by its word.
func ParsePhase(word string) (Phase, error) {
	for _, p := range Phases() {
		if string(p) == word {
			return p, nil
		}
	}
	return "", fmt.Errorf("phase %q: choose pre, deploy, post or practice", word)
}
