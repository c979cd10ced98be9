package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// An append takes about a millisecond; who waits longer waits for a process
// that is stuck.
const (
	lockWait  = 5 * time.Second
	lockRetry = 2 * time.Millisecond
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
	return flock(f, unix.LOCK_EX)
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
	return flock(f, unix.LOCK_SH)
}

// flock locks f, waiting at most lockWait. Closing f gives the lock back.
func flock(f *os.File, how int) (unlock func(), err error) {
	for deadline := time.Now().Add(lockWait); ; time.Sleep(lockRetry) {
		err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		switch {
		case err == nil:
			return func() { f.Close() }, nil
		case errors.Is(err, unix.EINTR):
		case !errors.Is(err, unix.EWOULDBLOCK):
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
		case time.Now().After(deadline):
			f.Close()
			return nil, fmt.Errorf("%s is held by another process for more than %v", f.Name(), lockWait)
		}
	}
}
