package backends

import (
	"encoding/json"
	"testing"
)

func TestStateIsAWordInJSON(t *testing.T) {
	for _, s := range []State{Unknown, OK, Paused, Progressing, Warn, Fail} {
		text, err := json.Marshal(s)
		if err != nil || string(text) != `"`+s.String()+`"` {
			t.Errorf("%v is written %s, %v", s, text, err)
		}
		var read State
		if err := json.Unmarshal(text, &read); err != nil || read != s {
			t.Errorf("%s is read as %v, %v", text, read, err)
		}
	}
	var newer State
	if err := json.Unmarshal([]byte(`"melting"`), &newer); err != nil || newer != Unknown {
		t.Errorf("a state of a newer backend is %v, %v", newer, err)
	}
	if got := State(99).String(); got != "unknown" {
		t.Errorf("a state out of range is %q", got)
	}
}

func TestNotFoundErrorNamesWhatThereIs(t *testing.T) {
	for want, have := range map[string][]string{
		`no variant "X"`:                nil,
		`no variant "X": there is A, B`: {"A", "B"},
		`no variant "X": there is 1, 2, 3, 4, 5, 6, 7, 8 and 2 more`: {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"},
	} {
		if got := (&NotFoundError{Kind: "variant", Name: "X", Have: have}).Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestConflictErrorBlamesNobody: the author that is known is that of the split,
// which need not be what changed.
func TestConflictErrorBlamesNobody(t *testing.T) {
	now := Deployment{SplitBy: "ana@desk", Variants: []Variant{{Name: "A", Weight: 70}, {Name: "B", Weight: 30}}}
	want := "m was changed since you looked (now A=70 B=30, set by ana@desk): review again"
	if got := (&ConflictError{Deployment: "m", Now: now}).Error(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
