package ownengine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// loopbackUp brings the loopback device of the network namespace up
// (netdevice(7), SIOCSIFFLAGS).
func loopbackUp() error {
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return fmt.Errorf("bring lo up: %w", err)
	}
	defer func() { _ = syscall.Close(s) }()
	request := struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP | syscall.IFF_RUNNING}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(s), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("bring lo up: %w", errno)
	}
	return nil
}

// groupPrefix begins the names of control groups; the process outside of the
// namespaces follows.
const groupPrefix = "pitwall-test-"

// sweep removes the control groups of engines whose tests were killed: they are
// no namespace's, and outlive everything that was in them.
func sweep() {
	left, _ := filepath.Glob("/sys/fs/cgroup/*/" + groupPrefix + "*")
	here, _ := filepath.Glob("/sys/fs/cgroup/" + groupPrefix + "*") // cgroup v2
	for _, dir := range append(left, here...) {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), groupPrefix), "-")
		if _, err := os.Stat(filepath.Join("/proc", pid)); os.IsNotExist(err) {
			_ = removeGroups("/" + filepath.Base(dir)) // the next test tries again
		}
	}
}

// groups lists the directories of a control group and below it, in every
// hierarchy, the deepest first.
func groups(parent string) []string {
	tops, _ := filepath.Glob("/sys/fs/cgroup/*" + parent)
	tops = append(tops, "/sys/fs/cgroup"+parent) // cgroup v2
	var all []string
	for _, top := range tops {
		_ = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				all = append(all, path)
			}
			return nil
		})
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// endContainers kills the processes in a control group.
func endContainers(parent string) {
	for _, dir := range groups(parent) {
		text, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		for _, word := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil && pid > 1 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}

// removeGroups removes a control group that was left behind. The kernel lets go
// of the processes in it only a moment after their end.
func removeGroups(parent string) error {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var failed error
		for _, dir := range groups(parent) {
			if err := os.Remove(dir); err != nil {
				failed = errors.Join(failed, err)
			}
		}
		if failed == nil || time.Now().After(deadline) {
			return failed
		}
	}
}
