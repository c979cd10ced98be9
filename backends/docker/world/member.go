package world

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/engine"
)

// Member is a container that serves a variant, or did.
type Member struct {
	Container engine.Container
	Variant   string
	Version   string // of the model
	Revision  int    // 0 for one that pitwall did not make
	Number    int    // within the variant; 0 unknown

	Port           uint16 // that the model is served on
	Ready, Predict string // paths
	Profile        string // serving system
	Smoke          string // smoke test, "" for none
	Model          string // path of the model file, "" where no label says it
	Compose        bool   // made by Compose, or in the place of one that was

	End End
}

// End is what an inspection does not tell of how a container ended last, or came
// to stand still: the engine's events and the container's log do. The zero value is nothing.
type End struct {
	Known bool           // the engine still knows the event
	Code  int            // status; an inspection forgets it when the container runs again
	OOM   bool           // it came to its memory limit; the flag of an inspection is not always set
	Asked syscall.Signal // by which somebody had the engine end it, 0 when nobody did
	Line  string         // the last one that it wrote, foreign text

	Paused time.Time // when somebody had it paused, zero when it is not or nobody knows
}

// What a container is taken for that does not tell.
const (
	defaultPort    = 8080
	defaultReady   = "/ready"
	defaultPredict = "/predict"
	defaultProfile = "pitwall"
)

// member reads the labels of a replica; notes tell of those that make no sense.
func (f *fact) member() (Member, []string) {
	m := Member{
		Container: f.Container, Variant: f.variant, Version: f.version(), Port: f.exposed(),
		Ready: cmp.Or(f.label(LabelReady), defaultReady), Predict: cmp.Or(f.label(LabelPredict), defaultPredict),
		Profile: cmp.Or(f.label(LabelProfile), defaultProfile), Smoke: f.label(LabelSmoke), Model: f.label(LabelModel), Compose: f.project != "", End: f.end,
	}
	var notes []string
	number := func(name string, most int, into func(int)) {
		text := f.label(name)
		if text == "" {
			return
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			notes = append(notes, fmt.Sprintf("label %s of %s is no number from 1 to %d: %q", name, f.Name, most, short(text)))
			return
		}
		into(n)
	}
	number(LabelPort, math.MaxUint16, func(n int) { m.Port = uint16(n) })
	number(LabelRevision, math.MaxInt32, func(n int) { m.Revision = n })
	number(LabelReplica, math.MaxInt32, func(n int) { m.Number = n })
	if m.Number == 0 {
		number(ComposeNumber, math.MaxInt32, func(n int) { m.Number = n })
	}
	return m, notes
}

// short cuts a text for a note.
func short(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

// version is what the label says, else the tag of the image, else its short id.
func (f *fact) version() string {
	return cmp.Or(f.label(LabelVersion), Tag(f.Image), ShortID(f.ImageID), ShortID(f.Image))
}

// Tag is the tag of an image reference, "" for one without.
func Tag(reference string) string {
	name, _, _ := strings.Cut(reference, "@")
	name = name[strings.LastIndexByte(name, '/')+1:]
	repository, found, _ := strings.Cut(name, ":")
	if repository == "sha256" { // an image id
		return ""
	}
	return found
}

// Repository is an image reference without its tag or digest.
func Repository(reference string) string {
	name, _, _ := backends.SplitImage(reference)
	return name
}

// ShortID is the first twelve digits of an image id, as the engine's own tools
// print it.
func ShortID(id string) string {
	const digits = 12
	id = strings.TrimPrefix(id, "sha256:")
	return id[:min(digits, len(id))]
}

// exposed is the port of a container that has only one.
func (f *fact) exposed() uint16 {
	only := uint16(0)
	for _, p := range f.Ports {
		if p.Protocol == "udp" || p.Container == only {
			continue
		}
		if only != 0 {
			return defaultPort
		}
		only = p.Container
	}
	return cmp.Or(only, defaultPort)
}

// variant divides the members of a variant into replicas and kept revisions.
func variant(name string, members []Member) Variant {
	last := make(map[int]time.Time) // by number: when one was started last
	for _, m := range members {
		if at := m.began(); m.Number > 0 && at.After(last[m.Number]) {
			last[m.Number] = at
		}
	}
	v := Variant{Name: name}
	for _, m := range members {
		if m.kept(last[m.Number]) {
			v.Kept = append(v.Kept, m)
		} else {
			v.Members = append(v.Members, m)
		}
	}
	slices.SortFunc(v.Members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.Container.Name, b.Container.Name),
			cmp.Compare(a.Container.ID, b.Container.ID))
	})
	slices.SortFunc(v.Kept, func(a, b Member) int {
		return cmp.Or(cmp.Compare(b.Revision, a.Revision), cmp.Compare(a.Number, b.Number), b.Container.Created.Compare(a.Container.Created),
			cmp.Compare(a.Container.ID, b.Container.ID))
	})
	return v
}

// began is when the container started last, or was made.
func (m Member) began() time.Time {
	if m.Container.StartedAt.After(m.Container.Created) {
		return m.Container.StartedAt
	}
	return m.Container.Created
}

// kept reports whether a container was stopped on purpose and stays only so
// that it can be started again: another one of its number began later; or
// pitwall made it and it ended well when it was asked to, or without a word.
// Any other one that does not run is missing where it should serve.
func (m Member) kept(last time.Time) bool {
	c := m.Container
	if c.Status != "exited" {
		return false
	}
	if m.began().Before(last) {
		return true
	}
	const terminated = signalled + int(syscall.SIGTERM)
	stopped := c.ExitCode == 0 || c.ExitCode == terminated
	return m.Revision > 0 && stopped && c.Error == "" && !c.OOMKilled && !m.End.OOM
}
