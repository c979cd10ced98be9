//go:build unix

package gateway

import (
	"errors"
	"syscall"
)

// silent reports whether the peer of an open connection has neither closed it
// nor sent anything.
func silent(raw syscall.RawConn) bool {
	var err error
	if raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err = syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		return true
	}) != nil {
		return false
	}
	return errors.Is(err, syscall.EAGAIN)
}
