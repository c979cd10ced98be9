//go:build unix

package osfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// TryLock locks an open file for this process, against every other holder or,
// when it is not exclusive, against exclusive ones. It never waits. Closing f
// gives the lock back, and so does the end of the process, however it comes.
// Errors: ErrHeld, and that of the system.
func TryLock(f *os.File, exclusive bool) error {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	for {
		switch err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return ErrHeld
		default:
			return err
		}
	}
}

// Writable tells why this user may not write a file or a directory, nil when
// nothing is known against it.
func Writable(path string) error { return unix.Access(path, unix.W_OK) }
