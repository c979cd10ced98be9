package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends/journal"
	"pitwall/backends/operation"
)

// The same words with other figures are no news in a log.
func TestWithoutFigures(t *testing.T) {
	for _, c := range [][2]string{
		{"healthy for 59 s of 1 min", "healthy for 1 min of 1 min"},
		{"p95 is 612 ms, above 500 ms", "p95 is 1.4 s, above 500 ms"},
		{"the error ratio is 2.5 %, above 1.0 %", "the error ratio is 12 %, above 1.0 %"},
	} {
		if a, b := withoutFigures(c[0]), withoutFigures(c[1]); a != b {
			t.Errorf("%q and %q differ: %q, %q", c[0], c[1], a, b)
		}
	}
	if withoutFigures("p95 is 600 ms, above 500 ms") == withoutFigures("healthy for 1 s of 1 min") {
		t.Error("other words are the same")
	}
}

func TestEveryOperationWaitsByTheSameFlags(t *testing.T) {
	a := &app{}
	for _, c := range append(a.operationCommands(), a.splitCommand()) {
		for _, flag := range []string{"wait", "timeout"} {
			if c.Flags().Lookup(flag) == nil {
				t.Errorf("%s has no --%s", c.Name(), flag)
			}
		}
	}
}

// An operation that goes on right now is not one whose end nobody saw.
func TestJournalTellsWhatRuns(t *testing.T) {
	dir := t.TempDir()
	at := time.Date(2026, 11, 24, 3, 0, 0, 0, time.Local)
	j, err := journal.Open(filepath.Join(dir, "journal.jsonl"), func() time.Time { return at }, journal.Actor{OSUser: "ana", Host: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	intent, err := j.Append(journal.Record{Op: "split", Target: journal.Target{Name: "model-api"}, Phase: journal.PhaseIntent})
	if err != nil {
		t.Fatal(err)
	}
	printed := func() string {
		var out, errs bytes.Buffer
		a := &app{out: &out, err: &errs, env: func(string) string { return "" }, now: time.Now}
		a.global.state = dir
		if err := a.printJournal(0, asTable); err != nil || errs.Len() > 0 {
			t.Fatal(err, errs.String())
		}
		return out.String()
	}
	if out := printed(); !strings.Contains(out, "running since 03:00:00, by ana@desk") || strings.Contains(out, "unknown") {
		t.Errorf("while it runs:\n%s", out)
	}
	if _, err := j.Append(journal.Record{Op: "split", Target: journal.Target{Name: "model-api"}, Phase: journal.PhaseResult, Intent: intent.ID, Result: journal.ResultOK}); err != nil {
		t.Fatal(err)
	}
	if out := printed(); strings.Contains(out, "running") || strings.Contains(out, "unknown") {
		t.Errorf("when it has ended:\n%s", out)
	}
}

// What is to be committed instead is printed so that it can be copied.
func TestPlanKeepsLines(t *testing.T) {
	var out bytes.Buffer
	a := &app{out: &out}
	a.printPlan(operation.Plan{Title: "Scale", Guards: []operation.Guard{
		{Rule: "backend", Verdict: operation.Deny, Text: "Commit it instead:\npatches:\n  - op: replace\n    value: \x1b]0;owned\x073\nTo do it all the same, give a reason"}}})
	if want := "Commit it instead:\npatches:\n  - op: replace\n    value: 3\nTo do it"; !strings.Contains(out.String(), want) {
		t.Errorf("got\n%s", out.String())
	}
}
