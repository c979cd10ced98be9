package journal

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFullFileSystem fills a real file system of 64 KiB; it needs root.
func TestFullFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("cannot mount a file system: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	j, err := Open(filepath.Join(dir, "journal.jsonl"), clock, Actor{})
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for ; written < 1000; written++ {
		if _, err = j.Append(note("filling up")); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("after %d records: %v", written, err)
	}
	records, err := j.Records(time.Time{})
	if err != nil || len(records) != written || j.Verify() != nil {
		t.Errorf("%d of %d records, %v, %v", len(records), written, err, j.Verify())
	}
}
