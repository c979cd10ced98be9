package docker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/docker/internal/dockertest"
	"pitwall/backends/docker/world"
	"pitwall/backends/journal"
)

// check holds what is there against what is said of it.
func (f *failing) check(t *testing.T, c backends.Change, before, after backends.Deployment, end ended) (outcome string) {
	t.Helper()
	outcome = end.outcome.Result
	b, _ := after.Variant("B")
	was, _ := before.Variant("B")
	changed := b.Version != was.Version || !after.Split().Equal(before.Split())
	switch {
	case outcome == journal.ResultOK && !changed:
		t.Errorf("%s is said to be done, and %+v is there as before", c.Op, after)
	case outcome != journal.ResultOK && end.err == nil:
		t.Errorf("%s ended %s without an error", c.Op, outcome)
	case outcome != journal.ResultOK:
		outcome += ": " + end.outcome.Text + ": " + end.err.Error()
		if changed {
			outcome += "; it took effect"
		} else {
			outcome += "; it did not"
		}
	}
	if after.State != backends.OK {
		outcome += "; shown: " + after.Reason
		if after.Reason == "" {
			t.Errorf("%s without a reason: %+v", after.State, after)
		}
	}
	f.checkServing(t, after)
	f.checkContainers(t, after)
	f.checkJournal(t)
	return outcome
}

// checkJournal finds operations whose end nobody was told of.
func (f *failing) checkJournal(t *testing.T) {
	t.Helper()
	r, err := journal.OpenRead(f.journal)
	if err != nil {
		t.Fatal(err)
	}
	records, err := r.Records(time.Time{})
	if n := len(records); err != nil || n < 2 || records[n-1].Result == "" {
		t.Errorf("the journal's end: %+v, %v", records, err)
	}
	if open, err := r.Unfinished(); err != nil || len(open) > 0 {
		t.Errorf("unfinished in the journal: %+v, %v", open, err)
	}
}

// checkServing asks the front door who answers: the versions that are shown, in
// about the shares that are shown.
func (f *failing) checkServing(t *testing.T, d backends.Deployment) {
	t.Helper()
	const n, slack = 200, 15.0
	s := newSender(t, f.url)
	answers := map[string]int{}
	dockertest.Eventually(t, "the front door has seen that its replicas are back", func() bool {
		for range 20 {
			if _, err := s.version(t.Context()); err != nil {
				return false
			}
		}
		return true
	})
	for range n {
		version, err := s.version(t.Context())
		if err != nil {
			t.Errorf("afterwards: %v", err)
			return
		}
		answers[version]++
	}
	for _, v := range d.Variants {
		share := 100 * float64(answers[v.Version]) / n
		delete(answers, v.Version)
		if share < v.Weight-slack || share > v.Weight+slack {
			t.Errorf("%s of version %s gets %.0f %% of the requests, and %.0f are shown", v.Name, v.Version, share, v.Weight)
		}
	}
	if len(answers) > 0 {
		t.Errorf("versions answer that are not shown: %v of %+v", answers, d)
	}
}

// version sends one request and tells which version answered.
func (s *sender) version(ctx context.Context) (string, error) {
	text, err := s.answer(ctx)
	if err != nil {
		return "", err
	}
	var answer struct {
		Version string `json:"version"`
		Model   string `json:"model_version"`
	}
	err = json.Unmarshal(text, &answer)
	return cmp.Or(answer.Version, answer.Model), err
}

// checkContainers finds containers that run and that nobody is told of.
func (f *failing) checkContainers(t *testing.T, d backends.Deployment) {
	t.Helper()
	shown := map[string]bool{}
	for _, v := range d.Variants {
		for _, r := range v.Replicas {
			shown[r.Name] = true
		}
	}
	all, err := f.engine.Containers(t.Context(), world.LabelRole+"="+world.RoleReplica)
	if err != nil {
		t.Fatal(err)
	}
	var unsaid []string
	for _, c := range all {
		if c.Running() && !shown[c.Name] {
			unsaid = append(unsaid, c.Name)
		}
	}
	if len(unsaid) > 0 {
		t.Errorf("these run and are not shown: %s", strings.Join(unsaid, ", "))
	}
}
