package main

import (
	"os"
	"os/signal"
	"syscall"
)

// unpiped keeps a reader that closes our pipe, as head does, from killing this
// process in the middle of a change; until stop is called writes there fail
// instead.
func unpiped() (stop func()) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGPIPE)
	return func() { signal.Stop(ignored) }
}
