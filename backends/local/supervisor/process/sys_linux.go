package process

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// attributes puts the child into its own process group and has the kernel end
// it with the supervisor. The signal comes when the starting thread ends; the
// Go runtime ends a thread only for a goroutine locked to it, which no caller is.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}

// Started identifies the start of a process, in clock ticks since boot; "" when
// there is no such process, or it is a zombie (proc_pid_stat(5), fields 3 and 22).
func Started(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The command name, field 2, is in parentheses and may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const state, startTime = 0, 19
	if len(fields) <= startTime || string(fields[state]) == "Z" {
		return ""
	}
	return string(fields[startTime])
}
