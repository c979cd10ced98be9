// Package backendtest is the conformance suite that every backend passes. It
// works on the capability interfaces of package backends alone: a capability
// that a backend lacks is skipped, one that it has must do what the interface
// says, against the real thing.
package backendtest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pitwall/backends"
)

// World is a running backend to test. The suite changes it and leaves it
// changed.
type World struct {
	// Backend has every capability that the backend has.
	Backend backends.Lister

	// Deployment has a stable variant and a candidate B, both ready and with
	// weight, and no rollout.
	Deployment string

	// Version is one that deploy can name and that no variant runs; "" skips
	// the tests that deploy.
	Version string

	// Broken is a deploy to B that the backend accepts and whose replicas never
	// become ready. The zero Change skips the test.
	Broken backends.Change

	// Unsupported are operations that the backend does not do. It has to say so
	// with a *backends.UnsupportedError.
	Unsupported []backends.Op

	// Keeps says that nothing is taken back and nothing removed unasked, for the
	// objects are somebody's own: a version that does not get ready stays until it
	// is rolled back, and a promoted candidate without replicas.
	Keeps bool

	// Send sends one request through the front door and fails unless it was
	// served. While a change takes place the suite sends all the time. Nil
	// checks no traffic.
	Send func(ctx context.Context) error

	// Secret is NAME=value of an environment variable that the replicas have: a
	// setup tells the name and not the value. "" when the world plants none.
	Secret string

	// Imageless says that nothing has the images of the replicas, which are fakes:
	// an earlier revision is kept, and has to be fetched.
	Imageless bool

	// Settle is how long a change may take to be in effect.
	Settle time.Duration

	// Every is how long the suite waits between two looks at a change: longer than
	// the zero value's 20 ms where a look costs the backend something.
	Every time.Duration
}

// By is who the suite's changes are by.
const By = "backendtest@suite"

// Run tests a backend. open makes the world, once.
func Run(t *testing.T, open func(t *testing.T) World) {
	s := &suite{World: open(t)}
	t.Run("listing", s.listing)
	t.Run("setup", s.setup)
	t.Run("watch", s.watch)
	t.Run("not found", s.notFound)
	t.Run("dry run", s.dryRun)
	t.Run("invalid split", s.invalidSplit)
	t.Run("split", s.split)
	t.Run("conflict", s.conflict)
	t.Run("scale", s.scale)
	t.Run("restart", s.restart)
	t.Run("pause and resume", s.pauseAndResume)
	t.Run("deploy and rollback", s.deployAndRollback)
	t.Run("broken deploy", s.brokenDeploy)
	t.Run("abort", s.abort)
	t.Run("cutover", s.cutover)
	t.Run("logs", s.logs)
	t.Run("events", s.events)
	t.Run("promote", s.promote)
	t.Run("unsupported", s.unsupported)
}

type suite struct{ World }

// changer gives the backend's Changer, and skips the test when it has none or
// does not do one of the operations.
func (s *suite) changer(t *testing.T, ops ...backends.Op) backends.Changer {
	t.Helper()
	c, ok := s.Backend.(backends.Changer)
	if !ok {
		t.Skip("the backend changes nothing")
	}
	for _, op := range ops {
		if slices.Contains(s.Unsupported, op) {
			t.Skipf("the backend does not do %s", op)
		}
	}
	return c
}

// read gives the deployment as it is now.
func (s *suite) read(t *testing.T) backends.Deployment {
	t.Helper()
	list, err := s.Backend.Deployments(t.Context())
	if err != nil {
		t.Fatalf("list deployments: %v", err)
	}
	i := slices.IndexFunc(list, func(d backends.Deployment) bool { return d.Name == s.Deployment })
	if i < 0 {
		t.Fatalf("no deployment %s in the listing", s.Deployment)
	}
	return list[i]
}

// variant gives one variant of the deployment as it is now.
func (s *suite) variant(t *testing.T, name string) backends.Variant {
	t.Helper()
	v, ok := s.read(t).Variant(name)
	if !ok {
		t.Fatalf("%s has no variant %s", s.Deployment, name)
	}
	return v
}

// change fills in what every change carries.
func (s *suite) change(t *testing.T, c backends.Change) backends.Change {
	t.Helper()
	c.Deployment, c.By, c.Token = s.Deployment, By, s.read(t).Token
	return c
}

// apply makes a change from what is there now.
func (s *suite) apply(t *testing.T, c backends.Change) {
	t.Helper()
	if err := s.changer(t).Apply(t.Context(), s.change(t, c)); err != nil {
		t.Fatalf("%s: %v", c.Op, err)
	}
}

// refused makes a change that must not be accepted, and checks that nothing
// was changed.
func (s *suite) refused(t *testing.T, c backends.Change) error {
	t.Helper()
	before := s.read(t)
	err := s.changer(t).Apply(t.Context(), s.change(t, c))
	if err == nil {
		t.Fatalf("%s %+v was accepted", c.Op, c)
	}
	if after := s.read(t); after.Token != before.Token || !after.Split().Equal(before.Split()) {
		t.Errorf("%s was refused (%v) and yet changed the deployment", c.Op, err)
	}
	return err
}

// settled waits until the deployment is well and nothing rolls.
func (s *suite) settled(t *testing.T) backends.Deployment {
	t.Helper()
	s.eventually(t, "the deployment is well and nothing rolls", func() bool {
		d := s.read(t)
		whole := !slices.ContainsFunc(d.Variants, func(v backends.Variant) bool { return v.Ready != v.Desired })
		return d.Rollout == nil && whole && d.State.Severity() <= backends.Warn.Severity()
	})
	return s.read(t)
}

// eventually polls a condition for as long as a change may take.
func (s *suite) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.Settle)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s; it is %+v", s.Settle, what, s.read(t))
		case <-time.After(cmp.Or(s.Every, 20*time.Millisecond)):
		}
	}
}

// isUnsupported and isNotFound tell the typed refusals.
func isUnsupported(err error) bool {
	var e *backends.UnsupportedError
	return errors.As(err, &e)
}

func isNotFound(err error) bool {
	var e *backends.NotFoundError
	return errors.As(err, &e)
}
