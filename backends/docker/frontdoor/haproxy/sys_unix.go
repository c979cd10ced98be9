//go:build unix

package haproxy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// lock keeps other pitwalls on this machine from changing the same file until
// unlock is called. It leaves nothing behind.
func lock(hostPath string) (unlock func(), err error) {
	dir, err := os.Open(filepath.Dir(hostPath))
	if err != nil {
		return nil, fmt.Errorf("lock the configuration: %w", err)
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the configuration: %w", err), dir.Close())
	}
	return func() { dir.Close() }, nil
}

// own gives a new file the owner of the old one, where this user may.
func own(f *os.File, old fs.FileInfo) error {
	was, ok := old.Sys().(*syscall.Stat_t)
	if !ok || int(was.Uid) == os.Geteuid() {
		return nil
	}
	if err := f.Chown(int(was.Uid), int(was.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
