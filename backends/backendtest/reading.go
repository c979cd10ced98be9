package backendtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

func (s *suite) listing(t *testing.T) {
	list, err := s.Backend.Deployments(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(list, func(a, b backends.Deployment) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the deployments are not in name order")
	}
	for _, d := range list {
		if d.Backend == "" || d.Token == "" || d.Since.IsZero() {
			t.Errorf("%s lacks its backend, token or since: %+v", d.Name, d)
		}
		if len(d.Variants) == 0 || d.Variants[0].Name != backends.Stable {
			t.Errorf("%s does not list %s first: %+v", d.Name, backends.Stable, d.Variants)
			continue
		}
		names := make([]string, 0, len(d.Variants))
		for _, v := range d.Variants {
			names = append(names, v.Name)
		}
		if !slices.IsSorted(names) {
			t.Errorf("the variants of %s are not in name order: %v", d.Name, names)
		}
		if err := d.Split().Validate(names); err != nil {
			t.Errorf("the split of %s: %v", d.Name, err)
		}
	}
	if a, b := s.variant(t, "A"), s.variant(t, "B"); a.Ready == 0 || b.Ready == 0 || a.Version == "" || b.Version == "" {
		t.Errorf("variants of the test's world: %+v, %+v", a, b)
	}
}

func (s *suite) watch(t *testing.T) {
	w, ok := s.Backend.(backends.Watcher)
	if !ok {
		t.Skip("the backend has no Watcher")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listings := w.Watch(ctx)
	before := s.awaitListing(t, listings, func(backends.Deployment) bool { return true })
	if _, ok := s.Backend.(backends.Changer); ok {
		swapped := backends.Split{"A": before.Split()["B"], "B": before.Split()["A"]}
		s.apply(t, backends.Change{Op: backends.OpSplit, Split: swapped})
		s.awaitListing(t, listings, func(d backends.Deployment) bool { return d.Split().Equal(swapped) })
		s.apply(t, backends.Change{Op: backends.OpSplit, Split: before.Split()})
	}
	cancel()
	timeout := time.After(s.Settle)
	for {
		select {
		case _, open := <-listings:
			if !open {
				return
			}
		case <-timeout:
			t.Fatal("the channel is not closed after the context ended")
		}
	}
}

func (s *suite) awaitListing(t *testing.T, listings <-chan backends.Listing, holds func(backends.Deployment) bool) backends.Deployment {
	t.Helper()
	timeout := time.After(s.Settle)
	for {
		select {
		case l := <-listings:
			for _, d := range l.Deployments {
				if l.Err == nil && d.Name == s.Deployment && holds(d) {
					return d
				}
			}
		case <-timeout:
			t.Fatal("the watch does not show what happened")
		}
	}
}

func (s *suite) notFound(t *testing.T) {
	if r, ok := s.Backend.(backends.Reviser); ok {
		if _, err := r.Revisions(t.Context(), "no-such"); !isNotFound(err) {
			t.Errorf("revisions of an unknown deployment: %v", err)
		}
	}
	if v, ok := s.Backend.(backends.Versioner); ok {
		if _, err := v.Versions(t.Context(), "no-such"); !isNotFound(err) {
			t.Errorf("versions of an unknown deployment: %v", err)
		}
	}
	c := s.changer(t)
	if _, err := c.DryRun(t.Context(), backends.Change{Op: backends.OpSplit, Deployment: "no-such", Split: backends.Split{"A": 100}}); !isNotFound(err) {
		t.Errorf("dry run for an unknown deployment: %v", err)
	}
	for _, change := range []backends.Change{
		{Op: backends.OpScale, Variant: "E", Replicas: 1},
		{Op: backends.OpRestart, Variant: "E"},
		{Op: backends.OpRollback, Variant: "A", Revision: 1 << 30},
		{Op: backends.OpDeploy, Variant: "B", Version: "no-such-version"},
	} {
		if slices.Contains(s.Unsupported, change.Op) {
			continue
		}
		if err := s.refused(t, change); !isNotFound(err) {
			t.Errorf("%s of what is not there: %v", change.Op, err)
		}
	}
}

func (s *suite) logs(t *testing.T) {
	l, ok := s.Backend.(backends.LogStreamer)
	if !ok {
		t.Skip("the backend has no LogStreamer")
	}
	lines, err := l.Logs(t.Context(), backends.LogQuery{Deployment: s.Deployment, Variant: "A"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var last time.Time
	for line := range lines {
		n++
		if line.Replica == "" || line.Deployment != s.Deployment || line.Variant != "A" || line.At.Before(last) {
			t.Errorf("line %d is not of A, or not in order: %+v", n, line)
		}
		last = line.At
	}
	if n == 0 {
		t.Error("A has no log lines")
	}
	ctx, cancel := context.WithCancel(t.Context())
	if lines, err = l.Logs(ctx, backends.LogQuery{Deployment: s.Deployment, Follow: true}); err != nil {
		t.Fatal(err)
	}
	if _, open := <-lines; !open {
		t.Error("a followed stream ended by itself")
	}
	cancel()
	for range lines { // ends, or the test hangs and says so
	}
}

func (s *suite) events(t *testing.T) {
	e, ok := s.Backend.(backends.Eventer)
	if !ok {
		t.Skip("the backend has no Eventer")
	}
	all, err := e.Events(t.Context(), s.Deployment, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(all, func(a, b backends.Event) int { return a.At.Compare(b.At) }) {
		t.Error("the events are not in order of time")
	}
	if _, ok := s.Backend.(backends.Changer); ok {
		i := slices.IndexFunc(all, func(e backends.Event) bool { return e.Kind == "split" && e.By == By })
		if i < 0 {
			t.Errorf("no event tells who changed the split: %+v", all)
		}
	}
	if later, err := e.Events(t.Context(), s.Deployment, time.Now().Add(time.Hour)); err != nil || len(later) > 0 {
		t.Errorf("events of the future: %v, %v", later, err)
	}
}
