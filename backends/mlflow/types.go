package mlflow

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Aliases that pitwall gives a meaning to.
const (
	Champion   = "champion"   // the version that serves as stable
	Challenger = "challenger" // the version that is tried against it
	Previous   = "previous"   // the champion before: MLflow keeps no history
)

// Tags of a version that pitwall writes. Their values stay below 1 KiB.
const (
	TagVersion = "pitwall.version" // the version as a deployment calls it, as "1.4.0"
	TagSHA256  = "pitwall.sha256"  // hex digest of the model file
	TagFile    = "pitwall.file"    // name of the model file
)

// promptTag marks the registered models that are prompts (trap 11).
const promptTag = "mlflow.prompt.is_prompt"

// Model is a registered model. Every text in it is foreign.
type Model struct {
	Name             string
	Description      string
	Created, Updated time.Time // zero when not known; moving an alias does not change Updated
	Tags             map[string]string
	Aliases          map[string]string // alias to version number; the version may have been deleted
	Latest           []Version         // the newest version of each stage, without aliases
}

// AliasList gives the aliases in the order of their names.
func (m Model) AliasList() []Alias {
	list := make([]Alias, 0, len(m.Aliases))
	for _, name := range slices.Sorted(maps.Keys(m.Aliases)) {
		list = append(list, Alias{Name: name, Version: m.Aliases[name]})
	}
	return list
}

// Newest is the version of the highest number, of those in Latest.
func (m Model) Newest() (Version, bool) {
	if len(m.Latest) == 0 {
		return Version{}, false
	}
	return slices.MinFunc(m.Latest, byNumber), true
}

// Alias is a name that points to a version.
type Alias struct{ Name, Version string }

// Version is a version of a registered model. Every text in it is foreign.
type Version struct {
	Model            string
	Number           string // 1, 2, …: MLflow's own, always a string
	Description      string
	Created, Updated time.Time
	Stage            string // None, Staging, Production or Archived; deprecated by MLflow 2.9
	Status           string // READY, PENDING_REGISTRATION or FAILED_REGISTRATION
	StatusMessage    string
	Source           string // where the artefacts are; "models:/m-…" names a logged model of 3.x
	RunID            string // "" when no run made it
	RunLink          string
	Tags             map[string]string
	Aliases          []string // sorted
}

// Ready reports whether the version can be served.
func (v Version) Ready() bool { return v.Status == "READY" }

// LoggedModelID is the logged model of MLflow 3.x that a version was made from,
// "" for any other source.
func (v Version) LoggedModelID() string {
	const prefix = "models:/m-"
	if len(v.Source) > len(prefix) && v.Source[:len(prefix)] == prefix {
		return v.Source[len("models:/"):]
	}
	return ""
}

// byNumber orders versions from the newest to the oldest.
func byNumber(a, b Version) int { return compareNumbers(b.Number, a.Number) }

func compareNumbers(a, b string) int {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(x, y)
}

// Run is the training run that a version came from.
type Run struct {
	ID, Experiment, Name, User string
	Status                     string // RUNNING, SCHEDULED, FINISHED, FAILED or KILLED
	Deleted                    bool   // it answers all the same (trap 14)
	Started, Ended             time.Time
	ArtifactURI                string
	Metrics                    []Metric // the last value of each, in the order of their names
	Params                     map[string]string
	Tags                       map[string]string
	Inputs                     []Dataset
}

// Metric is one value of a metric. Value is NaN or infinite where that was
// logged; a bare NaN that a client sent reads back as 0 (trap 7).
type Metric struct {
	Key           string
	Value         float64
	Time          time.Time
	Step          int64
	Dataset       string // 3.x: the data that it was measured on
	DatasetDigest string
}

// Name tells metrics apart that were measured on different data.
func (m Metric) Name() string {
	if m.Dataset == "" {
		return m.Key
	}
	return m.Key + " on " + m.Dataset
}

// Dataset is an input of a run.
type Dataset struct{ Name, Digest, Source string }

// LoggedModel is MLflow 3.x's own entity of a model, apart from any run.
type LoggedModel struct {
	ID, Experiment, Name, Type, Status string
	RunID                              string // of the run that logged it
	ArtifactURI                        string
	Created, Updated                   time.Time
	Params                             map[string]string
	Metrics                            []Metric
}

// Artifact is a file or directory of a run.
type Artifact struct {
	Path  string `json:"path"` // from the root of the version's files
	Dir   bool   `json:"dir,omitempty"`
	Bytes int64  `json:"bytes"` // 0 for a directory
}

// Server says what answers. Empty fields are not known.
type Server struct {
	Version string // as "3.11.2"; "" for a directory
	User    string // whom the server takes us for; only 3.x with basic auth tells
}
