package backends

// State is how well a deployment, a replica or a source is doing. The zero
// value is Unknown: nothing is well until something said so.
type State int

// The states, from "nothing known" through good to bad. Severity orders them.
const (
	Unknown     State = iota // no answer yet, or the source is away
	OK                       // all replicas ready, nothing firing
	Paused                   // held by a person
	Progressing              // a change is under way
	Warn                     // degraded: fewer replicas than asked for, a warning fires
	Fail                     // users are hurt: no replica ready, a critical alert fires
)

var stateNames = [...]string{"unknown", "ok", "paused", "progressing", "warn", "fail"}

// String gives the word the screens and the CLI use.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return stateNames[Unknown]
	}
	return stateNames[s]
}

// Severity orders states for "worst first": Fail 5, Warn 4, Unknown 3,
// Progressing 2, Paused 1, OK 0.
func (s State) Severity() int {
	switch s {
	case Fail:
		return 5
	case Warn:
		return 4
	case Progressing:
		return 2
	case Paused:
		return 1
	case OK:
		return 0
	default:
		return 3
	}
}

// MarshalText writes the word, so that JSON carries "ok" and not 1.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word. A word it does not know is Unknown: an older
// console must be able to read a newer backend.
func (s *State) UnmarshalText(text []byte) error {
	*s = ParseState(string(text))
	return nil
}

// ParseState finds the state with that word; Unknown when there is none.
func ParseState(word string) State {
	for i, name := range stateNames {
		if name == word {
			return State(i)
		}
	}
	return Unknown
}
