package journal

import (
	"errors"
	"io/fs"
	"os"

	"pitwall/backends/internal/filelock"
)

// lockFile is locked instead of the journal itself, which is renamed when it
// is rotated.
func lockFile(path string) string { return path + ".lock" }

// lock takes the exclusive lock that appending needs.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(lockFile(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return filelock.Exclusive(f)
}

// lockShared keeps appends out while reading. Without a lock file there is
// nobody to keep out, and none is made.
func lockShared(path string) (unlock func(), err error) {
	f, err := os.Open(lockFile(path))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	return filelock.Shared(f)
}
