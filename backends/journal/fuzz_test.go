package journal

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzRead feeds the reader any bytes: it must neither fail nor lose the
// record that is appended after them, and what was there must stay.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "\n\n{}\n", "{", `{"v":1,"id":"x","ts":"2026-03-01T13:52:00Z"}`, `{"v":1,"id":"x","ts":"now"}` + "\n",
		`{"v":9,"id":"x","from":{"weights":{"A":1e999}}}` + "\n", "\xff\xfe\x00", `{"v":1,"id":"x","intent":"x","phase":"intent"}` + "\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := Open(path, clock, Actor{})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Verify(); err != nil {
			if _, ok := errors.AsType[*DamageError](err); !ok {
				t.Fatal(err)
			}
		}
		want := appendTest(t, j, note("after"))
		records, err := j.Records(time.Time{})
		if err != nil || len(records) == 0 || records[len(records)-1].ID != want.ID {
			t.Fatalf("the record is lost: %v, %v", records, err)
		}
		if after, _ := os.ReadFile(path); string(after[:len(data)]) != string(data) {
			t.Fatal("what was there was changed")
		}
		if _, err := j.Unfinished(); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	j, err := Open(filepath.Join(b.TempDir(), "journal.jsonl"), time.Now, Actor{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := j.Append(note("x")); err != nil {
			b.Fatal(err)
		}
	}
}
