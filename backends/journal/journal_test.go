package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pitwall/backends"
)

var start = time.Date(2026, 3, 1, 13, 52, 0, 123456789, time.UTC)

func clock() time.Time { return start }

func openTest(t *testing.T) *Journal {
	t.Helper()
	j, err := Open(filepath.Join(t.TempDir(), "state", "journal.jsonl"), clock, Actor{OSUser: "ana", Host: "desk"})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func appendTest(t *testing.T, j *Journal, r Record) Record {
	t.Helper()
	out, err := j.Append(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func note(text string) Record { return Record{Op: OpNote, Phase: PhaseNote, Text: text} }

func TestAppendFillsAndReadsBack(t *testing.T) {
	j := openTest(t)
	want := appendTest(t, j, Record{
		Op: "split", Phase: PhaseIntent, Target: Target{Backend: "local", Name: "model-api"},
		From: Subject{Weights: backends.Split{"A": 70, "B": 30}}, To: Subject{Weights: backends.Split{"A": 50, "B": 50}},
	})
	if want.V != 1 || len(want.ID) != 26 || want.Prev != "" || want.Host != "desk" || !want.TS.Equal(start.Truncate(time.Millisecond)) {
		t.Errorf("fields not filled: %+v", want)
	}
	second := appendTest(t, j, note("next"))
	if second.ID <= want.ID || len(second.Prev) != 64 {
		t.Errorf("second record does not follow the first: %+v", second)
	}
	got, err := j.Records(time.Time{})
	if err != nil || len(got) != 2 {
		t.Fatalf("Records: %d, %v", len(got), err)
	}
	want.Result = ResultRunning // its process is this one
	a, _ := json.Marshal(got[0])
	b, _ := json.Marshal(want)
	if string(a) != string(b) || got[0].Actor != want.Actor {
		t.Errorf("read %s\nwrote %s", a, b)
	}
	if err := j.Verify(); err != nil {
		t.Error(err)
	}
	if got, err := j.Records(start.Add(time.Second)); err != nil || len(got) != 0 {
		t.Errorf("Records of the future: %v, %v", got, err)
	}
}

func TestModes(t *testing.T) {
	j := openTest(t)
	appendTest(t, j, note("x"))
	for path, want := range map[string]os.FileMode{
		j.Path(): 0o600, lockFile(j.Path()): 0o600, filepath.Dir(j.Path()): 0o700 | os.ModeDir,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", path, info.Mode(), want)
		}
	}
}

func TestReaderMakesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "none", "journal.jsonl")
	r, err := OpenRead(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := r.Records(time.Time{})
	if err != nil || len(records) != 0 || r.Verify() != nil {
		t.Errorf("records %v, error %v, verify %v", records, err, r.Verify())
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("reading made %v", entries)
	}
	if _, err := OpenRead(dir); err == nil {
		t.Error("a directory was opened as a journal")
	}
}

func TestUnfinished(t *testing.T) {
	j := openTest(t)
	first := appendTest(t, j, Record{Op: "split", Phase: PhaseIntent})
	second := appendTest(t, j, Record{Op: "deploy", Phase: PhaseIntent})
	appendTest(t, j, Record{Op: "split", Phase: PhaseResult, Intent: first.ID, Result: ResultOK})
	got, err := j.Unfinished()
	if err != nil || len(got) != 1 || got[0].ID != second.ID {
		t.Errorf("Unfinished = %+v, %v; want the deploy", got, err)
	}
}

func TestRotationCarriesTheChain(t *testing.T) {
	j := openTest(t)
	j.rotate = 700
	for range 12 {
		appendTest(t, j, note(strings.Repeat("x", 100)))
	}
	names, err := files(j.Path())
	if err != nil || len(names) < 3 {
		t.Fatalf("files %v, %v: nothing was rotated", names, err)
	}
	if got, err := j.Records(time.Time{}); err != nil || len(got) != 12 {
		t.Errorf("%d records, %v; want 12", len(got), err)
	}
	if err := j.Verify(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	if err := j.Verify(); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("the oldest file is gone and Verify says %v", err)
	}
}

func TestDamageIsReportedAndKept(t *testing.T) {
	tests := map[string]struct {
		damage func(string) string
		want   string
	}{
		"edited": {func(s string) string { return strings.Replace(s, "one", "ONE", 1) }, "line 2: the chain is broken"},
		"removed": {func(s string) string {
			return s[:strings.Index(s, "\n")+1] + s[strings.LastIndex(s[:len(s)-1], "\n")+1:]
		}, "line 2: the chain is broken"},
		"torn":      {func(s string) string { return s[:len(s)-20] }, "line 3: torn"},
		"unended":   {func(s string) string { return s[:len(s)-1] }, "line 3: torn: the last line lacks its newline"},
		"not JSON":  {func(s string) string { return s + "hello\n" }, "line 4: not a record"},
		"beheaded":  {func(s string) string { return s[strings.Index(s, "\n")+1:] }, "line 1: the records before it are missing"},
		"long line": {func(s string) string { return s + strings.Repeat("y", maxLine+1) + "\n" }, "line 4: not a record"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			j := openTest(t)
			for _, text := range []string{"one", "two", "three"} {
				appendTest(t, j, note(text))
			}
			before, _ := os.ReadFile(j.Path())
			damaged := test.damage(string(before))
			if err := os.WriteFile(j.Path(), []byte(damaged), 0o600); err != nil {
				t.Fatal(err)
			}
			err := j.Verify()
			if _, ok := errors.AsType[*DamageError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("Verify = %v, want %q", err, test.want)
			}
			appendTest(t, j, note("after"))
			after, _ := os.ReadFile(j.Path())
			if !strings.HasPrefix(string(after), damaged) {
				t.Error("what was there was changed")
			}
			got, err := j.Records(time.Time{})
			if err != nil || got[len(got)-1].Text != "after" {
				t.Errorf("the new record is not read back: %v, %v", got, err)
			}
			if torn := !strings.HasSuffix(damaged, "\n"); torn && !strings.Contains(got[len(got)-2].Text, "not written to its end") {
				t.Errorf("no note about the torn line: %+v", got)
			}
		})
	}
}

func TestErrorIsCut(t *testing.T) {
	j := openTest(t)
	got := appendTest(t, j, Record{Op: "split", Phase: PhaseResult, Error: strings.Repeat("é", 900)})
	if n := len([]rune(got.Error)); n != 500 {
		t.Errorf("error has %d characters, want 500", n)
	}
}
