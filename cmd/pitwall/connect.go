package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
	"pitwall/backends/operation"
	"pitwall/views"
)

// reader is what every backend gives to the commands that only look.
type reader interface {
	backends.Lister
	backends.Watcher
	backends.Reviser
	backends.Versioner
	backends.LogStreamer
	backends.Eventer
	backends.SignalSource
}

// records reads the journal.
type records interface {
	Records(since time.Time) ([]journal.Record, error)
}

// session is an attached backend with everything that commands need of it.
// readOnly says why nothing can be changed; then no value in it is able to.
type session struct {
	opened
	metrics  *metrics
	fleet    *fleet.Fleet
	engine   *operation.Engine
	journal  *journal.Journal // nil when nothing can be changed
	records  records
	noRecord error // why nothing can be written to the journal, nil when it can or must not
	readOnly string

	checklist checklistConfig
	sharedDir string // where people share what they sign

	ctx  context.Context // ends with close
	stop context.CancelFunc
	done sync.WaitGroup
}

// attach connects to the backend that the flags and the configuration name,
// and starts to read it. It does not wait for it: a backend that is away shows
// in the first reading.
func (a *app) attach(ctx context.Context) (*session, error) {
	s, err := a.prepare(ctx)
	if err != nil {
		return nil, err
	}
	s.watch()
	return s, nil
}

// attachTo is attach that reads once and finds a deployment. The caller closes
// the session unless there is an error.
func (a *app) attachTo(ctx context.Context, name string) (*session, *fleet.Snapshot, fleet.Row, error) {
	s, err := a.attach(ctx)
	if err != nil {
		return nil, nil, fleet.Row{}, err
	}
	snap, err := s.read(ctx)
	if err == nil {
		var r fleet.Row
		if r, err = find(snap, name); err == nil {
			s.settle(snap, a.now())
			return s, snap, r, nil
		}
		err = s.unlisted(name, err)
	}
	s.close()
	return nil, nil, fleet.Row{}, err
}

// prepare is attach without reading anything yet.
func (a *app) prepare(ctx context.Context) (*session, error) {
	conf, err := a.loadConfig()
	if err != nil {
		return nil, err
	}
	choice, err := a.chooseBackend(conf)
	if err != nil {
		return nil, err
	}
	dir, err := a.stateDirOf(choice)
	if err != nil {
		return nil, err
	}
	s := &session{checklist: conf.Checklist, sharedDir: cmp.Or(conf.Checklist.Shared, filepath.Join(dir, "checklists"))}
	switch {
	case a.global.readOnly:
		s.readOnly = "--read-only"
	case conf.ReadOnly:
		s.readOnly = "read_only in the configuration"
	}
	if s.opened, err = a.open(conf, choice, dir, s.readOnly != ""); err != nil {
		return nil, err
	}
	s.openJournal(filepath.Join(dir, "journal.jsonl"), a.now)
	if s.metrics, err = a.newMetrics(conf, s.reader); err != nil {
		return nil, err
	}
	s.fleet = fleet.New(fleet.Options{Backend: s.reader, BackendName: string(choice.kind), Metrics: s.metrics, Now: a.now})
	s.engine = operation.New(s.engineOptions(s.lister(), a.now))
	s.ctx, s.stop = context.WithCancel(ctx)
	return s, nil
}

// watch starts to read the sources, until close.
func (s *session) watch() {
	s.done.Go(func() { _ = s.fleet.Run(s.ctx) }) // ends with its context, and only so
}

// tend mends what needs no decision of a person, until close.
func (s *session) tend() {
	if s.keep != nil {
		s.done.Go(func() { s.keep(s.ctx) })
	}
}

// openJournal opens the journal as far as that is possible. Looking must work
// without one, at 3 a.m. on a full or broken disk too; changes are off then,
// with the reason.
func (s *session) openJournal(path string, now func() time.Time) {
	r, err := journal.OpenRead(path)
	if err != nil {
		s.records = unreadable{err}
	} else {
		s.records = here{r, s.place}
	}
	if s.readOnly != "" {
		return
	}
	j, err := journal.Open(path, now, actor())
	if err != nil {
		s.noRecord = err
		return
	}
	s.journal, s.records = j, here{j, s.place}
}

// here are the records of one place: another backend, cluster or namespace may
// have a deployment of the same name.
type here struct {
	records
	place journal.Target
}

func (h here) Records(since time.Time) ([]journal.Record, error) {
	list, err := h.records.Records(since)
	return slices.DeleteFunc(list, func(r journal.Record) bool { return !r.Target.In(h.place) }), err
}

// unreadable is a journal that cannot be read.
type unreadable struct{ err error }

func (u unreadable) Records(time.Time) ([]journal.Record, error) { return nil, u.err }

// actor is who runs this process. It is what the process says of itself.
func actor() journal.Actor {
	act := journal.Actor{OSUser: "unknown"}
	if u, err := user.Current(); err == nil {
		act.OSUser = u.Username
	}
	act.Host, _ = os.Hostname()
	return act
}

func (s *session) engineOptions(lister backends.Lister, now func() time.Time) operation.Options {
	o := operation.Options{Backend: lister, Now: now, Actor: actor(), ReadOnly: s.readOnly != "", Scrape: time.Second, Place: s.place, JournalErr: s.noRecord}
	if s.journal != nil {
		o.Journal = s.journal
	}
	o.Signals = func(name string) map[string]backends.Signals {
		r, _ := s.fleet.Snapshot().Row(name)
		return r.Signals
	}
	o.Measured = func(name string) bool { return measured(s.fleet.Snapshot(), name) }
	o.Known = func(name string) (backends.Deployment, time.Time, bool) {
		r, found := s.fleet.Snapshot().Row(name)
		return r.Deployment, r.ListedAt, found
	}
	o.Counts = s.counts
	return o
}

// countStep is how finely the requests of a split are counted: a change shows
// soon after the scrape that has it.
const countStep = 5 * time.Second

// counts is how many requests each variant got since a time, as Prometheus has them.
func (s *session) counts(ctx context.Context, deployment string, since time.Time) (map[string]float64, error) {
	intervals, err := s.metrics.Counts(ctx, deployment, since, countStep)
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, i := range intervals {
		for variant, n := range i.N {
			out[variant] += n
		}
	}
	return out, nil
}

// measured reports whether a deployment has signals or could have some: not
// where there is no Prometheus at all, nor where it answers and has none.
func measured(snap *fleet.Snapshot, name string) bool {
	for _, src := range snap.Sources[min(1, len(snap.Sources)):] { // after the backend
		if src.State != fleet.Live && !views.NoSource(src.Err) {
			return true
		}
	}
	r, found := snap.Row(name)
	if !found {
		return true
	}
	for _, signals := range r.Signals {
		if !signals.At.IsZero() {
			return true
		}
	}
	return false
}

// firstAnswer bounds how long a command waits for its backend.
const firstAnswer = 20 * time.Second

// read waits until every source has answered or failed once, and returns what
// is known then. It fails when the backend itself does not answer.
func (s *session) read(ctx context.Context) (*fleet.Snapshot, error) {
	whole := ctx
	ctx, cancel := backends.Within(ctx, firstAnswer)
	defer cancel()
	for {
		snap := s.fleet.Snapshot()
		if ready, err := settled(snap); ready {
			return snap, err
		}
		select {
		case <-s.fleet.Updates():
		case <-ctx.Done():
			if err := whole.Err(); err != nil { // interrupted, or out of the command's own time
				return nil, fmt.Errorf("read %s: %w", s.choice, err)
			}
			if _, err := settled(snap); err != nil {
				return nil, err
			}
			if len(snap.Rows) > 0 {
				return snap, nil // the metrics hang: print what is known
			}
			return nil, fmt.Errorf("%s did not answer within %v: it is overloaded or hangs; the console keeps trying", s.choice, firstAnswer)
		}
	}
}

// settled reports whether no source is still connecting, and the backend's error.
func settled(snap *fleet.Snapshot) (bool, error) {
	if len(snap.Sources) == 0 {
		return false, nil
	}
	for _, src := range snap.Sources {
		if src.State == fleet.Connecting {
			return false, nil
		}
	}
	if first := snap.Sources[0]; first.State == fleet.Offline {
		return true, first.Err
	}
	return true, nil
}

// close ends the session's goroutines and waits for them.
func (s *session) close() {
	s.stop()
	s.done.Wait()
	s.opened.close()
}
