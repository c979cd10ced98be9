// Package filelock locks files against other processes of this machine. The
// locks of a process that dies are free: nothing is left to clean up.
package filelock

import (
	"errors"
	"fmt"
	"os"
	"time"

	"pitwall/backends/osfile"
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
func Exclusive(f *os.File) (unlock func(), err error) { return lock(f, true) }

// Shared is described at Exclusive.
func Shared(f *os.File) (unlock func(), err error) { return lock(f, false) }

func lock(f *os.File, exclusive bool) (unlock func(), err error) {
	for deadline := time.Now().Add(wait); ; time.Sleep(retry) {
		err := osfile.TryLock(f, exclusive)
		switch {
		case err == nil:
			return func() { f.Close() }, nil
		case !errors.Is(err, osfile.ErrHeld):
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
		case time.Now().After(deadline):
			f.Close()
			return nil, fmt.Errorf("%s is held by another process for more than %v", f.Name(), wait)
		}
	}
}
