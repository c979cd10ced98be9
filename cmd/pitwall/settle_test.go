package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/fleet"
	"pitwall/backends/journal"
)

// TestSettleWritesWhatAnotherProcessFinished: the pitwall that began a deploy
// was killed and another one went on with it; the journal gets the result once.
func TestSettleWritesWhatAnotherProcessFinished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	s := &session{}
	began := time.Now().Add(-2 * time.Minute)
	s.openJournal(path, func() time.Time { return began })
	target := journal.Target{Backend: "docker", Name: "model-api", Variant: "A"}
	intent, err := s.journal.Append(journal.Record{Op: "deploy", Phase: journal.PhaseIntent, Target: target,
		From: journal.Subject{ModelVersion: "1.0.0"}, To: journal.Subject{ModelVersion: "1.2.0"}})
	if err != nil {
		t.Fatal(err)
	}
	snap := &fleet.Snapshot{Sources: []fleet.Source{{State: fleet.Live}}, Rows: []fleet.Row{{Deployment: backends.Deployment{Name: "model-api",
		Variants: []backends.Variant{{Name: "A", Version: "1.2.0", Desired: 3, Ready: 3}}}}}}
	open := func() int {
		list, err := s.journal.Unfinished()
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if s.settle(snap, time.Now()); open() != 1 {
		t.Error("an operation whose process lives was given a result")
	}
	if err := os.RemoveAll(path + ".running"); err != nil { // as after kill -9, when the kernel gave its lock back
		t.Fatal(err)
	}
	away := &fleet.Snapshot{Sources: []fleet.Source{{State: fleet.Offline}}, Rows: snap.Rows}
	if s.settle(away, time.Now()); open() != 1 {
		t.Error("a backend that does not answer tells how it ended")
	}
	s.settle(snap, time.Now())
	s.settle(snap, time.Now())
	list, err := s.journal.Records(time.Time{})
	if err != nil || len(list) != 2 {
		t.Fatalf("the journal has %+v, %v", list, err)
	}
	if r := list[1]; r.Intent != intent.ID || r.Result != journal.ResultOK || !strings.HasPrefix(r.Text, "A runs 1.2.0, 3 of 3 replicas ready") {
		t.Errorf("the result is %+v", r)
	}
}
