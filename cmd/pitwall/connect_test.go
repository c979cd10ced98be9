package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
	"pitwall/backends/operation"
)

// TestABrokenJournalTakesOnlyChangesAway: everything readable stays so, and
// every operation is off with the reason.
func TestABrokenJournalTakesOnlyChangesAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, readOnly := range map[string]string{"": "", "read only": "--read-only"} {
		s := &session{readOnly: readOnly}
		s.openJournal(path, time.Now)
		if _, err := s.records.Records(time.Time{}); err == nil || !strings.Contains(err.Error(), "not a file") {
			t.Errorf("%s: reading the journal gives %v", name, err)
		}
		engine := operation.New(s.engineOptions(nil, time.Now))
		off := engine.Disabled(backends.OpSplit, backends.Deployment{})
		if readOnly == "" && s.unchangeable() != "no journal" || readOnly != "" && s.unchangeable() != readOnly ||
			readOnly == "" && !strings.HasPrefix(off, "no journal: open journal") {
			t.Errorf("%s: unchangeable because %q, off because %q", name, s.unchangeable(), off)
		}
	}
}
