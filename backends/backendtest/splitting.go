package backendtest

import (
	"errors"
	"maps"
	"math"
	"testing"

	"pitwall/backends"
)

func (s *suite) dryRun(t *testing.T) {
	c := s.changer(t, backends.OpSplit)
	before := s.read(t)
	weight := 100 - before.Split()["A"]
	effects, err := c.DryRun(t.Context(), s.change(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": weight, "B": 100 - weight}}))
	if err != nil {
		t.Fatal(err)
	}
	if len(effects) == 0 {
		t.Error("the dry run of another split has no effects")
	}
	if after := s.read(t); after.Token != before.Token || !after.Split().Equal(before.Split()) {
		t.Error("the dry run changed the deployment")
	}
}

func (s *suite) invalidSplit(t *testing.T) {
	s.changer(t, backends.OpSplit)
	for name, split := range map[string]backends.Split{
		"empty":           {},
		"sum below 100":   {"A": 50, "B": 40},
		"sum above 100":   {"A": 100, "B": 1},
		"negative":        {"A": 110, "B": -10},
		"unknown variant": {"A": 50, "E": 50},
		"three decimals":  {"A": 50.005, "B": 49.995},
	} {
		t.Run(name, func(t *testing.T) { s.refused(t, backends.Change{Op: backends.OpSplit, Split: split}) })
	}
}

func (s *suite) split(t *testing.T) {
	s.changer(t, backends.OpSplit)
	stop := s.sending(t)
	before := s.read(t)
	for _, a := range []float64{12.5, 100, 0, 50} {
		want := backends.Split{"A": a, "B": 100 - a}
		s.apply(t, backends.Change{Op: backends.OpSplit, Split: want})
		s.eventually(t, "the split is "+want.String(), func() bool { return s.read(t).Split().Equal(want) })
	}
	after := s.read(t)
	if after.Token == before.Token {
		t.Error("the token is the same after a change")
	}
	if after.SplitBy != By || after.SplitAt.IsZero() {
		t.Errorf("the split is said to be by %q at %v", after.SplitBy, after.SplitAt)
	}
	stop()
}

// conflict checks that of two people who plan from the same state one wins and
// the other is told.
func (s *suite) conflict(t *testing.T) {
	c := s.changer(t, backends.OpSplit)
	s.apply(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 50, "B": 50}})
	token := s.read(t).Token
	results := make(chan error, 2)
	for _, a := range []float64{60, 70} {
		change := backends.Change{Op: backends.OpSplit, Deployment: s.Deployment, By: By, Token: token, Split: backends.Split{"A": a, "B": 100 - a}}
		go func() { results <- c.Apply(t.Context(), change) }()
	}
	errs := []error{<-results, <-results}
	var conflict *backends.ConflictError
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			errors.As(err, &conflict)
		}
	}
	if won != 1 || conflict == nil {
		t.Fatalf("two changes from one state: %v", errs)
	}
	now := s.read(t)
	if conflict.Deployment != s.Deployment || conflict.Now.Token == token || !maps.Equal(conflict.Now.Split(), now.Split()) {
		t.Errorf("the conflict tells %+v, the deployment is %+v", conflict, now)
	}
	stale := backends.Change{Op: backends.OpSplit, Deployment: s.Deployment, By: By, Token: token, Split: backends.Split{"A": 10, "B": 90}}
	if _, err := c.DryRun(t.Context(), stale); !errors.As(err, &conflict) {
		t.Errorf("the dry run of a stale change: %v", err)
	}
}

func (s *suite) cutover(t *testing.T) {
	s.changer(t, backends.OpSplit, backends.OpCutover)
	stop := s.sending(t)
	s.apply(t, backends.Change{Op: backends.OpCutover, Variant: "B"})
	s.eventually(t, "B has all the traffic", func() bool { return math.Round(s.read(t).Split()["B"]) == 100 })
	s.apply(t, backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 70, "B": 30}})
	stop()
}
