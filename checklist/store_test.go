package checklist

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestDirKeepsWhatConcurrentWritersAdd(t *testing.T) {
	dir := Dir{Path: filepath.Join(t.TempDir(), "shared")}
	if r, err := dir.Load(t.Context(), "churn"); err != nil || len(r.SignOffs) != 0 {
		t.Fatalf("before anything: %+v, %v", r, err)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for n := range 10 {
				s := SignOff{ID: fmt.Sprintf("%d-%d", w, n), Item: "x", Verdict: Attest, At: noon.Add(time.Duration(w*100+n) * time.Second)}
				if _, err := dir.Merge(t.Context(), "churn", Record{SignOffs: []SignOff{s}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r, err := dir.Load(t.Context(), "churn")
	if err != nil || len(r.SignOffs) != 80 {
		t.Errorf("%d of 80 sign-offs, %v", len(r.SignOffs), err)
	}
	left, _ := filepath.Glob(filepath.Join(dir.Path, ".checklist-*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDirTellsWhatItCannotKeep(t *testing.T) {
	dir := Dir{Path: t.TempDir()}
	for _, name := range []string{"", "../x", "a/b", ".hidden", strings.Repeat("a", 300)} {
		if _, err := dir.Merge(t.Context(), name, Record{}); err == nil || !strings.Contains(err.Error(), "cannot be kept") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir.Path, "churn.checklist.json"), []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Merge(t.Context(), "churn", Record{}); err == nil || !strings.Contains(err.Error(), "holds no checklist") {
		t.Errorf("a broken file: %v", err)
	}
	if data, _ := os.ReadFile(filepath.Join(dir.Path, "churn.checklist.json")); string(data) != "<html>" {
		t.Error("what could not be read was overwritten")
	}
}

// TestMergeIsTheSameInAnyOrder: commutative, associative and idempotent, so
// that it does not matter who writes first.
func TestMergeIsTheSameInAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		record := func() Record {
			var r Record
			for range random.IntN(6) {
				at := noon.Add(time.Duration(random.IntN(5)) * time.Minute)
				e := found(string(rune('a'+random.IntN(3))), State(random.IntN(4)))
				e.At, e.By = at, fmt.Sprint(random.IntN(100))
				r.Evidence = append(r.Evidence, e)
				id := random.IntN(6)
				r.SignOffs = append(r.SignOffs, SignOff{ID: fmt.Sprint(id), At: noon.Add(time.Duration(id) * time.Second)})
			}
			return Merge(r, Record{})
		}
		a, b, c := record(), record(), record()
		want := Encode(Merge(Merge(a, b), c))
		for name, got := range map[string]Record{"other order": Merge(c, Merge(b, a)), "other brackets": Merge(a, Merge(b, c)), "again": Merge(Merge(a, Merge(b, c)), a)} {
			if !bytes.Equal(Encode(got), want) {
				t.Fatalf("seed %d, %s:\n%s\nwant\n%s", seed, name, Encode(got), want)
			}
		}
	}
}

func TestMergeKeepsTheNewest(t *testing.T) {
	var r Record
	for n := range maxSignOffs + 5 {
		r.SignOffs = append(r.SignOffs, SignOff{ID: fmt.Sprintf("%04d", n), At: noon.Add(time.Duration(n) * time.Second)})
	}
	if m := Merge(r, Record{}); len(m.SignOffs) != maxSignOffs || m.SignOffs[0].ID != "0005" {
		t.Errorf("%d are kept from %s on", len(m.SignOffs), m.SignOffs[0].ID)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(Record{Evidence: []Evidence{found("p", Pass)}, SignOffs: []SignOff{signed("1", Attest, "ana")}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data, "x")
		if err != nil {
			return
		}
		merged := Merge(r, r)
		Standard().Judge(merged, running, noon)
		if _, err := Decode(Encode(merged), "y"); err != nil {
			t.Fatal(err)
		}
	})
}

// TestALockThatIsHeldEndsWithTheContext: and says whose fault it is.
func TestALockThatIsHeldEndsWithTheContext(t *testing.T) {
	dir := Dir{Path: t.TempDir()}
	unlock, err := dir.lock(t.Context(), filepath.Join(dir.Path, "churn.checklist.json.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 3*lockAgain)
	defer cancel()
	if _, err := dir.Merge(ctx, "churn", Record{}); err == nil || !strings.Contains(err.Error(), "somebody else holds the lock") {
		t.Errorf("error %v", err)
	}
}

// TestWhoMayRead: the user alone, or the group of a shared directory.
func TestWhoMayRead(t *testing.T) {
	for shared, want := range map[bool]os.FileMode{false: 0o600, true: 0o660} {
		dir := Dir{Path: t.TempDir(), Shared: shared}
		if _, err := dir.Merge(t.Context(), "churn", Record{}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"churn.checklist.json", "churn.checklist.json.lock"} {
			info, err := os.Stat(filepath.Join(dir.Path, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s, shared %v: %v, %v", name, shared, info.Mode(), err)
			}
		}
	}
}
