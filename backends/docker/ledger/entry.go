// Package ledger remembers what is wanted of each deployment on the Docker
// Engine itself, so that every console of that engine sees the same.
//
// An entry is a volume that nothing mounts: its name holds the deployment and a
// sequence number, a label holds the content. The engine makes a volume of a
// name once; whoever comes second gets the first one's labels back. That is a
// compare-and-swap which needs no image, no file and no right beyond the
// engine's, and it works on a remote engine too.
//
// The ledger is a memory of wishes. It may be lost (`docker volume prune` takes
// it): what serves is read from the containers and the front door.
package ledger

import (
	"slices"
	"time"

	"pitwall/backends"
	"pitwall/backends/desired"
)

// Entry is what is remembered of one deployment.
type Entry struct {
	Seq    uint64             `json:"-"` // of this entry, 0 when there is none yet
	Conf   desired.Deployment `json:"conf"`
	Work   *Work              `json:"work,omitempty"`   // what a process is doing
	Events []backends.Event   `json:"events,omitempty"` // the last ones, oldest first
	Scope  string             `json:"scope,omitempty"`  // Compose project or stack, "" none: two may have a deployment of one name
	Stack  string             `json:"stack,omitempty"`  // of `pitwall up`, so that `pitwall down` removes the entry

	lineage []string // nonces of the entries that this one comes from, and its own, oldest first
}

// keepLineage is how many entries before it an entry names. Somebody who wrote
// one of them finds it there, however many have come since.
const keepLineage = 128

// Key names the entry of a deployment among those of an engine.
func Key(scope, deployment string) string {
	if scope == "" {
		return deployment
	}
	return scope + "/" + deployment
}

func (e Entry) key() string { return Key(e.Scope, e.Conf.Name) }

// Work is a change that a process carries out. It stays when the process dies,
// and tells what was left half done.
type Work struct {
	Text  string    `json:"text"`  // "deploy of B", "split A=50 B=50"
	By    string    `json:"by"`    // who asked
	Owner string    `json:"owner"` // the process: host, pid, nonce
	Since time.Time `json:"since"`
	Beat  time.Time `json:"beat"`            // the process was alive then
	Rolls bool      `json:"rolls,omitempty"` // containers are replaced, by a rollout or on the way back from one
	Fresh []string  `json:"fresh,omitempty"` // names of the containers that it introduced
	Left  string    `json:"left,omitempty"`  // why the process left it half done, where it could tell
}

// StaleAfter is the silence after which a process that carries out work counts
// as gone. A living one writes every BeatEvery.
const (
	StaleAfter = 25 * time.Second
	BeatEvery  = 5 * time.Second
)

// Stalled reports whether nobody carries out the work any more.
func (w *Work) Stalled(now time.Time) bool { return w != nil && now.Sub(w.Beat) > StaleAfter }

// keepEvents bounds the events of an entry.
const keepEvents = 60

// Say adds an event.
func (e *Entry) Say(event backends.Event) {
	event.Deployment = e.Conf.Name
	e.Events = append(e.Events, event)
	e.Events = e.Events[max(0, len(e.Events)-keepEvents):]
}

// Clone copies everything that can be changed in place.
func (e Entry) Clone() Entry {
	e.Conf = e.Conf.Clone()
	e.Events = slices.Clone(e.Events)
	if e.Work != nil {
		e.Work = new(*e.Work)
		e.Work.Fresh = slices.Clone(e.Work.Fresh)
	}
	return e
}
