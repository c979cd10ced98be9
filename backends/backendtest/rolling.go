package backendtest

import (
	"slices"
	"testing"
	"time"

	"pitwall/backends"
)

func (s *suite) scale(t *testing.T) {
	s.changer(t, backends.OpScale)
	stop := s.sending(t)
	before := s.variant(t, "B").Desired
	for _, n := range []int{before + 1, before} {
		s.apply(t, backends.Change{Op: backends.OpScale, Variant: "B", Replicas: n})
		d := s.settled(t)
		if v, _ := d.Variant("B"); v.Desired != n || v.Ready != n {
			t.Errorf("scaled to %d: %+v", n, v)
		}
	}
	s.refused(t, backends.Change{Op: backends.OpScale, Variant: "B", Replicas: 0}) // it has weight
	s.refused(t, backends.Change{Op: backends.OpScale, Variant: "B", Replicas: -1})
	stop()
}

func (s *suite) restart(t *testing.T) {
	s.changer(t, backends.OpRestart)
	stop := s.sending(t)
	before := s.variant(t, "B")
	s.apply(t, backends.Change{Op: backends.OpRestart, Variant: "B"})
	s.settled(t)
	after := s.variant(t, "B")
	for _, r := range after.Replicas {
		if slices.ContainsFunc(before.Replicas, func(o backends.Replica) bool { return o.Name == r.Name && o.StartedAt.Equal(r.StartedAt) }) {
			t.Errorf("replica %s was not replaced", r.Name)
		}
	}
	if after.Version != before.Version || after.Desired != before.Desired {
		t.Errorf("a restart changed B from %+v to %+v", before, after)
	}
	stop()
}

func (s *suite) pauseAndResume(t *testing.T) {
	s.changer(t, backends.OpRestart, backends.OpPause, backends.OpResume)
	s.refused(t, backends.Change{Op: backends.OpPause}) // nothing rolls
	s.apply(t, backends.Change{Op: backends.OpRestart, Variant: "A"})
	s.apply(t, backends.Change{Op: backends.OpPause})
	if r := s.read(t).Rollout; r == nil || !r.Paused || r.Operation != backends.OpRestart {
		t.Fatalf("after pause the rollout is %+v", r)
	}
	s.refused(t, backends.Change{Op: backends.OpScale, Variant: "A", Replicas: 5}) // it would meet the rollout
	s.apply(t, backends.Change{Op: backends.OpResume})
	s.settled(t)
}

func (s *suite) deployAndRollback(t *testing.T) {
	s.changer(t, backends.OpDeploy, backends.OpRollback)
	if s.Version == "" {
		t.Skip("the world has no version to deploy")
	}
	stop := s.sending(t)
	before := s.variant(t, "B")
	s.apply(t, backends.Change{Op: backends.OpDeploy, Variant: "B", Version: s.Version, Reason: "a test"})
	s.settled(t)
	deployed := s.variant(t, "B")
	if deployed.Version != s.Version || deployed.Weight != before.Weight || deployed.Desired != before.Desired {
		t.Fatalf("after the deploy B is %+v, before it was %+v", deployed, before)
	}
	s.checkRevisions(t, deployed)
	s.checkEarlier(t, deployed, before)
	s.apply(t, backends.Change{Op: backends.OpRollback, Variant: "B", Revision: before.Revision})
	s.settled(t)
	back := s.variant(t, "B")
	if back.Version != before.Version || back.Digest != before.Digest || back.Desired != before.Desired || back.Weight != before.Weight {
		t.Errorf("after the rollback B is %+v, before the deploy it was %+v", back, before)
	}
	s.checkRevisions(t, back)
	stop()
}

// checkRevisions checks that the list agrees with the variant that runs.
func (s *suite) checkRevisions(t *testing.T, v backends.Variant) {
	t.Helper()
	r, ok := s.Backend.(backends.Reviser)
	if !ok {
		return
	}
	list, err := r.Revisions(t.Context(), s.Deployment)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(list, func(a, b backends.Revision) int { return b.Number - a.Number }) {
		t.Error("the revisions are not newest first")
	}
	current := 0
	for _, r := range list {
		if r.Variant != v.Name || !r.Current {
			continue
		}
		current++
		if r.Number != v.Revision || r.Version != v.Version || r.Replicas != v.Desired {
			t.Errorf("the current revision is %+v, the variant is %+v", r, v)
		}
	}
	if current != 1 {
		t.Errorf("%s has %d current revisions in %+v", v.Name, current, list)
	}
}

// brokenDeploy checks that a version which does not start is given up and that
// the one before still serves.
func (s *suite) brokenDeploy(t *testing.T) {
	s.changer(t, backends.OpDeploy)
	if s.Broken.Op == "" {
		t.Skip("the world has no broken version")
	}
	stop := s.sending(t)
	before := s.variant(t, "B")
	s.apply(t, s.Broken)
	if s.Keeps {
		s.takesBack(t, before)
	}
	s.settled(t)
	after := s.variant(t, "B")
	if after.Version != before.Version || after.Ready != before.Ready || after.Weight != before.Weight {
		t.Errorf("after a broken deploy B is %+v, before it was %+v", after, before)
	}
	stop()
	e, ok := s.Backend.(backends.Eventer)
	if !ok || s.Keeps { // which gives nothing up
		return
	}
	events, err := e.Events(t.Context(), s.Deployment, time.Time{})
	if err != nil || !slices.ContainsFunc(events, func(e backends.Event) bool {
		return e.Kind == "deploy" && e.Variant == "B" && e.State.Severity() >= backends.Warn.Severity()
	}) {
		t.Errorf("no event tells that the deploy was given up: %+v, %v", events, err)
	}
}

// takesBack waits until a backend that takes nothing back says that a rollout is
// stuck, and rolls back.
func (s *suite) takesBack(t *testing.T, before backends.Variant) {
	t.Helper()
	s.eventually(t, "the rollout is told to be stuck", func() bool {
		r := s.read(t).Rollout
		return r != nil && r.Stuck
	})
	if now := s.variant(t, "B"); now.Ready != before.Ready {
		t.Errorf("what ran before does not serve: %+v, it was %+v", now, before)
	}
	s.apply(t, backends.Change{Op: backends.OpRollback, Variant: "B", Revision: before.Revision})
}

func (s *suite) abort(t *testing.T) {
	s.changer(t, backends.OpAbort, backends.OpRestart)
	stop := s.sending(t)
	before := s.read(t)
	s.apply(t, backends.Change{Op: backends.OpRestart, Variant: "A"})
	s.apply(t, backends.Change{Op: backends.OpAbort})
	d := s.settled(t)
	if d.Split()["A"] != 100 || d.Rollout != nil {
		t.Errorf("after abort the split is %s, the rollout %+v", d.Split(), d.Rollout)
	}
	s.eventually(t, "A has the replicas that are wanted and no more", func() bool {
		a := s.variant(t, "A")
		return len(a.Replicas) == a.Desired
	})
	s.refused(t, backends.Change{Op: backends.OpAbort}) // nothing is left to stop
	s.apply(t, backends.Change{Op: backends.OpSplit, Split: before.Split()})
	stop()
}

func (s *suite) promote(t *testing.T) {
	s.changer(t, backends.OpPromote)
	stop := s.sending(t)
	candidate, stable := s.variant(t, "B"), s.variant(t, "A")
	s.apply(t, backends.Change{Op: backends.OpPromote, Variant: "B"})
	d := s.settled(t)
	a, _ := d.Variant("A")
	if a.Version != candidate.Version || a.Weight != 100 || a.Desired != stable.Desired {
		t.Errorf("after promote A is %+v", a)
	}
	if b, still := d.Variant("B"); still && (!s.Keeps || b.Weight != 0 || b.Desired != 0) {
		t.Errorf("after promote B is still there: %+v", b)
	}
	stop()
}

func (s *suite) unsupported(t *testing.T) {
	for _, op := range s.Unsupported {
		if err := s.refused(t, backends.Change{Op: op, Variant: "A", Version: s.Version, Revision: 1, Replicas: 2}); !isUnsupported(err) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if _, ok := s.Backend.(backends.Changer); ok {
		if err := s.refused(t, backends.Change{Op: "no-such"}); !isUnsupported(err) {
			t.Errorf("an operation that does not exist: %v", err)
		}
	}
}
