package checklist

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pitwall/backends"
)

// Loader reads the record of a deployment.
type Loader interface {
	Load(ctx context.Context, deployment string) (Record, error)
}

// Merger adds to the record of a deployment what is new, beside other people
// who do the same, and returns all of it.
type Merger interface {
	Merge(ctx context.Context, deployment string, add Record) (Record, error)
}

// Signer writes a sign-off to the journal and returns the ID of its record.
type Signer interface {
	Sign(s SignOff) (id string, err error)
}

// Walk is the checklist of one variant of a deployment while it is walked. Its
// methods may be called from any goroutine.
type Walk struct {
	list    List
	subject Subject
	by      string
	probes  func() map[string]Probe
	loader  Loader
	merger  Merger
	signer  Signer
	why     string // there is no merger and no signer
	now     func() time.Time

	mu     sync.Mutex
	record Record
	own    map[string]Evidence // what this walk found itself, by probe
}

// WalkOptions is what a Walk works with.
type WalkOptions struct {
	List    List
	Subject Subject
	By      string                  // who walks: user@host
	Probes  func() map[string]Probe // made anew for every look
	Loader  Loader
	Merger  Merger // nil when nothing may be written
	Signer  Signer // nil when nothing may be written
	Why     string // why nothing may be written
	Now     func() time.Time
}

// NewWalk makes a Walk of which nothing is known yet.
func NewWalk(o WalkOptions) *Walk {
	return &Walk{list: o.List, subject: o.Subject, by: o.By, probes: o.Probes, loader: o.Loader, merger: o.Merger, signer: o.Signer, why: o.Why, now: o.Now, own: map[string]Evidence{}}
}

// List is the checklist that is walked.
func (w *Walk) List() List { return w.list }

// Subject is what it is about.
func (w *Walk) Subject() Subject { return w.subject }

// Why says why nothing can be signed, "" when it can.
func (w *Walk) Why() string {
	if w.signer == nil || w.merger == nil {
		return w.why
	}
	return ""
}

// Load reads what is recorded. What was known before stays after an error.
func (w *Walk) Load(ctx context.Context) error {
	r, err := w.loader.Load(ctx, w.subject.Deployment)
	if err != nil {
		return err
	}
	w.add(r)
	return nil
}

func (w *Walk) add(r Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.record = Merge(w.record, r)
}

// Report says how the items of some phases stand by what is known now.
func (w *Walk) Report(phases ...Phase) Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.list.Judge(w.seen(), w.subject, w.now(), phases...)
}

// seen is the record with what this walk found itself before what others found:
// they may have measured against other settings, or have another clock. Where it
// saw nothing, what was seen before stays behind that.
func (w *Walk) seen() Record {
	r := Record{SignOffs: w.record.SignOffs}
	for _, e := range w.own {
		r.Evidence = append(r.Evidence, e)
	}
	for _, e := range w.record.Evidence {
		own, ours := w.own[e.Probe]
		if !ours || e.Subject.Variant != w.subject.Variant || own.State == Unknown && e.State != Unknown {
			r.Evidence = append(r.Evidence, e)
		}
	}
	return r
}

// Standing are the sign-offs of an item that could be approved or revoked, the
// newest first.
func (w *Walk) Standing(item string) []SignOff {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, ok := w.list.Item(item)
	if !ok {
		return nil
	}
	return w.record.Standing(i, w.subject, w.now())
}

// Look runs the probes of some items and keeps what they found. found, which may
// be nil, is called after each. The error says that what was found could not be
// shared: it counts here all the same.
func (w *Walk) Look(ctx context.Context, items []Item, found func()) error {
	r := Runner{Probes: w.probes(), Subject: w.subject, By: w.by, Now: w.now}
	list := r.Run(ctx, items, func(e Evidence) {
		w.mu.Lock()
		if old, ok := w.own[e.Probe]; ok && e.State == Unknown {
			w.record = Merge(w.record, Record{Evidence: []Evidence{old}}) // where nothing is shared nobody else keeps it
		}
		w.own[e.Probe] = e
		w.mu.Unlock()
		if found != nil {
			found()
		}
	})
	if w.merger == nil || len(list) == 0 {
		return nil
	}
	return w.share(context.WithoutCancel(ctx), Record{Evidence: list})
}

// shareTimeout bounds how long it takes to share what is new.
const shareTimeout = 10 * time.Second

func (w *Walk) share(ctx context.Context, add Record) error {
	ctx, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	all, err := w.merger.Merge(ctx, w.subject.Deployment, add)
	if err != nil {
		return err
	}
	w.add(all)
	return nil
}

// NotSharedError says that a sign-off is in the journal, and that the record
// which people share does not have it.
type NotSharedError struct{ Err error }

func (e *NotSharedError) Error() string {
	if errors.As(e.Err, new(*backends.SharedRefusedError)) {
		return fmt.Sprintf("it is in the journal, but could not be shared: %s; then sign again", e.Err)
	}
	return fmt.Sprintf("it is in the journal, but could not be shared: %s: sign again", e.Err)
}

// Unwrap gives the cause.
func (e *NotSharedError) Unwrap() error { return e.Err }

// Sign checks what a person says, writes it to the journal and shares it. ID,
// By, At, Subject, and where it is zero Expires, are filled in. A
// *NotSharedError is of one that only the journal has.
func (w *Walk) Sign(ctx context.Context, s SignOff) (SignOff, error) {
	if why := w.Why(); why != "" {
		return SignOff{}, errors.New(why)
	}
	if err := w.Load(ctx); err != nil { // of others, who may have signed meanwhile
		return SignOff{}, err
	}
	s.By, s.At, s.Subject = w.by, w.now().UTC(), w.subject
	item, _ := w.list.Item(s.Item)
	if s.Expires.IsZero() && (s.Verdict == Attest || s.Verdict == Waive) {
		s.Expires = s.At.Add(item.Expires)
		if longest := s.At.Add(time.Duration(w.list.Settings.Waiver)); s.Verdict == Waive && s.Expires.After(longest) {
			s.Expires = longest
		}
	}
	w.mu.Lock()
	err := s.Check(w.list, w.record, w.now())
	w.mu.Unlock()
	if err != nil {
		return SignOff{}, err
	}
	if s.ID, err = w.signer.Sign(s); err != nil {
		return SignOff{}, fmt.Errorf("write it to the journal: %w", err)
	}
	if err := w.share(context.WithoutCancel(ctx), Record{SignOffs: []SignOff{s}}); err != nil {
		return s, &NotSharedError{err}
	}
	return s, nil
}
