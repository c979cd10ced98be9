// Package osfile is what operating systems do with files in ways of their own:
// locks against other processes, and who may write.
package osfile

import "errors"

// ErrHeld says that another process holds a lock.
var ErrHeld = errors.New("another process holds the lock")
