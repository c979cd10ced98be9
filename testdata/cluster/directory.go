package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// lockName is the file that marks a state directory, and is locked while its cluster runs.
const lockName = "cluster.lock"

// take makes dir the empty state directory of a cluster: with the subdirectories that the components need, and without
// what an earlier cluster left. It refuses a directory that holds other things, or whose cluster runs. The lock is held
// until the file is closed.
func take(dir string) (lock *os.File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, lockName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && len(entries) > 0 {
		return nil, fmt.Errorf("%s holds files that are not a cluster's: name an empty directory", dir)
	}
	if lock, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("a cluster runs in %s: stop it, or name another directory", dir)
	}
	for _, entry := range entries {
		if entry.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	return lock, errors.Join(err, os.Mkdir(filepath.Join(dir, "logs"), 0o700))
}

// usual is the state directory of a cluster that was started without naming one.
func usual() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the cluster's state: %w (name one with -dir)", err)
	}
	return filepath.Join(cache, "pitwall", "cluster", "state"), nil
}
