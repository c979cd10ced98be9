// Package filelock locks files against other processes of this machine. The
// locks of a process that dies are free: nothing is left to clean up.
package filelock

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A holder keeps a lock for about a millisecond; who waits longer waits for a
// process that is stuck.
const (
	wait  = 5 * time.Second
	retry = 2 * time.Millisecond
)

// Exclusive locks f against every other holder, and Shared against exclusive
// ones. They wait at most 5 s. Closing f, which unlock does, gives the lock
// back; after an error f is closed.
func Exclusive(f *os.File) (unlock func(), err error) { return lock(f, unix.LOCK_EX) }

// Shared is described at Exclusive.
func Shared(f *os.File) (unlock func(), err error) { return lock(f, unix.LOCK_SH) }

func lock(f *os.File, how int) (unlock func(), err error) {
	for deadline := time.Now().Add(wait); ; time.Sleep(retry) {
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
			return nil, fmt.Errorf("%s is held by another process for more than %v", f.Name(), wait)
		}
	}
}
