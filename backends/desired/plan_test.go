package desired

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

var testTime = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// testFacts is an A/B deployment whose A was changed from revision 1 to 3.
func testFacts() Facts {
	model := func(v string) Model { return Model{Version: v, File: v + ".onnx", SHA256: "sha-" + v} }
	return Facts{MaxReplicas: 16, Artifact: "model file", Now: testTime, Ready: map[string]int{"A": 3, "B": 1}, Conf: Deployment{
		Name: "m", Models: []Model{model("1"), model("2"), model("3")},
		Revisions: []Revision{
			{Number: 1, Variant: "A", Model: model("1"), Replicas: 2, GoodFor: time.Hour},
			{Number: 2, Variant: "B", Model: model("2"), Replicas: 1},
			{Number: 3, Variant: "A", Model: model("3"), Replicas: 3},
		},
		Variants: []Variant{{Name: "A", Revision: 3, Replicas: 3, Weight: 70}, {Name: "B", Revision: 2, Replicas: 1, Weight: 30}},
	}}
}

func without(variant string) func(*Facts) { return func(f *Facts) { f.Ready[variant] = 0 } }

func rolling(op backends.Op, variant string, from, to int) func(*Facts) {
	return func(f *Facts) {
		f.Conf.Rollout = &Rollout{Operation: op, Variant: variant, From: from, To: to, FromReplicas: 3}
	}
}

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		change backends.Change
		given  func(*Facts)
		want   string // in the message
	}{
		"weight to a variant that is not ready": {backends.Change{Op: backends.OpSplit, Split: backends.Split{"A": 50, "B": 50}}, without("B"), "B has no ready replica"},
		"cutover to a candidate not ready":      {backends.Change{Op: backends.OpCutover}, without("B"), "B has no ready replica"},
		"cutover to stable":                     {backends.Change{Op: backends.OpCutover, Variant: "A"}, nil, "stable variant"},
		"promote of a candidate not ready":      {backends.Change{Op: backends.OpPromote}, without("B"), "B has no ready replica"},
		"scale to 0 with weight":                {backends.Change{Op: backends.OpScale, Variant: "B"}, nil, "give it no weight first"},
		"scale beyond the machine":              {backends.Change{Op: backends.OpScale, Variant: "B", Replicas: 99}, nil, "0 to 16"},
		"scale without a variant":               {backends.Change{Op: backends.OpScale, Replicas: 2}, nil, "name the variant"},
		"deploy of what runs":                   {backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "2"}, nil, "runs 2 already"},
		"deploy to a name without place":        {backends.Change{Op: backends.OpDeploy, Variant: "Z", Version: "1"}, nil, "cannot be a variant"},
		"deploy of a file without version":      {backends.Change{Op: backends.OpDeploy}, func(f *Facts) { f.Model = &Model{SHA256: "x"} }, "--version"},
		"deploy of another file as a version":   {backends.Change{Op: backends.OpDeploy, Version: "2"}, func(f *Facts) { f.Model = &Model{SHA256: "x"} }, "another version"},
		"deploy during a rollout":               {backends.Change{Op: backends.OpDeploy, Variant: "B", Version: "1"}, rolling(backends.OpDeploy, "A", 1, 3), "in progress"},
		"rollback of the other variant":         {backends.Change{Op: backends.OpRollback, Revision: 1}, rolling(backends.OpDeploy, "B", 2, 2), "in progress"},
		"rollback to what runs":                 {backends.Change{Op: backends.OpRollback, Revision: 3}, nil, "runs already"},
		"rollback without a revision before":    {backends.Change{Op: backends.OpRollback, Variant: "B"}, nil, "no earlier revision"},
		"resume of what is not held":            {backends.Change{Op: backends.OpResume}, rolling(backends.OpDeploy, "A", 1, 3), "going on already"},
		"pause of nothing":                      {backends.Change{Op: backends.OpPause}, nil, "no rollout"},
	} {
		t.Run(name, func(t *testing.T) {
			f := testFacts()
			if test.given != nil {
				test.given(&f)
			}
			_, err := Make(f, test.change)
			var unsupported *backends.UnsupportedError
			if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

// TestDeadVariantMayLoseWeight: who is hurt must be able to leave.
func TestDeadVariantMayLoseWeight(t *testing.T) {
	f := testFacts()
	f.Ready["B"] = 0
	for _, c := range []backends.Change{
		{Op: backends.OpSplit, Split: backends.Split{"A": 90, "B": 10}},
		{Op: backends.OpAbort},
	} {
		if p, err := Make(f, c); err != nil || len(p.Effects) == 0 {
			t.Errorf("%s: %+v, %v", c.Op, p.Effects, err)
		}
	}
}

func TestRollbackDefaultsToTheLastGoodRevision(t *testing.T) {
	f := testFacts()
	p, err := Make(f, backends.Change{Op: backends.OpRollback, Variant: "A", By: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	ro, a := p.Conf.Rollout, p.Conf.Variant("A")
	restored := p.Conf.Revision(ro.To)
	if ro.From != 3 || restored.Number != 4 || restored.Model.Version != "1" || restored.Replicas != 2 || restored.By != "alice" {
		t.Errorf("rollout %+v to revision %+v", ro, restored)
	}
	if a.Revision != 3 || a.Replicas != 2 || ro.FromReplicas != 3 || !p.Rolls {
		t.Errorf("A is %+v, the rollout %+v", a, ro)
	}
	if f.Conf.Rollout != nil || len(f.Conf.Revisions) != 3 {
		t.Error("the planner changed its facts")
	}
}

func TestRollbackReplacesTheDeployInProgress(t *testing.T) {
	f := testFacts()
	f.Conf.AddRevision(Revision{Variant: "A", Model: f.Conf.Models[1], Replicas: 3})
	rolling(backends.OpDeploy, "A", 3, 4)(&f)
	p, err := Make(f, backends.Change{Op: backends.OpRollback, Variant: "A", Revision: 3})
	if err != nil {
		t.Fatal(err)
	}
	if ro := p.Conf.Rollout; !p.Interrupts || ro.Operation != backends.OpRollback || p.Conf.Revision(ro.To).Model.Version != "3" {
		t.Errorf("plan %+v with rollout %+v", p, ro)
	}
}

func TestAbortRemovesACandidateThatIsBeingDeployed(t *testing.T) {
	f := testFacts()
	p, err := Make(f, backends.Change{Op: backends.OpDeploy, Variant: "C", Version: "1"})
	if err != nil || p.Conf.Variant("C") == nil || p.Conf.Variant("C").Weight != 0 {
		t.Fatalf("deploy of a new candidate: %+v, %v", p.Conf.Variants, err)
	}
	f.Conf = p.Conf
	p, err = Make(f, backends.Change{Op: backends.OpAbort})
	if err != nil || p.Conf.Variant("C") != nil || p.Conf.Rollout != nil || p.Conf.Variant("A").Weight != 100 {
		t.Errorf("abort: %+v, %v", p.Conf, err)
	}
}

func TestScaleBelongsToTheRevision(t *testing.T) {
	f := testFacts()
	p, err := Make(f, backends.Change{Op: backends.OpScale, Variant: "B", Replicas: 4})
	if err != nil || p.Conf.Revision(2).Replicas != 4 || len(p.Conf.Revisions) != 3 {
		t.Fatalf("scale: %+v, %v", p.Conf.Revisions, err)
	}
	if f.Conf.Revision(2).Replicas != 1 {
		t.Error("the planner changed its facts")
	}
}
