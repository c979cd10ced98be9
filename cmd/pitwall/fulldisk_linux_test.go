package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pitwall/backends/journal"
)

// TestFullDisk: when the journal cannot take the intent, nothing is changed.
func TestFullDisk(t *testing.T) {
	e2e(t)
	t.Parallel()
	disk := t.TempDir()
	if err := syscall.Mount("pitwall-test", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a full disk needs the right to mount one: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	state := filepath.Join(t.TempDir(), "state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(disk, "journal.jsonl"), filepath.Join(state, "journal.jsonl")); err != nil {
		t.Fatal(err)
	}
	h := startHeadless(t, state, "--rate=20")
	h.measured()
	must(t, state, "split", "model-api", "A=50", "B=50", "--yes")
	ballast := fill(t, disk)
	before := must(t, state, "journal", "-o", "json")

	says := []string{"nothing was changed, because the journal cannot be written", "no space left on device"}
	token := h.deployment("model-api").Token
	refuses(t, state, []string{"split", "model-api", "A=40", "B=60", "--yes"}, says...)
	refuses(t, state, []string{"abort", "model-api", "--yes"}, says...)
	refuses(t, state, []string{"scale", "model-api", "4", "--yes"}, says...)
	x := startTerminal(t, 120, 40, pitwallCommand(t, state))
	x.until("model-api", "50/50")
	x.goTo("model-api split")
	x.press("A")
	x.until("[y] apply")
	x.quiet()
	x.press("y")
	x.until("nothing was changed", "journal cannot be written")
	if d := h.deployment("model-api"); d.Token != token || d.Split()["A"] != 50 {
		t.Errorf("without a journal model-api became %+v", d)
	}
	if after := must(t, state, "journal", "-o", "json"); after != before {
		t.Errorf("the journal changed from %s to %s", before, after)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	must(t, state, "split", "model-api", "A=70", "B=30", "--yes")
	if a := run(t, state, "journal"); a.stderr != "" || !strings.Contains(a.stdout, "A=70 B=30") {
		t.Errorf("the journal after all this:\n%s%s", a.stdout, a.stderr)
	}
}

// fill takes the rest of a disk, but for a few bytes of the journal's last page.
func fill(t *testing.T, disk string) string {
	t.Helper()
	padJournal(t, filepath.Join(disk, "journal.jsonl"))
	f, err := os.Create(filepath.Join(disk, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			return f.Name()
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// padJournal adds notes until the file ends just before the end of a page.
func padJournal(t *testing.T, path string) {
	t.Helper()
	j, err := journal.Open(path, time.Now, actor())
	if err != nil {
		t.Fatal(err)
	}
	size := func(text int) int {
		if _, err := j.Append(journal.Record{Op: journal.OpNote, Phase: journal.PhaseNote, Text: strings.Repeat("pad ", text/4+1)[:text]}); err != nil { // words: a long one would be redacted as a secret
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return int(info.Size())
	}
	const spare, most = 20, 1900 // spare for the digits of times; texts are cut at 2000
	left := func(size int) int { return os.Getpagesize() - size%os.Getpagesize() }
	before := size(1)
	end := size(1)
	empty := end - before - 1 // bytes of a note without its text
	for left(end) > most+empty || left(end) < empty+spare {
		end = size(1000)
	}
	if rest := left(size(left(end) - empty - spare)); rest > 2*spare {
		t.Fatalf("%d bytes of the page are left", rest)
	}
}
