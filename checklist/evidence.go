package checklist

import (
	"time"
)

// Subject is what evidence is about: one variant of a deployment, and what it
// runs.
type Subject struct {
	Backend     string `json:"backend"`
	Context     string `json:"context,omitempty"`
	Namespace   string `json:"namespace,omitempty"`
	Deployment  string `json:"deployment"`
	Variant     string `json:"variant"`
	Environment string `json:"environment,omitempty"`
	Image       string `json:"image,omitempty"`
	Digest      string `json:"digest,omitempty"`
	Version     string `json:"version"` // of the model
}

// Same reports whether two subjects are the same variant and run the same.
func (s Subject) Same(t Subject) bool { return s.Variant == t.Variant && s.RunsAs(t) }

// RunsAs reports whether two subjects run the same, whatever their variants are
// called: the same digest where both have one, and the same model version.
func (s Subject) RunsAs(t Subject) bool {
	return s.Version == t.Version && (s.Digest == t.Digest || s.Digest == "" || t.Digest == "")
}

// Runs says what the subject runs, short enough for a sentence.
func (s Subject) Runs() string {
	text := s.Version
	if text == "" {
		text = "an unknown version"
	}
	if s.Digest != "" {
		text += " (" + Short(s.Digest) + ")"
	}
	return text
}

// Short is a digest's algorithm and first twelve digits, enough for a person.
func Short(digest string) string {
	const most = len("sha256:") + 12
	if len(digest) > most {
		return digest[:most]
	}
	return digest
}

// Finding is what a probe found. Texts may be foreign, and hold no secrets.
type Finding struct {
	State     State  `json:"state"`
	Text      string `json:"text"`                // what exactly was proven, or why it could not be, one sentence
	Value     string `json:"value,omitempty"`     // what was measured
	Threshold string `json:"threshold,omitempty"` // what it was held against
	Source    string `json:"source,omitempty"`    // the query, API path or file
	Next      string `json:"next,omitempty"`      // what to do about it
	Go        string `json:"go,omitempty"`        // the screen or command that does it: one of the Go constants
	// Until is when the finding is too old, zero for the item's own maximum age.
	Until time.Time `json:"until,omitzero"`
}

// Where a finding can send to.
const (
	GoDeployment = "deployment"
	GoSplit      = "split"
	GoRollout    = "rollout"
	GoAlerts     = "alerts"
	GoLogs       = "logs"
	GoExplain    = "explain"
	GoRegistry   = "registry"
	GoSmoke      = "smoke"
	GoRollback   = "rollback"
)

// Evidence is a finding with what it is about and when it was made.
type Evidence struct {
	Finding
	Probe   string    `json:"probe"`
	Subject Subject   `json:"subject"`
	At      time.Time `json:"at"`
	TookMS  int64     `json:"took_ms"`
	By      string    `json:"by,omitempty"` // who had it looked at
}
