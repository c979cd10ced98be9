package main

import "syscall"

// ownGroup keeps a component from the terminal's ctrl-c, which is for `cluster up` alone, and ends it when its parent
// dies, however that happens.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
