//go:build !linux

package main

import "syscall"

// ownGroup keeps a component from the terminal's ctrl-c, which is for `cluster up` alone.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
