package osfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestTryLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	a, b, c := open(), open(), open()
	if err := TryLock(a, false); err != nil {
		t.Fatal(err)
	}
	if err := TryLock(b, false); err != nil {
		t.Errorf("two readers: %v", err)
	}
	if err := TryLock(c, true); !errors.Is(err, ErrHeld) {
		t.Errorf("a writer beside readers: %v", err)
	}
	_, _ = a.Close(), b.Close()
	if err := TryLock(c, true); err != nil {
		t.Errorf("a writer alone: %v", err)
	}
	if err := TryLock(open(), false); !errors.Is(err, ErrHeld) {
		t.Errorf("a reader beside a writer: %v", err)
	}
	if _, err := c.WriteString("1"); err != nil {
		t.Errorf("write under the lock: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "1" {
		t.Errorf("read beside the lock: %q, %v", text, err)
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	if err := Writable(dir); err != nil {
		t.Error(err)
	}
	if err := Writable(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}
