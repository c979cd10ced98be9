//go:build unix

package api

import (
	"os/exec"
	"syscall"
)

// endTogether has all that a command starts end with its context.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
